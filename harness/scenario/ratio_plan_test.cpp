// SPDX-License-Identifier: BSD-2-Clause
/// [ratio.NAME]: published ratios in a scenario.
#include <nlohmann/json.hpp>

#include "scenario/test_scenario.h"

namespace fwbench::scenario_test {
namespace {

using testing::HasSubstr;

using Ratios = PlanTest;

constexpr std::string_view kRatio = R"([ratio.xdp_null]
of = xdp
to = null-drop
published = 5.0
source = a paper
at_least = 3
)";

std::string with_ratio(std::string_view from = {}, std::string_view to = {}) {
  std::string ratio(kRatio);
  if (!from.empty()) ratio.replace(ratio.find(from), from.size(), to);
  return std::string(kMinimal) + ratio;
}

TEST_F(Ratios, ComeIntoThePlanInTheirOrder) {
  const auto planned = plan(with_ratio() + "[ratio.other]\nof = null-drop\nto = xdp\nat_most = 1.5\n");
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  ASSERT_EQ(planned.plan->ratios.size(), 2U);
  const RatioPlan& ratio = planned.plan->ratios[0];
  EXPECT_EQ(ratio.name, "xdp_null");
  EXPECT_EQ(ratio.of, "xdp");
  EXPECT_EQ(ratio.to, "null-drop");
  EXPECT_EQ(ratio.published, 5.0);
  EXPECT_EQ(ratio.source, "a paper");
  EXPECT_EQ(ratio.at_least, 3.0);
  EXPECT_EQ(ratio.at_most, std::nullopt);
  EXPECT_EQ(planned.plan->ratios[1].published, std::nullopt) << "nothing of the section before it";
  EXPECT_EQ(planned.plan->ratios[1].at_most, 1.5);
  EXPECT_THAT(plan_to_text(*planned.plan), HasSubstr("ratio      xdp_null: xdp by null-drop, published 5 (a paper), "
                                                     "reproduced when at least 3\n"));
  const auto json = nlohmann::json::parse(plan_to_json(*planned.plan));
  EXPECT_EQ(json["ratios"][0]["published"], 5.0);
  EXPECT_FALSE(json["ratios"][0].contains("at_most"));
}

TEST_F(Ratios, CanBeOverridden) {
  const auto planned = plan(with_ratio(), {.overrides = {"ratio.xdp_null.at_least=4"}});
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  EXPECT_EQ(planned.plan->ratios[0].at_least, 4.0);
}

TEST_F(Ratios, ErrorsNameThePlaceAndTheRemedy) {
  EXPECT_THAT(errors(with_ratio("to = null-drop", "to = xdp")),
              HasSubstr("s.ini:13:6: error: the ratio of a DUT to itself is 1"));
  EXPECT_THAT(errors(with_ratio("source = a paper\n")),
              HasSubstr("s.ini:14:13: error: a published figure needs its source"));
  EXPECT_THAT(errors(with_ratio("at_least = 3\n")),
              HasSubstr("s.ini:11:2: error: a ratio needs 'at_least' or 'at_most'\n  [ratio.xdp_null]"));
  EXPECT_THAT(errors(with_ratio("at_least = 3", "at_least = 3\nat_most = 2")),
              HasSubstr("s.ini:17:11: error: 'at_most' is below 'at_least'"));
  EXPECT_THAT(errors(with_ratio("to = null-drop\n")), HasSubstr("[ratio.xdp_null] needs 'to'"));
  EXPECT_THAT(errors(with_ratio("5.0", "five")), HasSubstr("'five' is not a number"));
  EXPECT_THAT(errors(with_ratio("of = xdp", "of = xdp, null-drop")), HasSubstr("one name is wanted, not a list"));
  EXPECT_THAT(errors(with_ratio("of = xdp", "off = xdp")), HasSubstr("did you mean 'of'?"));
  EXPECT_THAT(errors(with_ratio("[ratio.xdp_null]", "[ratio]")), HasSubstr("a ratio needs a name\n  [ratio]\n"));
  EXPECT_THAT(errors(with_ratio("[ratio.xdp_null]", "[ratio.]")), HasSubstr("a ratio needs a name"));
}

TEST_F(Ratios, NamesAreThoseOfTheCatalogue) {
  const ScenarioOptions options = {.known_duts = {"xdp", "null-drop", "iptables-raw"}};
  EXPECT_THAT(errors(with_ratio("to = null-drop", "to = iptables-rwa"), options),
              HasSubstr("unknown name 'iptables-rwa'"));
  EXPECT_TRUE(plan(with_ratio("to = null-drop", "to = iptables-raw"), options).plan)
      << "a DUT that is not in the list is left out later, as one that was skipped";
}

constexpr std::string_view kSeeds = "[matrix]\ntraffic.seed = 1, 2\n";

TEST_F(Ratios, OfASweepNameTheirCase) {
  const std::string sweep = with_ratio("at_least = 3", "at_least = 3\ncase = 2") + std::string(kSeeds);
  const auto planned = plan(sweep);
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  ASSERT_EQ(planned.plan->ratios.size(), 1U);
  EXPECT_EQ(planned.plan->ratios[0].traffic_case, "traffic.seed=2");
  EXPECT_THAT(plan_to_text(*planned.plan), HasSubstr("xdp by null-drop in case traffic.seed=2, published"));
  EXPECT_EQ(nlohmann::json::parse(plan_to_json(*planned.plan))["ratios"][0]["case"], "traffic.seed=2");
  EXPECT_THAT(errors(with_ratio() + std::string(kSeeds)),
              HasSubstr("s.ini:11:2: error: in a sweep a ratio needs its case"));
  EXPECT_THAT(errors(with_ratio("at_least = 3", "at_least = 3\ncase = 3") + std::string(kSeeds)),
              HasSubstr("s.ini:17:8: error: no case '3'"));
  EXPECT_THAT(errors(with_ratio("at_least = 3", "at_least = 3\ncase = 2")),
              HasSubstr("s.ini:17:8: error: a case without a sweep"));
}

// The file is right; it is the command line that has no use for the ratio.
TEST_F(Ratios, WhoseCaseAnOverrideTookAwayAreLeftOut) {
  const std::string sweep = with_ratio("at_least = 3", "at_least = 3\ncase = 2") + std::string(kSeeds);
  for (const char* const override : {"matrix.traffic.seed=1, 3", "traffic.seed=2"}) {
    const auto planned = plan(sweep, {.overrides = {override}});
    ASSERT_TRUE(planned.plan) << override << render(planned.diagnostics, false);
    EXPECT_TRUE(planned.plan->ratios.empty()) << override;
  }
}

}  // namespace
}  // namespace fwbench::scenario_test
