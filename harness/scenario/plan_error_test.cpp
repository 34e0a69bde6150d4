// SPDX-License-Identifier: BSD-2-Clause
/// What is wrong with a scenario is said of it: where, why, and what to do.
#include <algorithm>
#include <random>

#include "scenario/test_scenario.h"

namespace fwbench::scenario_test {
namespace {

using testing::HasSubstr;

using PlanErrors = PlanTest;

TEST_F(PlanErrors, ErrorsInOverridesNameTheArgument) {
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

TEST_F(PlanErrors, AnUnknownDutIsNamedWhereItWasWritten) {
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

TEST_F(PlanErrors, AllErrorsOfScenarioAndPolicyComeInOnePassInOrder) {
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

TEST_F(PlanErrors, ValuesOutOfRangeShowTheRange) {
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

TEST_F(PlanErrors, AnUnreadableScenarioOrPolicySaysWhichFileAndWhatIsNear) {
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

TEST_F(PlanErrors, MissingSectionsKeysAndClassesAreNamed) {
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

TEST_F(PlanErrors, UnknownSectionsAndKeysGetAHint) {
  EXPECT_THAT(errors(with("[dut]", "[duts]")),
              HasSubstr("unknown section [duts]\n  [duts]\n   ^~~~\n  did you mean 'dut'?"));
  EXPECT_THAT(
      errors(with("[dut]", "[zzzzzz]")),
      HasSubstr(
          "sections are scenario, policy, matrix, dut, dut.NAME, traffic, trial, swap, ratio, thresholds, class"));
  EXPECT_THAT(errors(with("", "rounds = 3")), HasSubstr("unknown key 'rounds' in [class.web]\n  rounds = 3\n  ^~~~~~\n"
                                                        "  'rounds' belongs to [trial]"));
  EXPECT_THAT(errors(with("", "sprt = 3")), HasSubstr("did you mean 'sport'?"));
}

TEST_F(PlanErrors, WeightsThatAreAllZeroAreNoTraffic) {
  EXPECT_EQ(errors(with("", "weight = 0")), "s.ini: error: no traffic: the weights of all classes are 0\n");
}

TEST_F(PlanErrors, TheProbeClassMustExist) {
  EXPECT_EQ(errors(with("probe_class = web", "probe_class = wbe")),
            "s.ini:6:15: error: no class 'wbe' for the probes\n"
            "  probe_class = wbe\n"
            "                ^~~\n"
            "  did you mean 'web'?\n");
}

TEST_F(PlanErrors, SetsOfThePolicyAreCheckedForNameAndKind) {
  EXPECT_EQ(errors(with("198.18.0.0/16", "any, !@bad5")),
            "s.ini:8:15: error: no set 'bad5' in p.nft\n"
            "  saddr = any, !@bad5\n"
            "                ^~~~~\n"
            "  did you mean '@bad4'?\n");
  EXPECT_THAT(errors(with("198.18.0.0/16", "@bad6")), HasSubstr("set 'bad6' holds IPv6 addresses, not IPv4 addresses"));
  EXPECT_THAT(errors(with("dport = 443", "dport = @bad4")), HasSubstr("set 'bad4' holds IPv4 addresses, not ports"));
  EXPECT_THAT(errors(with("dport = 443", "dport = @zzzzzz")), HasSubstr("it has: @web"));
}

TEST_F(PlanErrors, AnUnreadablePolicyIsNotBlamedOnTheSetsThatUseIt) {
  const std::string text = errors(with("p.nft", "zzzzzzzzzz.nft"), {.overrides = {"class.web.saddr=@x"}});
  EXPECT_EQ(std::count(text.begin(), text.end(), '^'), 1) << text;
}

TEST_F(PlanErrors, AddressesRangesAndListsAreChecked) {
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

TEST_F(PlanErrors, KeysWithoutAMeaningForTheProtocolAreErrors) {
  EXPECT_EQ(errors(with("dport = 443", "proto = icmp\ndport = 443")),
            "s.ini:11:1: error: 'dport' has no meaning for proto = icmp\n"
            "  dport = 443\n"
            "  ^~~~~\n"
            "  take the line out, or change proto\n");
  EXPECT_THAT(errors(with("", "proto = udp\ntcp_flags = ack")),
              HasSubstr("'tcp_flags' has no meaning for proto = udp"));
  EXPECT_THAT(errors(with("", "icmp_type = 8")), HasSubstr("'icmp_type' has no meaning for proto = tcp"));
}

TEST_F(PlanErrors, ProtocolAndIpVersionMustGoTogether) {
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

TEST_F(PlanErrors, OneWrongKeyIsOneError) {
  for (const char* const wrong : {"ip = 5", "proto = tpc"}) {
    const std::string text = errors(with("", wrong));
    EXPECT_EQ(std::count(text.begin(), text.end(), '^'), 1) << text;
  }
}

TEST_F(PlanErrors, FlagsAndSizesPointAtTheWrongPart) {
  EXPECT_EQ(errors(with("", "tcp_flags = syn, psh+akk")),
            "s.ini:11:22: error: unknown TCP flag 'akk'\n"
            "  tcp_flags = syn, psh+akk\n"
            "                       ^~~\n"
            "  did you mean 'ack'?\n");
  EXPECT_THAT(errors(with("", "size = 60:7, 40:1")),
              HasSubstr("s.ini:11:14: error: '40' is not a frame size\n  size = 60:7, 40:1\n               ^~\n"));
  EXPECT_THAT(errors(with("", "size = 60:0")), HasSubstr("'0' is not a weight"));
}

TEST_F(PlanErrors, NoDamageToAScenarioMakesThePlannerFail) {
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

// The rest of [swap] means nothing without them, and a change that no probe shows could not be timed.
TEST_F(PlanErrors, ChangesNeedTheirPoliciesAndProbes) {
  EXPECT_EQ(errors(with("[class.web]", "[swap]\nrate = 10\n[class.web]")),
            "s.ini:7:2: error: [swap] needs 'policies'\n"
            "  [swap]\n"
            "   ^~~~\n"
            "  policies = list of names\n");
  EXPECT_EQ(errors(with("[class.web]", "[swap]\npolicies = p.nft, q.nft\n[class.web]")),
            "s.ini:8:19: error: cannot open 'q.nft': No such file or directory\n"
            "  policies = p.nft, q.nft\n"
            "                    ^~~~~\n"
            "  did you mean 'p.nft'?\n");
  EXPECT_THAT(errors(with("probe_class = web", "[trial]\ndelay_duration = 0s\n[swap]\npolicies = p.nft")),
              HasSubstr("[traffic] needs 'probe_class'"));
}

}  // namespace
}  // namespace fwbench::scenario_test
