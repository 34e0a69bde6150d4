// SPDX-License-Identifier: BSD-2-Clause
#include "record/metrics.h"

#include <gtest/gtest.h>

#include <set>

#include "record/sample_record.h"

namespace fwbench {
namespace {

TEST(Metrics, EachHasAPathOfItsOwnAndIsFound) {
  std::set<std::string_view> paths;
  for (const Metric& metric : all_metrics()) {
    EXPECT_TRUE(paths.insert(metric.path).second) << metric.path;
    EXPECT_FALSE(metric.help.empty());
    EXPECT_EQ(find_metric(metric.path), &metric);
  }
  EXPECT_EQ(find_metric("mrr"), nullptr);
}

TEST(Metrics, ReadWhatTheSummarySays) {
  const Record record = sample_record();
  const DutSummary& xdp = record.summary.at("xdp");
  const std::string name = "xdp";
  const Subject subject{.dut = name, .measures = xdp};
  const auto value = [&](const char* path) { return find_metric(path)->read(subject).value().value; };
  EXPECT_EQ(value("mrr_pps"), xdp.mrr_pps->median);
  EXPECT_EQ(find_metric("mrr_pps")->read(subject)->interval->low, xdp.mrr_pps->low);
  EXPECT_EQ(value("vs_null"), xdp.vs_null->median);
  EXPECT_EQ(value("service_ns"), xdp.service_ns->median);
  EXPECT_EQ(value("delay_ns.p99"), static_cast<double>(xdp.delay_load->p99));
  EXPECT_EQ(value("delay_idle_ns.max"), static_cast<double>(xdp.delay_idle->max));
  EXPECT_EQ(value("false_pass"), 0);
  EXPECT_FALSE(find_metric("delay_ns.p99")->read(subject)->interval) << "measured once";
  EXPECT_FALSE(find_metric("vs_reference")->read(subject)) << "no sweep";
  EXPECT_FALSE(find_metric("swap.mixed")->read(subject)) << "no changes of policy";
}

// Catches a percentile made of the largest of a few probes.
TEST(Metrics, AnUnresolvedPercentileDoesNotExist) {
  Measures measures;
  measures.delay_load = DelayStats{.p50 = 1, .p999 = 9, .n = 999, .curve = {}};
  const std::string name = "xdp";
  EXPECT_FALSE(find_metric("delay_ns.p999")->read({.dut = name, .measures = measures}));
  measures.delay_load->n = 1000;
  EXPECT_TRUE(find_metric("delay_ns.p999")->read({.dut = name, .measures = measures}));
}

// Catches 0 false passes of a DUT that no forbidden packet was sent through.
TEST(Metrics, CountsOfNothingJudgedDoNotExist) {
  const Measures measures;
  const std::string name = "xdp";
  for (const char* const path : {"false_pass", "false_drop", "unaccounted"}) {
    EXPECT_FALSE(find_metric(path)->read({.dut = name, .measures = measures})) << path;
  }
}

TEST(Metrics, ASweepHasASubjectForEachCase) {
  const Record record = sample_sweep_record();
  const std::vector<Subject> subjects = subjects_of(record);
  ASSERT_EQ(subjects.size(), 10U);
  EXPECT_EQ(subjects.back().name(), "xdp policy.rules=10000");
  EXPECT_TRUE(find_metric("vs_reference")->read(subjects.back()));
  EXPECT_EQ(subjects_of(sample_record()).size(), 6U);
}

TEST(Metrics, ValuesAreReadable) {
  EXPECT_EQ(format_metric(MetricUnit::pps, 4'100'000), "4.10M packets/s");
  EXPECT_EQ(format_metric(MetricUnit::ratio, 0.8), "0.800");
  EXPECT_EQ(format_metric(MetricUnit::ns, 50'000), "50us");
  EXPECT_EQ(format_metric(MetricUnit::ns, -0.25), "-0.25ns");
  EXPECT_EQ(format_metric(MetricUnit::frames, 17), "17 frames");
}

}  // namespace
}  // namespace fwbench
