// SPDX-License-Identifier: BSD-2-Clause
/// The scenarios in the repository: do they plan, and is their traffic what their comments say?
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "policy/oracle.h"
#include "scenario/scenario.h"
#include "traffic/frame.h"

namespace fwbench {
namespace {

const std::filesystem::path kFolder = FWBENCH_SOURCE_DIR "/scenarios";

std::optional<Plan> plan_example(const std::string& name) {
  PlannedScenario planned = plan_scenario(kFolder / name, {});
  EXPECT_TRUE(planned.diagnostics.empty()) << render(planned.diagnostics, false);
  return std::move(planned.plan);
}

struct Verdicts {
  uint32_t accepted = 0;
  uint32_t dropped = 0;
};

/// What the oracle says of every frame, by class.
std::map<std::string, Verdicts> judge_classes(const Plan& plan) {
  std::map<std::string, Verdicts> verdicts;
  const auto table = build_frames(plan.traffic, 1);
  EXPECT_TRUE(table) << table.error().message;
  if (!table) return verdicts;
  for (const Frame& frame : table->frames) {
    Verdicts& v = verdicts[plan.traffic.classes[frame.class_index].name];
    const bool accepted = judge_frame(*plan.policy, frame.bytes).verdict == Verdict::accept;
    ++(accepted ? v.accepted : v.dropped);
  }
  for (const ProbeFrame& probe : table->probes) {
    EXPECT_EQ(judge_frame(*plan.policy, probe.bytes).verdict, Verdict::accept) << "probes measure permitted traffic";
  }
  return verdicts;
}

void expect_all_pass(const std::map<std::string, Verdicts>& verdicts, const std::string& name) {
  ASSERT_TRUE(verdicts.count(name)) << name;
  EXPECT_GT(verdicts.at(name).accepted, 0U) << name;
  EXPECT_EQ(verdicts.at(name).dropped, 0U) << name;
}

void expect_all_dropped(const std::map<std::string, Verdicts>& verdicts, const std::string& name) {
  ASSERT_TRUE(verdicts.count(name)) << name;
  EXPECT_GT(verdicts.at(name).dropped, 0U) << name;
  EXPECT_EQ(verdicts.at(name).accepted, 0U) << name;
}

TEST(Examples, EachPlansWithoutAMessageAndSaysItsPurpose) {
  const std::vector<ScenarioInfo> list = list_scenarios(kFolder);
  EXPECT_GE(list.size(), 2U);
  for (const ScenarioInfo& info : list) {
    EXPECT_FALSE(info.purpose.empty()) << info.name;
    EXPECT_TRUE(plan_example(info.file.filename())) << info.name;
  }
}

TEST(Examples, TheTutorialPlansBeforeItsFirewallIsBuilt) {
  const auto plan = plan_example("examples/tiny_firewall.ini");
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->policy_is_absent);
  EXPECT_EQ(plan->user_duts.size(), 1U);
}

TEST(Examples, SynFloodIsWhatItsCommentsSay) {
  const auto plan = plan_example("syn_flood.ini");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->traffic.frames, 16384U);
  double attack = 0;
  double total = 0;
  for (const TrafficClass& c : plan->traffic.classes) {
    total += c.weight;
    if (c.name.substr(0, 9) != "customers") attack += c.weight;
    EXPECT_EQ(c.sizes.at(0).bytes, c.ip == IpVersion::v4 ? 60 : 74) << c.name;
  }
  EXPECT_DOUBLE_EQ(total, 100);
  EXPECT_DOUBLE_EQ(attack, 95);

  const auto verdicts = judge_classes(*plan);
  EXPECT_EQ(verdicts.size(), plan->traffic.classes.size());
  for (const TrafficClass& c : plan->traffic.classes) {
    (c.name.substr(0, 9) == "customers" ? expect_all_pass : expect_all_dropped)(verdicts, c.name);
  }
}

TEST(Examples, SmokeHasBothVerdictsInEveryProtocol) {
  const auto plan = plan_example("smoke.ini");
  ASSERT_TRUE(plan);
  const auto verdicts = judge_classes(*plan);
  for (const char* const name : {"web", "web_v6", "dns", "ping", "ping_v6"}) expect_all_pass(verdicts, name);
  for (const char* const name : {"blocked", "blocked_v6", "bogons", "closed_ports"}) expect_all_dropped(verdicts, name);
  EXPECT_EQ(verdicts.size(), 9U);
}

