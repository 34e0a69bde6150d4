// SPDX-License-Identifier: BSD-2-Clause
#include "report/threshold_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record/sample_record.h"
#include "record/thresholds.h"
#include "report/table.h"

namespace fwbench {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ThresholdTable, SaysWhatMustBeWhatIsAndWhetherItHolds) {
  Record record = sample_record();
  record.thresholds = decide_thresholds(
      record, {{"xdp", "delay_ns.max", "<=", 1}, {"*", "false_pass", "==", 0}, {"xdp", "swap.mixed", "==", 0}});
  record.thresholds->front().measured = 52'000;
  record.thresholds->erase(record.thresholds->begin() + 2, record.thresholds->end() - 1);
  EXPECT_EQ(render_text(threshold_grid(record), false),
            "threshold             must be            is       verdict\n"
            "xdp delay_ns.max       <= 1ns          52us          fail\n"
            "xdp false_pass    == 0 frames      0 frames          pass\n"
            "xdp swap.mixed    == 0 frames  not measured  inconclusive\n");
  EXPECT_THAT(render_table(record, false), HasSubstr("Thresholds: "));
  EXPECT_THAT(markdown_report(record, {}), HasSubstr("## Thresholds: "));
}

TEST(ThresholdTable, IsNotThereWithoutThresholds) {
  EXPECT_TRUE(threshold_grid(sample_record()).rows.empty());
  EXPECT_THAT(render_table(sample_record(), false), Not(HasSubstr("Thresholds")));
}

// Catches a rate that is shown as if it were the firewall's own.
TEST(Table, ALowerBoundIsMarked) {
  Record record = sample_record();
  for (auto& [dut, summary] : record.summary) summary.lower_bound = false;
  EXPECT_THAT(render_table(record, false), Not(HasSubstr(">=")));
  record.summary["xdp"].lower_bound = true;
  EXPECT_THAT(render_table(record, false), HasSubstr("xdp         >=3."));
  EXPECT_THAT(render_table(record, false),
              HasSubstr(">=: a lower bound: the null device is at most 1.1 times as fast."));
}

}  // namespace
}  // namespace fwbench
