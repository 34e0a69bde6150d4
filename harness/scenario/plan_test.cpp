// SPDX-License-Identifier: BSD-2-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "scenario/scenario.h"
#include "scenario/sha256.h"

namespace fwbench {
namespace {

using testing::HasSubstr;

constexpr std::string_view kPolicy = R"(table netdev t {
  set bad4 { type ipv4_addr; flags interval; elements = { 192.0.2.0/24, 203.0.113.0/24 } }
  set bad6 { type ipv6_addr; flags interval; elements = { 2001:db8::/32 } }
  set web { type inet_service; flags interval; elements = { 80, 443 } }
  chain in {
    type filter hook ingress device "d0" priority 0; policy drop;
    ip saddr @bad4 drop
    tcp dport @web accept
  }
}
)";

constexpr std::string_view kMinimal = R"([policy]
file = p.nft
[dut]
list = xdp, null-drop
[traffic]
probe_class = web
[class.web]
saddr = 198.18.0.0/16
daddr = 198.19.0.1
dport = 443
)";

class PlanTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    write("p.nft", kPolicy);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  /// The folder is not the same in each run: messages and plans are compared without it.
  [[nodiscard]] std::string without_folder(std::string text) const {
    const std::string prefix = folder_.string() + "/";
    for (size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) text.erase(at, prefix.size());
    return text;
  }

  [[nodiscard]] PlannedScenario plan(std::string_view text, const ScenarioOptions& options = {}) const {
    write("s.ini", text);
    return plan_scenario(folder_ / "s.ini", options);
  }

  /// What the user sees; "" when there is a plan.
  [[nodiscard]] std::string errors(std::string_view text, const ScenarioOptions& options = {}) const {
    const PlannedScenario planned = plan(text, options);
    EXPECT_EQ(planned.plan.has_value(), !has_errors(planned.diagnostics));
    return without_folder(render(planned.diagnostics, false));
  }

  /// kMinimal with one line replaced or, with `line` empty, added at the end, in [class.web].
  [[nodiscard]] static std::string with(std::string_view line, std::string_view by) {
    std::string text(kMinimal);
    if (line.empty()) return text.append(by).append("\n");
    const size_t at = text.find(line);
    EXPECT_NE(at, std::string::npos) << line;
    return text.replace(at, line.size(), by);
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / fmt::format("fwbench_plan_test_{}", ::getpid());
};

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

constexpr std::string_view kTwoClasses = R"([scenario]
purpose = two classes
[policy]
file = p.nft
[dut]
list = xdp, null-drop
[traffic]
seed = 9
frames = 4096
engine = packet
probe_class = web
probe_templates = 8
[trial]
rounds = 2
duration = 250ms
[class.web]
weight = 1
saddr = 198.18.0.0/16
daddr = 198.19.0.1, 198.19.0.10-198.19.0.19
dport = @web
tcp_flags = syn, psh+ack
size = imix
[class.ping]
weight = 4
ip = 6
proto = icmpv6
saddr = @bad6
daddr = 2001:2::/48
ttl = 3
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

TEST_F(PlanTest, ErrorsInOverridesNameTheArgument) {
  EXPECT_EQ(errors(kMinimal, {.overrides = {"trial.rounds=x"}}),
            "--set trial.rounds=x:1:14: error: 'x' is not a whole number\n"
            "  trial.rounds=x\n"
            "               ^\n"
            "  rounds = whole number, 1 to 1000, in trials; default 7\n");
  EXPECT_EQ(errors(kMinimal, {.overrides = {"trial.rouns=3"}}),
            "--set trial.rouns=3:1:7: error: unknown key 'rouns' in [trial]\n"
            "  trial.rouns=3\n"
            "        ^~~~~\n"
            "  did you mean 'rounds'?\n");
  EXPECT_THAT(errors(kMinimal, {.overrides = {"rounds"}}), HasSubstr("--set rounds:1:1: error: expected section.key"));
  EXPECT_THAT(errors(kMinimal, {.overrides = {"rounds=3"}}), HasSubstr("expected section.key=value"));
  EXPECT_THAT(errors(kMinimal, {.overrides = {"tral.rounds=3"}}),
              HasSubstr("unknown section [tral]\n  tral.rounds=3\n  ^~~~\n  did you mean 'trial'?"));
  EXPECT_THAT(errors(kMinimal, {.overrides = {"trial.rounds="}}), HasSubstr("no value behind '='"));
  EXPECT_THAT(errors(kMinimal, {.overrides = {"scenario.purpose=a\nb"}}),
              HasSubstr("--set scenario.purpose=a?b:1:19: error: neither printable nor UTF-8"));
  EXPECT_THAT(errors(kMinimal, {.overrides = {"class.weight=3"}}), HasSubstr("a class needs a name"));
  EXPECT_THAT(errors(kMinimal, {.overrides = {"class.wib.weight=3"}}),
              HasSubstr("no section [class.wib] in s.ini\n  class.wib.weight=3\n  ^~~~~~~~~\n"
                        "  did you mean 'class.web'?"));
}