TEST(Examples, PolicySwapHasProbesThatShowEveryChangeAndClassesThatShowNone) {
  const auto planned = plan_example("policy_swap.ini");
  ASSERT_TRUE(planned && planned->swap);
  const Plan& plan = *planned;
  const auto table = build_frames(plan.traffic, 1);
  ASSERT_TRUE(table);
  for (const auto& other : plan.swap->others) {
    for (const ProbeFrame& probe : table->probes) {
      EXPECT_NE(judge_frame(*other, probe.bytes).verdict, judge_frame(*plan.policy, probe.bytes).verdict)
          << other->file;
    }
    for (const Frame& frame : table->frames) {
      const std::string& name = plan.traffic.classes[frame.class_index].name;
      if (!name.starts_with("steady")) continue;
      EXPECT_EQ(judge_frame(*other, frame.bytes).verdict, judge_frame(*plan.policy, frame.bytes).verdict)
          << other->file << " " << name;
    }
  }
}

TEST(Examples, BlocklistScalingDropsWhatIsListedAndNothingElse) {
  const auto plan = plan_example("blocklist_scaling.ini");
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->cases.size(), 3U);
  EXPECT_EQ(plan->cases.back().policy->sets.at("blocklist").values->size(), 100'000U);
  const auto verdicts = judge_classes(plan->cases.front());
  expect_all_dropped(verdicts, "listed");
  expect_all_pass(verdicts, "unlisted");
}

TEST(Examples, EdgeCompareHasNoFrameThatOnlyTheStackDrops) {
  const auto plan = plan_example("edge_compare.ini");
  ASSERT_TRUE(plan);
  const auto verdicts = judge_classes(*plan);
  for (const char* const name : {"web", "web_v6", "dns"}) expect_all_pass(verdicts, name);
  for (const char* const name : {"blocked", "blocked_v6", "closed_ports"}) expect_all_dropped(verdicts, name);
}

TEST(Examples, SynFloodCurveHasCustomersAtOneRateBesideAnAttackThatRises) {
  const auto plan = plan_example("syn_flood_curve.ini");
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->cases.size(), 7U);
  for (const Plan& c : plan->cases) {
    const double customers = c.traffic.classes.at(0).weight * static_cast<double>(c.traffic.rate_pps);
    EXPECT_NEAR(customers, 50'000, 1e-6) << c.case_label;
  }
  const auto verdicts = judge_classes(plan->cases.back());
  expect_all_pass(verdicts, "customers");
  expect_all_dropped(verdicts, "attack");
}

TEST(Examples, IllegalMixHasTheSharesThatItSays) {
  const auto plan = plan_example("illegal_mix.ini");
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->cases.size(), 5U);
  constexpr uint32_t kIllegal[] = {0, 2'000, 10'000, 18'000, 20'000};
  for (size_t i = 0; i < plan->cases.size(); ++i) {
    const auto table = build_frames(plan->cases[i].traffic, 1);
    ASSERT_TRUE(table);
    uint32_t illegal = 0;
    for (size_t at = 0; at < table->frames.size(); ++at) {
      const Frame& frame = table->frames[at];
      const bool is_illegal = plan->cases[i].traffic.classes[frame.class_index].name == "illegal";
      if (is_illegal) ++illegal;
      if (at >= 300) continue;  // of all of them the thousand rules take a minute
      EXPECT_EQ(judge_frame(*plan->policy, frame.bytes).verdict == Verdict::drop, is_illegal) << at;
    }
    EXPECT_EQ(illegal, kIllegal[i]) << plan->cases[i].case_label;
  }
}

TEST(Examples, OddPacketsAreBothLetThroughAndDroppedInEveryClass) {
  for (const char* const name : {"fragments.ini", "ipv6_exthdr.ini", "malformed.ini"}) {
    const auto plan = plan_example(name);
    ASSERT_TRUE(plan);
    ASSERT_EQ(plan->cases.size(), 2U) << name;
    for (const auto& [class_name, v] : judge_classes(plan->cases.back())) {
      EXPECT_GT(v.accepted, 0U) << name << " " << class_name;
      EXPECT_GT(v.dropped, 0U) << name << " " << class_name;
    }
  }
}

TEST(Examples, RuleScalingHasTheSameMixInAllCasesButTheFirst) {
  const auto plan = plan_example("rule_scaling.ini");
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->cases.size(), 5U);
  EXPECT_EQ(plan->reference_case, "policy.rules=10");
  for (const Plan& c : plan->cases) {
    const auto& rules = c.policy->rules;
    const auto accepting = std::count_if(rules.begin(), rules.end(),
                                         [](const Rule& rule) { return rule.outcome.action == Action::accept; });
    EXPECT_EQ(static_cast<size_t>(accepting), rules.size() / 10) << c.case_label;
    if (rules.size() > 100) continue;  // a thousand times twenty thousand is too long a wait
    const Verdicts verdicts = judge_classes(c).at("rules");
    EXPECT_EQ(verdicts.accepted, rules.size() == 1 ? 0U : 2'000U) << c.case_label;
  }
  EXPECT_EQ(plan->cases.back().policy->rules.size(), 10'000U);
}

}  // namespace
}  // namespace fwbench
