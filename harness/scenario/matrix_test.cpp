// SPDX-License-Identifier: BSD-2-Clause
/// Sweeps: which cases there are, what differs between them, and where mistakes in them are reported.
#include <map>

#include "policy/oracle.h"
#include "scenario/test_scenario.h"
#include "traffic/frame.h"

namespace fwbench::scenario_test {
namespace {

using testing::HasSubstr;

constexpr std::string_view kSweep = R"([policy]
generate = five_tuples
[matrix]
policy.rules = 10, 30
[dut]
list = xdp
[traffic]
frames = 4096
[trial]
delay_duration = 0s
[class.rules]
from = policy
)";

class MatrixTest : public ScenarioTest {
 protected:
  /// "s.ini:4:16: error: ..." for each message, without the lines of source.
  [[nodiscard]] std::string errors(std::string_view text, const ScenarioOptions& options = {}) const {
    std::string out;
    for (const Diagnostic& d : plan(text, options).diagnostics) {
      out += fmt::format("{}:{}:{}: {}\n", std::filesystem::path(d.file).filename().string(), d.pos.line, d.pos.column,
                         d.message);
    }
    return out;
  }
  /// kSweep with one line replaced.
  [[nodiscard]] static std::string with(std::string_view line, std::string_view by) {
    return replaced(std::string(kSweep), line, by);
  }
};

std::vector<std::string> labels(const Plan& plan) {
  std::vector<std::string> out;
  for (const Plan& c : plan.cases) out.push_back(c.case_label);
  return out;
}

TEST_F(MatrixTest, EachValueIsACaseWithItsOwnPolicyAndTraffic) {
  const PlannedScenario planned = plan(kSweep);
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  const Plan& p = *planned.plan;
  EXPECT_EQ(labels(p), (std::vector<std::string>{"policy.rules=10", "policy.rules=30"}));
  EXPECT_EQ(p.cases[0].policy->rules.size(), 10U);
  EXPECT_EQ(p.cases[1].policy->rules.size(), 30U);
  EXPECT_EQ(p.cases[1].traffic.classes.at(0).flows->size(), 30U);
  EXPECT_EQ(p.cases[1].case_values, std::vector<std::string>{"30"});
  EXPECT_EQ(p.cases[1].scenario_sha256, p.scenario_sha256);
  EXPECT_EQ(p.reference_case, "policy.rules=10") << "the first, unless it is said";
  EXPECT_EQ(cases_of(p).size(), 2U);
  EXPECT_EQ(cases_of(p.cases[0]).size(), 1U);
}

TEST_F(MatrixTest, SeveralKeysGiveTheirProductTheLastOneFastest) {
  const PlannedScenario planned = plan(with("policy.rules = 10, 30",
                                            "policy.rules = 10, 30\ntraffic.frames=4096,8192\nreference = "
                                            "policy.rules=30, traffic.frames=4096"));
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  EXPECT_EQ(labels(*planned.plan),
            (std::vector<std::string>{"policy.rules=10, traffic.frames=4096", "policy.rules=10, traffic.frames=8192",
                                      "policy.rules=30, traffic.frames=4096", "policy.rules=30, traffic.frames=8192"}));
  EXPECT_EQ(planned.plan->cases[3].traffic.frames, 8192U);
  EXPECT_EQ(planned.plan->reference_case, "policy.rules=30, traffic.frames=4096");
}

TEST_F(MatrixTest, WeightsOfClassesCanBeSwept) {
  const PlannedScenario planned = plan(with("policy.rules = 10, 30", "class.rules.weight = 1, 2.5"));
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  EXPECT_EQ(planned.plan->cases[1].traffic.classes[0].weight, 2.5);
}

TEST_F(MatrixTest, MistakesAreReportedWhereTheyStandAndOnce) {
  EXPECT_EQ(errors(with("10, 30", "10, 3x")), "s.ini:4:20: '3x' is not a whole number\n");
  EXPECT_EQ(errors(with("10, 30", "10, 0, 200000")),
            "s.ini:4:20: '0' is out of range\ns.ini:4:23: '200000' is out of range\n");
  EXPECT_EQ(errors(with("policy.rules = ", "policy.rulse = ")), "s.ini:4:8: unknown key 'rulse' in [policy]\n");
  EXPECT_EQ(errors(with("policy.rules = ", "polcy.rules = ")), "s.ini:4:1: unknown section [polcy]\n");
  EXPECT_THAT(errors(with("policy.rules = 10, 30", "class.other.weight = 1, 2")),
              HasSubstr("s.ini:4:1: no section [class.other]"));
  EXPECT_EQ(errors(with("10, 30", "10, 10")), "s.ini:4:20: '10' is in the list twice\n");
  EXPECT_EQ(errors(with("10, 30", "10,, 30")), "s.ini:4:19: empty entry in a list\n");
  EXPECT_EQ(errors(with("10, 30", "10, 30\nreference = 20")), "s.ini:5:13: no case '20'\n");
  EXPECT_EQ(errors(with("list = xdp", "lisst = xdp")),
            "s.ini:5:2: [dut] needs 'list'\ns.ini:6:1: unknown key 'lisst' in [dut]\n")
      << "what all cases have in common is said once";
}

TEST_F(MatrixTest, WhatMustBeTheSameInAllCasesCannotBeSwept) {
  for (const char* const line : {"trial.rounds = 3, 7", "dut.list = xdp, xdp-skb", "traffic.engine = live, packet",
                                 "scenario.purpose = a, b", "matrix.reference = 1, 2"}) {
    EXPECT_THAT(errors(with("policy.rules = 10, 30", line)), HasSubstr("cannot be swept")) << line;
  }
}

TEST_F(MatrixTest, TooManyCasesAreRefusedAtTheListThatMakesThem) {
  std::string list = "1";
  for (int i = 2; i <= 33; ++i) list += fmt::format(", {}", i);
  EXPECT_EQ(errors(with("10, 30", list + "\ntraffic.frames = 4096, 8192")),
            "s.ini:5:18: 66 cases with this list, at most 64 are run\n");
}

TEST_F(MatrixTest, TheCommandLineReplacesAListOrEndsTheSweep) {
  const PlannedScenario list = plan(kSweep, {.overrides = {"matrix.policy.rules=5,6,7"}});
  ASSERT_TRUE(list.plan) << render(list.diagnostics, false);
  EXPECT_EQ(list.plan->cases.size(), 3U);
  const PlannedScenario one = plan(kSweep, {.overrides = {"policy.rules=40"}});
  ASSERT_TRUE(one.plan) << render(one.diagnostics, false);
  EXPECT_TRUE(one.plan->cases.empty());
  EXPECT_EQ(one.plan->policy->rules.size(), 40U);
  EXPECT_THAT(errors(kSweep, {.overrides = {"matrix.policy.rulse=5"}}), HasSubstr("unknown key 'rulse' in [policy]"));
}

// ---- where policy and frames come from

TEST_F(MatrixTest, APolicyIsReadOrGeneratedAndItsKeysFitTheGenerator) {
  EXPECT_EQ(errors(with("generate = five_tuples", "generate = five_tuples\nfile = p.nft")),
            "s.ini:2:1: a policy is read or generated, not both\n");
  EXPECT_EQ(errors(with("generate = five_tuples", "generate = five_tuples\nprefixes = 5")),
            "s.ini:3:1: 'prefixes' has no meaning for generate = five_tuples\n");
  EXPECT_THAT(errors(with("generate = five_tuples\n", "")), HasSubstr("[policy] needs 'file'"));
}

TEST_F(MatrixTest, AClassFromThePolicyHasNoFieldsOfItsOwnAndEnoughFrames) {
  EXPECT_EQ(errors(with("from = policy", "from = policy\ndport = 80")),
            "s.ini:13:1: 'dport' has no meaning for from = policy\n");
  EXPECT_EQ(errors(with("10, 30", "10, 5000")), "s.ini:12:8: 5000 rules, but only 4096 frames for them\n");
  EXPECT_EQ(errors(with("from = policy",
                        "from = policy\nrules = accept\n[class.x]\nfrom = fields\nrules = drop\nsaddr "
                        "= any\ndaddr = any\ndport = 1")),
            "s.ini:16:1: 'rules' has no meaning for from = fields\n");
}

TEST_F(MatrixTest, ProbesNeedAClassOnlyWhenDelayIsMeasured) {
  EXPECT_EQ(errors(with("delay_duration = 0s", "delay_duration = 1s")), "s.ini:7:2: [traffic] needs 'probe_class'\n");
}

/// Catches flows that are assigned after the shuffle, or drawn at random.
TEST_F(MatrixTest, EveryRuleIsHitAndAllEquallyOften) {
  const PlannedScenario planned = plan(with("10, 30", "1, 10, 1000"));
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  for (const Plan& c : planned.plan->cases) {
    const auto table = build_frames(c.traffic, 1);
    ASSERT_TRUE(table) << table.error().message;
    std::map<int, size_t> hits;
    bool in_order = true;
    for (size_t i = 0; i < table->frames.size(); ++i) {
      const int rule = judge_frame(*c.policy, table->frames[i].bytes).rule;
      in_order = in_order && rule == static_cast<int>(i % c.policy->rules.size());
      ++hits[rule];
    }
    EXPECT_EQ(hits.count(-1), 0U) << "a frame that no rule matches";
    EXPECT_EQ(hits.size(), c.policy->rules.size());
    const size_t least = table->frames.size() / c.policy->rules.size();
    for (const auto& [rule, count] : hits) EXPECT_TRUE(count == least || count == least + 1) << rule;
    EXPECT_TRUE(c.policy->rules.size() == 1 || !in_order) << "rules hit in their order are in the cache";
  }
}

TEST_F(MatrixTest, ElementsOfASetAreDrawnEvenly) {
  const PlannedScenario planned = plan(R"([policy]
generate = blocklist
prefixes = 50
[dut]
list = xdp
[traffic]
frames = 4096
[trial]
delay_duration = 0s
[class.listed]
saddr = @blocklist
daddr = 198.19.0.0/24
dport = any
draw = element
)");
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  const auto table = build_frames(planned.plan->traffic, 1);
  ASSERT_TRUE(table);
  const IntervalSet& set = *planned.plan->policy->sets.at("blocklist").values;
  std::map<size_t, int> hits;
  for (const Frame& frame : table->frames) {
    FieldValue source = 0;
    for (size_t i = 26; i < 30; ++i) source = source << 8 | std::to_integer<uint8_t>(frame.bytes[i]);
    for (size_t i = 0; i < set.size(); ++i) {
      if (set[i].first <= source && source <= set[i].last) ++hits[i];
    }
  }
  ASSERT_EQ(hits.size(), 50U);
  for (const auto& [element, count] : hits) EXPECT_NEAR(count, 4096 / 50, 45) << element;  // 5 standard deviations
}

TEST_F(MatrixTest, ThePlanShowsItsCases) {
  const PlannedScenario planned = plan(kSweep);
  ASSERT_TRUE(planned.plan);
  const std::string text = plan_to_text(*planned.plan);
  EXPECT_THAT(text, HasSubstr("sweep      2 cases over policy.rules"));
  EXPECT_THAT(text, HasSubstr("policy.rules=30"));
  EXPECT_THAT(text, HasSubstr("five_tuples-30-accept0.1-seed1.nft: 30 rules, policy drop"));
  EXPECT_THAT(plan_to_json(*planned.plan), HasSubstr("\"reference\": \"policy.rules=10\""));
}

}  // namespace
}  // namespace fwbench::scenario_test
