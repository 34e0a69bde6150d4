// SPDX-License-Identifier: BSD-2-Clause
#include "gate/baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record/sample_record.h"
#include "record/statistics.h"

namespace fwbench {
namespace {

using testing::HasSubstr;

/// The sample: every rate times `machine`, that of `dut` times `factor`.
Record changed(double machine, const char* dut = "", double factor = 1) {
  Record record = sample_record();
  for (Trial& trial : record.trials) {
    if (trial.rate_pps) trial.rate_pps = *trial.rate_pps * machine * (trial.dut == dut ? factor : 1);
  }
  summarise(record, {{"xdp", "null-drop"}, {"xdp-skb", "null-drop"}, {"afxdp", "null-afxdp"}});
  return record;
}

Result<Gate> gate_of(const Record& record, const GateSettings& settings = {.threshold = 0.05}) {
  return gate_against_baseline(sample_record(), record, settings);
}

const GateMetric& metric_of(const Gate& gate, std::string_view name) {
  for (const GateMetric& one : gate.metrics) {
    if (one.metric == name) return one;
  }
  ADD_FAILURE() << "no " << name;
  return gate.metrics.front();
}

TEST(Baseline, IsComparedByRatiosToTheNullDevices) {
  const auto gate = gate_of(changed(0.5));
  ASSERT_TRUE(gate) << gate.error().to_string();
  EXPECT_EQ(gate->answer, "pass") << gate->reason;
  EXPECT_EQ(gate->metrics.size(), 3U) << "null devices themselves have no ratio";
  EXPECT_NEAR(metric_of(*gate, "xdp vs_null").ratio, 1, 1e-9);
}

TEST(Baseline, FailsByOneDutThatIsSlower) {
  const auto gate = gate_of(changed(1, "xdp", 0.7));
  ASSERT_TRUE(gate) << gate.error().to_string();
  EXPECT_EQ(gate->answer, "fail");
  EXPECT_EQ(gate_exit_code(*gate), exit_gate_failed);
  EXPECT_THAT(gate->reason, HasSubstr("xdp vs_null"));
  EXPECT_NEAR(metric_of(*gate, "xdp vs_null").ratio, 0.7, 0.02);
  EXPECT_EQ(metric_of(*gate, "xdp-skb vs_null").answer, "pass");
  const auto faster = gate_of(changed(1, "xdp", 1.3));
  ASSERT_TRUE(faster);
  EXPECT_EQ(faster->answer, "pass");
}

TEST(Baseline, IsInconclusiveAtTheThreshold) {
  const auto gate = gate_of(changed(1, "xdp", 0.95));
  ASSERT_TRUE(gate) << gate.error().to_string();
  EXPECT_EQ(gate->answer, "inconclusive");
  EXPECT_EQ(gate_exit_code(*gate), exit_inconclusive);
}

TEST(Baseline, FailsByAWrongVerdictThatIsNew) {
  Record record = sample_record();
  record.summary.at("xdp").verdicts.false_pass = 1;
  const auto gate = gate_of(record);
  ASSERT_TRUE(gate);
  EXPECT_EQ(gate->answer, "fail");
  EXPECT_EQ(gate->reason, "xdp false_pass: 0 in the baseline, 1 now");
}

void expect_refused(const Record& record, const char* because) {
  const auto gate = gate_of(record);
  ASSERT_FALSE(gate) << because;
  EXPECT_EQ(gate.error().kind, ErrorKind::measurement);
  EXPECT_THAT(gate.error().to_string(), HasSubstr(because));
}

TEST(Baseline, IsRefusedWhereItSaysNothing) {
  Record other_host = sample_record();
  other_host.host.host_class += " of another kind";
  expect_refused(other_host, "host class");
  Record other_engine = sample_record();
  for (Trial& trial : other_engine.trials) trial.engine = "packet";
  expect_refused(other_engine, "TX engine");
  Record other_scenario = sample_record();
  other_scenario.scenario_sha256.assign(64, 'f');
  expect_refused(other_scenario, "scenario");
  Record few_rounds = sample_record();
  std::erase_if(few_rounds.trials, [](const Trial& trial) { return trial.round > 3; });
  expect_refused(few_rounds, "6 valid rounds");
}

// Nobody's rates: neither is a baseline, nor are they to be judged by one.
TEST(Baseline, IsRefusedOfMixedHosts) {
  Record mixed = sample_record();
  mixed.host.host_class = kMixedHosts;
  const auto gate = gate_against_baseline(mixed, mixed, {});
  ASSERT_FALSE(gate);
  EXPECT_THAT(gate.error().to_string(), HasSubstr("host class"));
}

}  // namespace
}  // namespace fwbench
