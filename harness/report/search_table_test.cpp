// SPDX-License-Identifier: BSD-2-Clause
#include "report/search_table.h"

#include <gtest/gtest.h>

#include "record/sample_record.h"
#include "report/table.h"

namespace fwbench {
namespace {

TEST(SearchTable, ShowsBoundsThroughputAndHowEachRateEnded) {
  const Grid grid = search_grid(sample_search_record());
  ASSERT_EQ(grid.rows.size(), 2U);
  const std::string text = render_text(grid, false);
  for (const char* const part : {"ndr", "2.480", "2.500", "regular", "split", "pdr", "3.000", "2.990", "at least"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_EQ(grid.rows[1][3].text, "-") << "nothing above the largest load was tried";
  EXPECT_EQ(grid.rows[0][6].text, "1") << "void trials";
}

TEST(SearchTable, DelayIsLatencyOnlyWhereNothingWasLostAndHasTheBiasBesideIt) {
  Record record = sample_search_record();
  EXPECT_TRUE(search_delay_grid(record).rows.empty()) << "those at shares of MRR are in a table of their own";
  Trial trial = record.trials.front();
  trial.purpose = TrialPurpose::delay_load;
  trial.valid = trial.lossless = true;
  trial.round = 50;
  trial.load_pps = 1'240'000;
  trial.delay = DelayStats{
      .p50 = 1000, .p999 = 9000, .max = 9000, .n = 10'000, .sent = 10'000, .curve = {{1000, 0.5}, {9000, 1}}};
  trial.dut = "null-pass";
  record.trials.push_back(trial);
  trial.dut = "xdp";
  trial.delay->p50 = 3000;
  trial.delay->n = 9'999;
  record.trials.push_back(trial);
  const Grid grid = search_delay_grid(record);
  ASSERT_EQ(grid.rows.size(), 2U);
  EXPECT_EQ(grid.rows[0][3].text, "latency");
  EXPECT_EQ(grid.rows[0][5].text, "5.00") << "mean";
  EXPECT_EQ(grid.rows[1][3].text, "delay") << "a probe was lost";
  EXPECT_EQ(grid.rows[1][6].text, "3.00");
  EXPECT_EQ(grid.rows[1][10].text, "1.00") << "of null-pass";
  EXPECT_EQ(grid.rows[1][1].text, "50 %");

  trial.arrivals = kPoisson;
  record.trials.push_back(trial);
  const std::vector<Cell> row = search_delay_grid(record).rows.back();
  EXPECT_EQ(row[1].text, "50 %, poisson");
  EXPECT_EQ(row[10].text, "-") << "null-pass had even arrivals only";
}

TEST(SearchTable, IsInTheReportOnlyWhenThereWasASearch) {
  EXPECT_TRUE(search_grid(sample_record()).rows.empty());
  EXPECT_EQ(render_table(sample_record(), false).find("MLRsearch"), std::string::npos);
  EXPECT_NE(render_table(sample_search_record(), false).find("MLRsearch"), std::string::npos);
  EXPECT_NE(markdown_report(sample_search_record(), {}).find("MLRsearch"), std::string::npos);
}

}  // namespace
}  // namespace fwbench