TEST_F(PlanTest, AnUnknownDutIsNamedWhereItWasWritten) {
  const std::vector<std::string_view> known = {"null-drop", "xdp", "xdp-skb"};
  EXPECT_EQ(errors(with("xdp, null-drop", "xdpp, null-drop"), {.known_duts = known}),
            "s.ini:4:8: error: unknown name 'xdpp'\n"
            "  list = xdpp, null-drop\n"
            "         ^~~~\n"
            "  did you mean 'xdp'?\n");
  EXPECT_EQ(errors(kMinimal, {.duts = {"xdp", "frobnicate"}, .known_duts = known}),
            "--dut xdp,frobnicate:1:5: error: unknown name 'frobnicate'\n"
            "  xdp,frobnicate\n"
            "      ^~~~~~~~~~\n"
            "  known are: null-drop, xdp, xdp-skb\n");
  EXPECT_THAT(errors(kMinimal, {.duts = {"xdp", "xdp"}}), HasSubstr("'xdp' is in the list twice"));
}

// ---- errors

TEST_F(PlanTest, AllErrorsOfScenarioAndPolicyComeInOnePassInOrder) {
  write("p.nft", "table netdev t {\n  nonsense here\n}\n");
  const PlannedScenario planned = plan(R"([trial]
rounds = many
duration = 5
[polcy]
[policy]
file = p.nft
[dut]
list = xdp
junk
[traffic]
probe_class = a
[class.a]
saddr = 198.18.0.0/14
dport = 99999
)",
                                       {.overrides = {"trial.ramp=1h"}});
  EXPECT_FALSE(planned.plan);
  const auto place = [](const Diagnostic& d) {
    return fmt::format("{}:{}", std::filesystem::path(d.file).filename().string(), d.pos.line);
  };
  std::vector<std::string> places;
  for (const Diagnostic& d : planned.diagnostics) places.push_back(place(d));
  ASSERT_GE(places.size(), 9U);
  EXPECT_EQ(std::vector<std::string>(places.begin(), places.begin() + 8),
            (std::vector<std::string>{"s.ini:2", "s.ini:3", "s.ini:4", "s.ini:9", "s.ini:12", "s.ini:13", "s.ini:14",
                                      "--set trial.ramp=1h:1"}));
  EXPECT_EQ(places[8].substr(0, 6), "p.nft:");
}

TEST_F(PlanTest, ValuesOutOfRangeShowTheRange) {
  EXPECT_EQ(errors(with("[class.web]", "[trial]\nrounds = 0\nduration = 3\n[class.web]")),
            "s.ini:8:10: error: '0' is out of range\n"
            "  rounds = 0\n"
            "           ^\n"
            "  rounds = whole number, 1 to 1000, in trials; default 7\n"
            "s.ini:9:12: error: '3' has no unit (write a duration as 500ms, 1s, 300us)\n"
            "  duration = 3\n"
            "             ^\n"
            "  duration = duration with its unit (ms, s, ...), 10ms to 600s; default 1s\n");
}

TEST_F(PlanTest, AnUnreadableScenarioOrPolicySaysWhichFileAndWhatIsNear) {
  write("s.ini", kMinimal);
  EXPECT_EQ(without_folder(render(plan_scenario(folder_ / "t.ini", {}).diagnostics, false)),
            "t.ini: error: cannot open 't.ini': No such file or directory\n  did you mean 's.ini'?\n");
  EXPECT_FALSE(plan_scenario(folder_, {}).plan);
  EXPECT_EQ(errors(with("p.nft", "q.nft")),
            "s.ini:2:8: error: cannot open 'q.nft': No such file or directory\n"
            "  file = q.nft\n"
            "         ^~~~~\n"
            "  did you mean 'p.nft'?\n");
}

