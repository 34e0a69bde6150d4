// SPDX-License-Identifier: BSD-2-Clause
#include "compare/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "record/sample_record.h"
#include "record/statistics.h"

namespace fwbench {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::map<std::string, std::string> kNulls = {
    {"xdp", "null-drop"}, {"xdp-skb", "null-drop"}, {"afxdp", "null-afxdp"}};

/// The sample with every rate of `dut` in round r changed by factor(r).
Record changed(const char* dut, double (*factor)(int round)) {
  Record record = sample_record();
  for (Trial& trial : record.trials) {
    if (trial.dut == dut && trial.rate_pps) trial.rate_pps = *trial.rate_pps * factor(trial.round);
  }
  summarise(record, kNulls);
  return record;
}

const ComparedMetric& row_of(const CompareResult& result, std::string_view path) {
  for (const ComparedMetric& row : result.rows) {
    if (row.metric->path == path) return row;
  }
  ADD_FAILURE() << "no " << path;
  return result.rows.front();
}

bool has_row(const CompareResult& result, std::string_view path) {
  return std::any_of(result.rows.begin(), result.rows.end(), [&](const auto& row) { return row.metric->path == path; });
}

TEST(EffectInWords, IsThatOfTheWholeInterval) {
  const auto effect = [](double median, double low, double high, int n = 7) {
    return effect_of_ratio(MetricUnit::pps, {.median = median, .low = low, .high = high, .n = n});
  };
  EXPECT_EQ(effect(1.12, 1.05, 1.2), "12.0 % faster, interval excludes 0");
  EXPECT_EQ(effect(0.88, 0.8, 0.99), "12.0 % slower, interval excludes 0");
  EXPECT_EQ(effect(1.01, 0.98, 1.03), "no difference larger than 3.0 % seen");
  EXPECT_EQ(effect(1.01, 0.96, 1.03), "no difference larger than 4.0 % seen");
  EXPECT_EQ(effect(1.12, 1.12, 1.12, 2), "too few rounds to tell (12.0 % faster)");
}

// Catches rates compared without their pairs: the machine is twice as fast in some rounds, and both DUTs with it.
TEST(CompareDuts, PairsTheRoundsOfOneRecord) {
  Record record = sample_record();
  for (Trial& trial : record.trials) {
    if (trial.purpose != TrialPurpose::mrr) continue;
    const double machine = trial.round % 2 == 0 ? 1 : 0.5;
    if (trial.dut == "null-drop") trial.rate_pps = 5e6 * machine;
    if (trial.dut == "xdp") trial.rate_pps = 4e6 * machine;
    if (trial.dut == "xdp-skb") trial.rate_pps = 4.1e6 * machine;
  }
  summarise(record, kNulls);
  const auto result = compare_duts({&record, "xdp"}, {&record, "xdp-skb"});
  ASSERT_TRUE(result) << result.error().to_string();
  const ComparedMetric& rate = row_of(*result, "mrr_pps");
  EXPECT_NEAR(rate.ratio->low, 1.025, 1e-9);
  EXPECT_NEAR(rate.ratio->high, 1.025, 1e-9);
  EXPECT_EQ(rate.effect, "2.5 % faster, interval excludes 0");
  EXPECT_EQ(row_of(*result, "vs_null").effect, "2.5 % higher, interval excludes 0");
  EXPECT_TRUE(row_of(*result, "service_ns").difference);
  EXPECT_EQ(row_of(*result, "false_pass").effect, "the same");
  EXPECT_THAT(row_of(*result, "delay_ns.p99").effect, HasSubstr("one trial each, no interval"));
  EXPECT_THAT(result->notes, IsEmpty());
}

TEST(CompareDuts, SaysThatPlacementsDiffer) {
  const Record record = sample_record();
  const auto result = compare_duts({&record, "xdp"}, {&record, "afxdp"});
  ASSERT_TRUE(result);
  ASSERT_EQ(result->notes.size(), 1U);
  EXPECT_THAT(result->notes.front(), HasSubstr("different cores"));
}

TEST(CompareDuts, AnUnknownDutIsNamed) {
  const Record record = sample_record();
  const auto result = compare_duts({&record, "xpd"}, {&record, "afxdp"});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::usage);
  EXPECT_EQ(result.error().remedy, "did you mean 'xdp'?");
}

