// SPDX-License-Identifier: BSD-2-Clause
/// [thresholds]: what metrics must be.
#include <nlohmann/json.hpp>

#include "record/metrics.h"
#include "scenario/keys.h"
#include "scenario/test_scenario.h"

namespace fwbench::scenario_test {
namespace {

using testing::HasSubstr;

using Thresholds = PlanTest;

std::string with_thresholds(std::string_view lines) {
  return fmt::format("{}[thresholds]\n{}\n", kMinimal, lines);
}

TEST_F(Thresholds, ComeIntoThePlanInEitherSpelling) {
  const auto planned =
      plan(with_thresholds("xdp.vs_null >= 0.8\n"
                           "xdp.delay_ns.p99 <= 50us   ; a comment\n"
                           "*.false_pass == 0\n"
                           "xdp.mrr_pps = >= 1M\n"
                           "xdp.mrr_pps<9Mpps\n"
                           "null-drop.false_drop = == 0"));
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  std::string all;
  for (const ThresholdClaim& c : planned.plan->thresholds) {
    all += fmt::format("{} {} {} {}\n", c.dut, c.metric, c.comparison, c.bound);
  }
  EXPECT_EQ(all,
            "xdp vs_null >= 0.8\n"
            "xdp delay_ns.p99 <= 50000\n"
            "* false_pass == 0\n"
            "xdp mrr_pps >= 1000000\n"
            "xdp mrr_pps < 9000000\n"
            "null-drop false_drop == 0\n");
  EXPECT_THAT(plan_to_text(*planned.plan), HasSubstr("threshold  xdp.delay_ns.p99 <= 50us\n"));
  const auto json = nlohmann::json::parse(plan_to_json(*planned.plan));
  EXPECT_EQ(json["thresholds"].size(), 6U);
  EXPECT_EQ(json["thresholds"][2]["dut"], "*");
}

TEST_F(Thresholds, OfTheCommandLineReplaceThoseOnTheSameMetric) {
  const auto planned = plan(with_thresholds("xdp.vs_null >= 0.8\nxdp.vs_null <= 1\n*.false_pass == 0"),
                            {.overrides = {"thresholds.xdp.vs_null>=0.9", "thresholds.*.unaccounted = == 0"}});
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  const auto& claims = planned.plan->thresholds;
  ASSERT_EQ(claims.size(), 3U);
  EXPECT_EQ(claims[0].metric, "false_pass");
  EXPECT_EQ(claims[1].bound, 0.9);
  EXPECT_EQ(claims[2].metric, "unaccounted");
  EXPECT_THAT(errors(kMinimal, {.overrides = {"thresholds.xdp.vs_null"}}), HasSubstr("expected a comparison"));
  EXPECT_THAT(errors(kMinimal, {.overrides = {"thresholds.xdp.vs_nul>=0.9"}}),
              HasSubstr("--set thresholds.xdp.vs_nul>=0.9:1:16: error: unknown metric 'vs_nul'"));
}

TEST_F(Thresholds, ErrorsNameThePlaceAndTheRemedy) {
  const ScenarioOptions known = {.known_duts = {"xdp", "null-drop", "afxdp"}};
  const auto complaint = [&](std::string_view line) { return errors(with_thresholds(line), known); };
  EXPECT_THAT(complaint("xdp.vs_nul >= 0.8"), HasSubstr("s.ini:12:5: error: unknown metric 'vs_nul'\n"
                                                        "  xdp.vs_nul >= 0.8\n"
                                                        "      ^~~~~~\n"
                                                        "  did you mean 'vs_null'?"));
  EXPECT_THAT(complaint("xdp.delay.p99 <= 5us"), HasSubstr("did you mean 'delay_ns.p99'?"));
  EXPECT_THAT(complaint("xpd.vs_null >= 0.8"), HasSubstr("s.ini:12:1: error: unknown DUT 'xpd'"));
  EXPECT_THAT(complaint("xpd.vs_null >= 0.8"), HasSubstr("did you mean 'xdp'?"));
  EXPECT_THAT(complaint("afxdp.vs_null >= 0.8"), HasSubstr("error: DUT 'afxdp' is not in [dut] list"));
  EXPECT_THAT(complaint("vs_null >= 0.8"), HasSubstr("names no metric"));
  EXPECT_THAT(complaint("xdp.vs_null"), HasSubstr("s.ini:12:1: error: expected a metric, a comparison and a bound"));
  EXPECT_THAT(complaint("xdp.vs_null = 0.8"), HasSubstr("s.ini:12:15: error: '0.8' does not begin with a comparison"));
  EXPECT_THAT(complaint("xdp.vs_null >= fast"), HasSubstr("s.ini:12:16: error: 'fast' is not a number"));
  EXPECT_THAT(complaint("xdp.vs_null >="), HasSubstr("'' is not a number"));
  EXPECT_THAT(complaint("xdp.vs_null == 0.8"), HasSubstr("'==' is for counts"));
  EXPECT_THAT(complaint("xdp.delay_ns.p99 <= 50"), HasSubstr("'50' has no unit"));
  EXPECT_THAT(complaint("xdp.false_pass <= 1.5"), HasSubstr("'1.5' is not a whole number"));
  EXPECT_THAT(errors(std::string(kMinimal) + "[threshold]\n"), HasSubstr("did you mean 'thresholds'?"));
}

TEST_F(Thresholds, GoWithADutThatTheCommandLineLeavesOut) {
  const auto planned = plan(with_thresholds("xdp.vs_null >= 0.8\n*.false_pass == 0"), {.duts = {"null-drop"}});
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  ASSERT_EQ(planned.plan->thresholds.size(), 1U);
  EXPECT_EQ(planned.plan->thresholds.front().dut, "*");
}

TEST_F(Thresholds, TheHelpListsEveryMetric) {
  const std::string help = explain_keys("thresholds").value();
  for (const Metric& metric : all_metrics()) EXPECT_THAT(help, HasSubstr(std::string(metric.path)));
}

}  // namespace
}  // namespace fwbench::scenario_test