TEST_F(PlanTest, MissingSectionsKeysAndClassesAreNamed) {
  EXPECT_EQ(errors(""),
            "s.ini: error: [policy] needs 'file'\n  file = path\n"
            "s.ini: error: [dut] needs 'list'\n  list = list of names\n"
            "s.ini: error: [traffic] needs 'probe_class'\n  probe_class = text\n"
            "s.ini: error: no traffic: there is no [class.NAME] section\n");
  EXPECT_THAT(errors(with("dport = 443\n", "")),
              HasSubstr("s.ini:7:2: error: [class.web] needs 'dport'\n  [class.web]"));
  EXPECT_THAT(errors(with("saddr = 198.18.0.0/16\n", "")), HasSubstr("[class.web] needs 'saddr'"));
  EXPECT_THAT(errors(with("[class.web]", "[class]")), HasSubstr("a class needs a name"));
}

TEST_F(PlanTest, UnknownSectionsAndKeysGetAHint) {
  EXPECT_THAT(errors(with("[dut]", "[duts]")),
              HasSubstr("unknown section [duts]\n  [duts]\n   ^~~~\n  did you mean 'dut'?"));
  EXPECT_THAT(errors(with("[dut]", "[zzzzzz]")),
              HasSubstr("sections are scenario, policy, matrix, dut, traffic, trial, swap, class"));
  EXPECT_THAT(errors(with("", "rounds = 3")), HasSubstr("unknown key 'rounds' in [class.web]\n  rounds = 3\n  ^~~~~~\n"
                                                        "  'rounds' belongs to [trial]"));
  EXPECT_THAT(errors(with("", "sprt = 3")), HasSubstr("did you mean 'sport'?"));
}

TEST_F(PlanTest, WeightsThatAreAllZeroAreNoTraffic) {
  EXPECT_EQ(errors(with("", "weight = 0")), "s.ini: error: no traffic: the weights of all classes are 0\n");
}

TEST_F(PlanTest, TheProbeClassMustExist) {
  EXPECT_EQ(errors(with("probe_class = web", "probe_class = wbe")),
            "s.ini:6:15: error: no class 'wbe' for the probes\n"
            "  probe_class = wbe\n"
            "                ^~~\n"
            "  did you mean 'web'?\n");
}

TEST_F(PlanTest, SetsOfThePolicyAreCheckedForNameAndKind) {
  EXPECT_EQ(errors(with("198.18.0.0/16", "any, !@bad5")),
            "s.ini:8:15: error: no set 'bad5' in p.nft\n"
            "  saddr = any, !@bad5\n"
            "                ^~~~~\n"
            "  did you mean '@bad4'?\n");
  EXPECT_THAT(errors(with("198.18.0.0/16", "@bad6")), HasSubstr("set 'bad6' holds IPv6 addresses, not IPv4 addresses"));
  EXPECT_THAT(errors(with("dport = 443", "dport = @bad4")), HasSubstr("set 'bad4' holds IPv4 addresses, not ports"));
  EXPECT_THAT(errors(with("dport = 443", "dport = @zzzzzz")), HasSubstr("it has: @web"));
}

TEST_F(PlanTest, AnUnreadablePolicyIsNotBlamedOnTheSetsThatUseIt) {
  const std::string text = errors(with("p.nft", "zzzzzzzzzz.nft"), {.overrides = {"class.web.saddr=@x"}});
  EXPECT_EQ(std::count(text.begin(), text.end(), '^'), 1) << text;
}

TEST_F(PlanTest, AddressesRangesAndListsAreChecked) {
  EXPECT_THAT(errors(with("198.18.0.0/16", "2001:2::1")),
              HasSubstr("'2001:2::1' is an IPv6 address in a class of IPv4"));
  EXPECT_EQ(errors(with("198.18.0.0/16", "198.18.0.1, 198.18.0.9-198.18.0.2")),
            "s.ini:8:21: error: '198.18.0.9-198.18.0.2' is an empty range: its first value is above its last\n"
            "  saddr = 198.18.0.1, 198.18.0.9-198.18.0.2\n"
            "                      ^~~~~~~~~~~~~~~~~~~~~\n"
            "  saddr = list of addresses, prefixes, ranges a-b, @set of the policy, any; ! excludes\n");
  EXPECT_THAT(errors(with("198.18.0.0/16", "any,")), HasSubstr("empty entry in a list"));
  EXPECT_THAT(errors(with("198.18.0.0/16", "any, !")), HasSubstr("empty entry in a list"));
  EXPECT_THAT(errors(with("198.18.0.0/16", "198.18.0.0/16, !any")), HasSubstr("nothing is left of this list"));
  EXPECT_THAT(errors(with("dport = 443", "dport = 443-80")), HasSubstr("empty range"));
  EXPECT_THAT(errors(with("dport = 443", "dport = 70000")), HasSubstr("'70000' is above 65535"));
}

