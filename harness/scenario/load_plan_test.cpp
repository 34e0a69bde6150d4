// SPDX-License-Identifier: BSD-2-Clause
/// What a scenario says about its load: rates, shares, bursts, shapes of frames, and combinations left out of a sweep.
#include "scenario/test_scenario.h"
#include "traffic/frame.h"

namespace fwbench::scenario_test {
namespace {

using testing::HasSubstr;

constexpr std::string_view kLoad = R"([dut]
list = xdp
[traffic]
frames = 10000
[class.legit]
expect = pass
rate = 50k
saddr = 198.18.0.0/16
daddr = 198.19.0.1
dport = 443
[class.attack]
expect = drop
rate = 150k
saddr = 192.0.2.0/24
daddr = 198.19.0.1
dport = 443
)";

class LoadPlanTest : public ScenarioTest {
 protected:
  [[nodiscard]] Plan planned(std::string_view text) const {
    const PlannedScenario result = plan(text);
    EXPECT_TRUE(result.plan) << render(result.diagnostics, false);
    return result.plan.value_or(Plan{});
  }
  /// "s.ini:4:16: message" for each.
  [[nodiscard]] std::string errors(std::string_view text) const {
    std::string out;
    for (const Diagnostic& d : plan(text).diagnostics) {
      out += fmt::format("{}:{}: {}\n", d.pos.line, d.pos.column, d.message);
    }
    return out;
  }
  [[nodiscard]] static std::string with(std::string_view line, std::string_view by) {
    return replaced(std::string(kLoad), line, by);
  }
  [[nodiscard]] static std::vector<double> weights(const Plan& plan) {
    std::vector<double> out;
    for (const TrafficClass& c : plan.traffic.classes) out.push_back(c.weight);
    return out;
  }
};

TEST_F(LoadPlanTest, RatesOfAllClassesAreTheLoadAndItsShares) {
  const Plan plan = planned(kLoad);
  EXPECT_EQ(plan.traffic.rate_pps, 200'000U);
  EXPECT_EQ(weights(plan), (std::vector<double>{0.25, 0.75}));
  const auto table = build_frames(plan.traffic, 1);
  ASSERT_TRUE(table);
  EXPECT_EQ(
      std::count_if(table->frames.begin(), table->frames.end(), [](const Frame& f) { return f.class_index == 0; }),
      2500);
  EXPECT_THAT(plan_to_text(plan), HasSubstr("constant load of 200000 packets/s"));
}

TEST_F(LoadPlanTest, ClassesWithAWeightShareWhatTheRatesLeave) {
  const Plan plan = planned(with("frames = 10000", "frames = 10000\nrate = 1M") +
                            "[class.more]\nexpect = drop\nweight "
                            "= 3\nsaddr = 192.0.2.0/24\ndaddr = 198.19.0.1\ndport = 80\n");
  EXPECT_EQ(plan.traffic.rate_pps, 1'000'000U);
  EXPECT_THAT(weights(plan), testing::ElementsAre(testing::DoubleNear(0.05, 1e-12), testing::DoubleNear(0.15, 1e-12),
                                                  testing::DoubleNear(0.8, 1e-12)));
}

TEST_F(LoadPlanTest, AShareIsOfTheWholeLoadAndCanBeAllOrNothing) {
  const auto shared = [&](std::string_view share) {
    return planned(replaced(with("rate = 50k", "weight = 7"), "rate = 150k", fmt::format("share = {}", share)) +
                   "[trial]\ndelay_duration = 0s\n");
  };
  EXPECT_EQ(weights(shared("0.9"))[1], 0.9);
  EXPECT_NEAR(weights(shared("0.9"))[0], 0.1, 1e-12);
  EXPECT_EQ(weights(shared("0"))[1], 0);
  EXPECT_EQ(weights(shared("1"))[0], 0);
  EXPECT_EQ(shared("0.5").traffic.rate_pps, 0U) << "as much as goes";
}

TEST_F(LoadPlanTest, LoadsThatDoNotAddUpAreReportedWhereTheyAreSaid) {
  EXPECT_EQ(errors(with("frames = 10000", "frames = 10000\nrate = 1M")),
            "5:8: every class has a rate, 200000 packets/s in all, not 1000000\n");
  EXPECT_EQ(errors(with("rate = 150k", "weight = 1")),
            "7:8: class 'attack' has no rate, and [traffic] has none that it could share\n");
  EXPECT_EQ(errors(replaced(with("rate = 150k", "weight = 1"), "frames = 10000", "rate = 50k")),
            "4:8: 50000 packets/s in all, and classes with a rate take 50000 of them\n");
  EXPECT_EQ(errors(with("rate = 150k", "rate = 150k\nweight = 2")), "14:1: a class has a weight, a share or a rate\n");
  EXPECT_EQ(errors(replaced(with("rate = 150k", "share = 0.7"), "rate = 50k", "share = 0.2") +
                   "[trial]\ndelay_duration = 0s\n"),
            "13:9: the shares of all classes come to 0.9, and no other class takes the rest\n");
  EXPECT_EQ(errors(replaced(with("rate = 150k", "rate = 0"), "rate = 50k", "rate = 0")),
            "13:8: no traffic: the rates of all classes are 0\n");
}

TEST_F(LoadPlanTest, ShapesAreReadAndWhatMakesNoSenseIsReportedAtItsKey) {
  const Plan plan =
      planned(with("rate = 150k", "rate = 150k\nfragment = first, tiny, first\nvlan = 7, 9-11\nburst = 64"));
  const TrafficClass& c = plan.traffic.classes.at(1);
  EXPECT_EQ(c.fragments, (std::vector{FragmentKind::first, FragmentKind::tiny, FragmentKind::first}));
  EXPECT_EQ(c.vlan, (IntervalSet{{7, 7}, {9, 11}}));
  EXPECT_EQ(c.burst, 64U);
  EXPECT_THAT(plan_to_text(plan), HasSubstr("64 frames back to back"));
  EXPECT_THAT(plan_to_json(plan), HasSubstr("\"fragment\": [\n          \"first\""));
  EXPECT_EQ(errors(with("rate = 150k", "rate = 150k\nmalformed = udp-length-long")),
            "14:13: 'udp-length-long' needs proto = udp\n");
  EXPECT_EQ(errors(with("rate = 150k", "rate = 150k\nexthdr = routing")), "14:10: IPv4 has no extension headers\n");
  EXPECT_EQ(errors(with("rate = 150k", "rate = 150k\nfragment = first, tny")), "14:19: unknown fragment 'tny'\n");
  EXPECT_EQ(errors(with("rate = 150k", "rate = 150k\nvlan = 4096")).substr(0, 6), "14:8: ");
}

TEST_F(LoadPlanTest, TheSizeOfTheTrafficIsThatOfClassesWithoutOne) {
  const Plan plan = planned(replaced(with("frames = 10000", "size = 590"), "rate = 50k", "rate = 50k\nsize = imix"));
  EXPECT_EQ(plan.traffic.classes[0].sizes.size(), 3U);
  ASSERT_EQ(plan.traffic.classes[1].sizes.size(), 1U);
  EXPECT_EQ(plan.traffic.classes[1].sizes[0].bytes, 590);
}

std::vector<std::string> labels_of(const Plan& plan) {
  std::vector<std::string> out;
  for (const Plan& c : plan.cases) out.push_back(c.case_label);
  return out;
}

TEST_F(LoadPlanTest, CombinationsCanBeLeftOutOfASweep) {
  const auto sweep = [&](std::string_view exclude) {
    return fmt::format("[matrix]\nclass.attack.rate = 0, 1M\ntraffic.size = 60, 1514\n{}{}", exclude, kLoad);
  };
  EXPECT_EQ(labels_of(planned(sweep("exclude = traffic.size = 1514 & class.attack.rate=1M\n"))),
            (std::vector<std::string>{"class.attack.rate=0, traffic.size=60", "class.attack.rate=0, traffic.size=1514",
                                      "class.attack.rate=1M, traffic.size=60"}));
  EXPECT_EQ(labels_of(planned(sweep("exclude = traffic.size=1514, class.attack.rate=0\n"))),
            (std::vector<std::string>{"class.attack.rate=1M, traffic.size=60"}));
  EXPECT_EQ(errors(sweep("exclude = traffic.size=1515\n")), "4:24: '1515' is not in the list of traffic.size\n");
  EXPECT_EQ(errors(sweep("exclude = traffic.size=60 & traffic.seed=1\n")), "4:29: 'traffic.seed' is not swept\n");
  EXPECT_EQ(errors(sweep("exclude = traffic.size=60,\n")), "4:27: expected section.key=value\n");
  EXPECT_EQ(errors(sweep("exclude = traffic.size=60, traffic.size=1514\n")), "4:11: no case is left\n");
}

TEST_F(LoadPlanTest, ManyCombinationsAreFineWhenFewAreLeft) {
  std::string rates = "0";
  std::string excluded = "traffic.size=61";
  for (int i = 1; i <= 40; ++i) rates += fmt::format(", {}", i);
  const std::string text =
      fmt::format("[matrix]\nclass.attack.rate = {}\ntraffic.size = 60, 61\nexclude = {}\n{}", rates, excluded, kLoad);
  EXPECT_EQ(planned(text).cases.size(), 41U);
  EXPECT_THAT(errors(replaced(text, "exclude = traffic.size=61", "exclude = traffic.size=61 & class.attack.rate=1")),
              HasSubstr("81 cases are left, at most 64 are run"));
}

TEST_F(LoadPlanTest, WhatATrialIsLikeCanBeSweptButNotHowManyThereAre) {
  EXPECT_EQ(labels_of(planned(fmt::format("[matrix]\ntrial.probe_rate = 1k, 2k\n{}", kLoad))).size(), 2U);
  EXPECT_THAT(errors(fmt::format("[matrix]\ntrial.rounds = 1, 2\n{}", kLoad)), HasSubstr("cannot be swept"));
}

constexpr std::string_view kSearch = R"([dut]
list = null-pass
[trial]
search = pdr, ndr
search_trial = 100ms
delay_duration = 0s
[class.legit]
expect = pass
saddr = 198.18.0.0/16
daddr = 198.19.0.1
dport = 443
)";

TEST_F(LoadPlanTest, ASearchHasTheGoalsOfTheRfcUnlessOthersAreGiven) {
  const SearchPlan search = planned(kSearch).trial.search;
  EXPECT_EQ(search.rates, (std::vector{SearchRate::pdr, SearchRate::ndr}));
  EXPECT_EQ(search.trial_ns, 100'000'000U);
  EXPECT_EQ(search.sum_ns, 21'000'000'000U);
  EXPECT_EQ(search.exceed_ratio, 0.5);
  EXPECT_EQ(search.width, 0.01);
  EXPECT_TRUE(planned(kLoad).trial.search.rates.empty());
}

TEST_F(LoadPlanTest, ASearchFindsTheLoadByItself) {
  EXPECT_THAT(errors(std::string(kSearch) + "rate = 50k\n"), HasSubstr("a search finds the load by itself"));
  EXPECT_THAT(errors(std::string(kSearch) + "[traffic]\nrate = 50k\n"), HasSubstr("a search finds the load by itself"));
}

}  // namespace
}  // namespace fwbench::scenario_test
