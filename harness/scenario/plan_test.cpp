// SPDX-License-Identifier: BSD-2-Clause
/// Plans: what becomes of a scenario's values, of overrides and of --quick.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "scenario/sha256.h"
#include "scenario/test_scenario.h"

namespace fwbench::scenario_test {
namespace {

using testing::HasSubstr;

// ---- plans

TEST_F(PlanTest, AMinimalScenarioIsTenLinesAndFillsInTheDefaults) {
  const PlannedScenario planned = plan(kMinimal);
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  const Plan& p = *planned.plan;
  EXPECT_EQ(p.scenario_name, "s");
  EXPECT_EQ(p.scenario_sha256, sha256_hex(kMinimal));
  EXPECT_EQ(p.duts, (std::vector<std::string>{"xdp", "null-drop"}));
  ASSERT_TRUE(p.policy);
  EXPECT_EQ(p.policy->rules.size(), 2U);
  EXPECT_EQ(p.trial.rounds, 7);
  EXPECT_EQ(p.traffic.frames, 16384U);
  ASSERT_EQ(p.traffic.classes.size(), 1U);
  const TrafficClass& web = p.traffic.classes[0];
  EXPECT_EQ(web.name, "web");
  EXPECT_EQ(web.l4proto, 6);
  EXPECT_EQ(web.tcp_flags, std::vector<uint8_t>{0x02});
  EXPECT_EQ(web.sport, (IntervalSet{{1024, 65535}}));
  EXPECT_EQ(web.dport, (IntervalSet{{443, 443}}));
  EXPECT_TRUE(web.icmp_type.empty());
  EXPECT_EQ(web.sizes.at(0).bytes, 60);
}

constexpr std::string_view kGolden = R"(scenario   s (s.ini)
purpose    two classes
sha256     SHA-S
policy     p.nft: 2 rules, policy drop, sha256 SHA-P
DUTs       xdp, null-drop
traffic    4096 distinct frames, seed 9, engine packet; 8 probe frames like class web
  class web: 20 % of the frames
    header    IPv4 tcp, ttl 64
    saddr     198.18.0.0/16
    daddr     198.19.0.1, 198.19.0.10-198.19.0.19
    sport     1024-65535
    dport     80, 443
    tcp_flags syn, psh+ack
    size      60:7, 590:4, 1514:1 bytes without FCS
  class ping: 80 % of the frames
    header    IPv6 icmpv6, ttl 3
    saddr     2001:db8::/32
    daddr     2001:2::/48
    icmp_type 128
    size      70 bytes without FCS
trials     correctness: every frame 16 times
           MRR: 2 rounds of 250ms behind a ramp of 50ms
           delay: 1s idle, 1s at 0.5 x MRR, 20000 probes/s
time       5.2s in MRR and delay trials, 2.6s a DUT; correctness and set-up come on top
)";

TEST_F(PlanTest, TextSaysEverythingThatIsPlanned) {
  const PlannedScenario planned = plan(kTwoClasses);
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  std::string expected(kGolden);
  expected.replace(expected.find("SHA-S"), 5, sha256_hex(kTwoClasses));
  expected.replace(expected.find("SHA-P"), 5, sha256_hex(kPolicy));
  EXPECT_EQ(without_folder(plan_to_text(*planned.plan)), expected);
}

TEST_F(PlanTest, JsonKeepsItsOrderAndSummarisesLongLists) {
  std::string ports = "1";
  for (int port = 3; port <= 33; port += 2) ports += fmt::format(",{}", port);  // 17 ranges
  const PlannedScenario planned = plan(with("dport = 443", "dport = " + ports));
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  const std::string text = plan_to_json(*planned.plan);
  const auto json = nlohmann::ordered_json::parse(text);
  std::vector<std::string> keys;
  for (const auto& item : json.items()) keys.push_back(item.key());
  EXPECT_EQ(keys, (std::vector<std::string>{"scenario", "quick", "duts", "policy", "traffic", "trial"}));
  EXPECT_EQ(json["policy"]["rules"], 2);
  EXPECT_EQ(json["policy"]["sha256"], sha256_hex(kPolicy));
  EXPECT_EQ(json["trial"]["duration_ns"], 1'000'000'000);
  const auto& web = json["traffic"]["classes"][0];
  EXPECT_EQ(web["saddr"].dump(), R"({"ranges":1,"first":["198.18.0.0/16"]})");
  EXPECT_EQ(web["dport"].dump(), R"({"ranges":17,"first":["1","3","5","7"]})");
  EXPECT_EQ(web["sizes"].dump(), R"([{"bytes":60,"weight":1.0}])");
}

TEST_F(PlanTest, EqualInputsGiveEqualPlans) {
  const std::string first = plan_to_json(*plan(kTwoClasses).plan);
  EXPECT_EQ(plan_to_json(*plan(kTwoClasses).plan), first);
}

TEST_F(PlanTest, SetsAreSubtractedWhereverTheyStand) {
  const PlannedScenario planned = plan(with("saddr = 198.18.0.0/16", "saddr = !@bad4, 192.0.0.0/16, !192.0.0.0/23"));
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  constexpr FieldValue k192 = FieldValue{192} << 24;
  EXPECT_EQ(planned.plan->traffic.classes[0].saddr, (IntervalSet{{k192 + 0x300, k192 + 0xffff}}));
}

TEST_F(PlanTest, AListOfExclusionsOnlyIsTakenOutOfEverything) {
  const PlannedScenario planned = plan(with("dport = 443", "dport = !@web"));
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  EXPECT_EQ(planned.plan->traffic.classes[0].dport, (IntervalSet{{0, 79}, {81, 442}, {444, 65535}}));
}

TEST_F(PlanTest, SizesTooSmallForTheHeadersAreRaised) {
  const auto size_of = [this](std::string_view lines) {
    const PlannedScenario planned = plan(with("[class.web]\n", fmt::format("[class.web]\n{}\n", lines)));
    return planned.plan ? planned.plan->traffic.classes[0].sizes[0].bytes : 0;
  };
  EXPECT_EQ(size_of("proto = tcp"), 60);
  EXPECT_EQ(size_of("proto = udp\nsize = 61"), 61);
  write("six.ini", R"([policy]
file = p.nft
[dut]
list = xdp
[traffic]
probe_class = a
[class.a]
ip = 6
saddr = any
daddr = 2001:2::1
dport = 1
[class.b]
ip = 6
proto = udp
saddr = any
daddr = 2001:2::1
dport = 1
size = 60, 100
[class.c]
ip = 6
proto = 47
saddr = any
daddr = 2001:2::1
)");
  const PlannedScenario planned = plan_scenario(folder_ / "six.ini", {});
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  const std::vector<TrafficClass>& classes = planned.plan->traffic.classes;
  EXPECT_EQ(classes[0].sizes[0].bytes, 14 + 40 + 20);
  EXPECT_EQ(classes[1].sizes[0].bytes, 14 + 40 + 8 + 8);
  EXPECT_EQ(classes[1].sizes[1].bytes, 100);
  EXPECT_EQ(classes[2].sizes[0].bytes, 14 + 40 + 8);
}

// ---- the command line

TEST_F(PlanTest, OverridesWinAndTheLastOneMost) {
  const PlannedScenario planned =
      plan(kTwoClasses, {.overrides = {"trial.rounds=4", "class.ping.weight=0", "trial.rounds = 5", "trial.repeats=2"},
                         .duts = {"afxdp"},
                         .known_duts = {"xdp", "null-drop", "afxdp"}});
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  EXPECT_EQ(planned.plan->trial.rounds, 5);
  EXPECT_EQ(planned.plan->trial.repeats, 2U);
  EXPECT_EQ(planned.plan->traffic.classes[1].weight, 0);
  EXPECT_EQ(planned.plan->duts, std::vector<std::string>{"afxdp"});
}

TEST_F(PlanTest, OverridesAreReadBeforeWhatDependsOnThem) {
  const PlannedScenario planned =
      plan(kMinimal, {.overrides = {"class.web.saddr=2001:2::1", "class.web.ip=6", "class.web.daddr=2001:2::2"}});
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  EXPECT_EQ(planned.plan->traffic.classes[0].ip, IpVersion::v6);
}

TEST_F(PlanTest, TheHashTellsOverridesApart) {
  const auto hash = [this](std::vector<std::string> overrides) {
    return plan(kMinimal, {.overrides = std::move(overrides)}).plan->scenario_sha256;
  };
  EXPECT_NE(hash({}), hash({"trial.rounds=3"}));
  EXPECT_NE(hash({"trial.rounds=3"}), hash({"trial.rounds=4"}));
}

TEST_F(PlanTest, QuickShortensButNeverLengthens) {
  const PlannedScenario planned = plan(kMinimal, {.quick = true});
  ASSERT_TRUE(planned.plan);
  EXPECT_TRUE(planned.plan->quick);
  EXPECT_EQ(planned.plan->trial.rounds, 3);
  EXPECT_EQ(planned.plan->trial.duration_ns, 500'000'000U);
  EXPECT_EQ(planned.plan->trial.delay_duration_ns, 300'000'000U);
  const PlannedScenario shorter = plan(kTwoClasses, {.quick = true});
  ASSERT_TRUE(shorter.plan);
  EXPECT_EQ(shorter.plan->trial.rounds, 2);
  EXPECT_EQ(shorter.plan->trial.duration_ns, 250'000'000U);
}

TEST_F(PlanTest, AnExplicitSetWinsOverQuick) {
  const PlannedScenario planned = plan(kMinimal, {.overrides = {"trial.rounds=9"}, .quick = true});
  ASSERT_TRUE(planned.plan);
  EXPECT_EQ(planned.plan->trial.rounds, 9);
  EXPECT_EQ(planned.plan->trial.duration_ns, 500'000'000U);
}

// ---- lists
TEST_F(PlanTest, ListsScenariosByNameEvenBrokenOnes) {
  write("b.ini", "[scenario]\npurpose = the second\n");
  write("a.ini", "junk");
  write("c.txt", "");
  const std::vector<ScenarioInfo> list = list_scenarios(folder_);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].name, "a");
  EXPECT_EQ(list[0].purpose, "");
  EXPECT_EQ(list[1].name, "b");
  EXPECT_EQ(list[1].purpose, "the second");
  EXPECT_EQ(list[1].file, folder_ / "b.ini");
  EXPECT_TRUE(list_scenarios(folder_ / "none").empty());
}

}  // namespace
}  // namespace fwbench::scenario_test