TEST_F(PlanTest, KeysWithoutAMeaningForTheProtocolAreErrors) {
  EXPECT_EQ(errors(with("dport = 443", "proto = icmp\ndport = 443")),
            "s.ini:11:1: error: 'dport' has no meaning for proto = icmp\n"
            "  dport = 443\n"
            "  ^~~~~\n"
            "  take the line out, or change proto\n");
  EXPECT_THAT(errors(with("", "proto = udp\ntcp_flags = ack")),
              HasSubstr("'tcp_flags' has no meaning for proto = udp"));
  EXPECT_THAT(errors(with("", "icmp_type = 8")), HasSubstr("'icmp_type' has no meaning for proto = tcp"));
}

TEST_F(PlanTest, ProtocolAndIpVersionMustGoTogether) {
  EXPECT_THAT(
      errors(with("dport = 443", "proto = icmpv6")),
      HasSubstr("proto icmpv6 does not go with ip = 4\n  proto = icmpv6\n          ^~~~~~\n  did you mean 'icmp'?"));
  EXPECT_THAT(errors(with("", "proto = tpc")), HasSubstr("unknown protocol 'tpc'"));
  EXPECT_THAT(errors(with("", "proto = 256")), HasSubstr("'256' is not a protocol"));
  EXPECT_THAT(errors(with("", "ip = 5")), HasSubstr("unknown ip '5'\n  ip = 5\n       ^\n  ip = 4 or 6; default 4"));
  const std::string v6 =
      "[policy]\nfile=p.nft\n[dut]\nlist=xdp\n[traffic]\nprobe_class=a\n[class.a]\nip=6\nproto=44\nsaddr=any\ndaddr="
      "any\n";
  EXPECT_THAT(errors(v6), HasSubstr("protocol 44 is an IPv6 extension header"));
}

TEST_F(PlanTest, OneWrongKeyIsOneError) {
  for (const char* const wrong : {"ip = 5", "proto = tpc"}) {
    const std::string text = errors(with("", wrong));
    EXPECT_EQ(std::count(text.begin(), text.end(), '^'), 1) << text;
  }
}

TEST_F(PlanTest, FlagsAndSizesPointAtTheWrongPart) {
  EXPECT_EQ(errors(with("", "tcp_flags = syn, psh+akk")),
            "s.ini:11:22: error: unknown TCP flag 'akk'\n"
            "  tcp_flags = syn, psh+akk\n"
            "                       ^~~\n"
            "  did you mean 'ack'?\n");
  EXPECT_THAT(errors(with("", "size = 60:7, 40:1")),
              HasSubstr("s.ini:11:14: error: '40' is not a frame size\n  size = 60:7, 40:1\n               ^~\n"));
  EXPECT_THAT(errors(with("", "size = 60:0")), HasSubstr("'0' is not a weight"));
}

TEST_F(PlanTest, NoDamageToAScenarioMakesThePlannerFail) {
  std::mt19937 random(3);  // fixed: the same damage in every run
  constexpr std::string_view kBytes = "[]=.,!@-+/:#; \n0469ax\x80";
  for (int round = 0; round < 300; ++round) {
    std::string text(kTwoClasses);
    for (auto edits = 1 + random() % 4; edits > 0; --edits) {
      const size_t at = random() % text.size();
      text.replace(at, random() % 3, 1, kBytes[random() % kBytes.size()]);
    }
    const PlannedScenario planned = plan(text);
    ASSERT_EQ(planned.plan.has_value(), !has_errors(planned.diagnostics)) << text;
    ASSERT_FALSE(planned.plan && plan_to_text(*planned.plan).empty()) << text;
  }
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
}  // namespace fwbench