TEST(CompareRecords, OfTheSameIsNoDifference) {
  const Record a = sample_record();
  const Record b = sample_record();
  const auto result = compare_records(a, b);
  ASSERT_TRUE(result);
  for (const ComparedMetric& row : result->rows) {
    EXPECT_THAT(row.effect, testing::AnyOf(HasSubstr("no difference larger"), "the same"))
        << row.dut_a << row.metric->path;
  }
}

TEST(CompareRecords, SeesAChangeOfOneDutOnly) {
  const Record a = sample_record();
  const Record b = changed("xdp", [](int) { return 0.9; });
  const auto result = compare_duts({&a, "xdp"}, {&b, "xdp"});
  ASSERT_TRUE(result);
  const ComparedMetric& rate = row_of(*result, "mrr_pps");
  EXPECT_NEAR(rate.ratio->median, 0.9, 0.01);
  EXPECT_LT(rate.ratio->high, 1);
  EXPECT_THAT(rate.effect, HasSubstr("slower, interval excludes 0"));
  const auto other = compare_duts({&a, "xdp-skb"}, {&b, "xdp-skb"});
  EXPECT_THAT(row_of(*other, "mrr_pps").effect, HasSubstr("no difference larger"));
}

// Catches a rate of one machine held against that of another.
TEST(CompareRecords, OfDifferentHostsOrEnginesComparesRatiosOnly) {
  const Record a = sample_record();
  Record b = sample_record();
  b.host.host_class = "another";
  auto result = compare_records(a, b);
  ASSERT_TRUE(result);
  EXPECT_FALSE(has_row(*result, "mrr_pps"));
  EXPECT_FALSE(has_row(*result, "service_ns"));
  EXPECT_FALSE(has_row(*result, "delay_ns.p99"));
  EXPECT_TRUE(has_row(*result, "vs_null"));
  EXPECT_TRUE(has_row(*result, "false_pass"));
  EXPECT_THAT(compare_table(*result, false), HasSubstr("note: different classes of host (virtual machine; another)"));
  b.host.host_class = a.host.host_class;
  for (Trial& trial : b.trials) trial.engine = "packet";
  result = compare_records(a, b);
  EXPECT_FALSE(has_row(*result, "mrr_pps"));
  EXPECT_THAT(result->notes.front(), HasSubstr("TX engines"));
}

TEST(CompareRecords, OfASweepGoesCaseByCase) {
  const Record a = sample_sweep_record();
  const auto result = compare_records(a, sample_sweep_record());
  ASSERT_TRUE(result);
  std::set<std::string> cases;
  for (const ComparedMetric& row : result->rows) cases.insert(row.traffic_case);
  EXPECT_EQ(cases.size(), 5U);
}

TEST(CompareRecords, NeedADutInCommon) {
  const Record a = sample_record();
  Record b = sample_record();
  b.duts = {"mine"};
  EXPECT_FALSE(compare_records(a, b));
}

TEST(CompareText, IsATableAndJson) {
  const Record a = sample_record();
  const Record b = changed("xdp", [](int) { return 1.2; });
  const auto result = compare_duts({&a, "xdp"}, {&b, "xdp"});
  const std::string table = compare_table(*result, false);
  EXPECT_THAT(table, HasSubstr("B by A [95% CI]"));
  EXPECT_THAT(table, Not(HasSubstr("\x1b")));
  const auto json = nlohmann::json::parse(compare_json(*result));
  EXPECT_EQ(json["comparisons"][0]["metric"], "mrr_pps");
  EXPECT_NEAR(json["comparisons"][0]["ratio"]["median"].get<double>(), 1.2, 0.02);
}

}  // namespace
}  // namespace fwbench
