// SPDX-License-Identifier: BSD-2-Clause
/// Constant load in tables and plots.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record/sample_record.h"
#include "record/statistics.h"
#include "report/load_plot.h"
#include "report/load_table.h"
#include "report/report.h"
#include "report/table.h"

namespace fwbench {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(LoadTable, TakesThePlaceOfTheMaximumReceiveRate) {
  const std::string table = render_table(sample_load_record(), false);
  EXPECT_THAT(table, HasSubstr("goodput % [95% CI]"));
  EXPECT_THAT(table, Not(HasSubstr("MRR Mpps")));
  EXPECT_THAT(table, HasSubstr("constant load: shared"));
  EXPECT_FALSE(has_load(sample_record()));
  EXPECT_THAT(render_table(sample_record(), false), Not(HasSubstr("goodput")));
}

TEST(LoadTable, NamesTheKneeOfEachDevice) {
  const auto lines = knee_lines(sample_load_record());
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_THAT(lines[1], HasSubstr("xdp: knee at 3.050 Mpps (class.attack.rate=3000000); 4.050 Mpps "
                                  "(class.attack.rate=4000000) loses "));
  EXPECT_THAT(lines[3], HasSubstr("99 % of the legal frames"));
  EXPECT_THAT(knee_lines(sample_sweep_record()), IsEmpty());
}

TEST(LoadTable, AKneeThatWasNotReachedIsCalledThat) {
  Record record = sample_load_record();
  record.trials.erase(
      std::remove_if(record.trials.begin(), record.trials.end(), [](const Trial& t) { return *t.load_pps > 2.5e6; }),
      record.trials.end());
  summarise(record, {});
  EXPECT_THAT(knee_lines(record).at(1), HasSubstr("xdp: not reached: the highest load, 2.050 Mpps"));
}

TEST(LoadTable, ALoadThatCouldNotBeOfferedIsTheKneeOfADeviceOnTheGeneratorsCore) {
  Record record = sample_load_record();
  for (Trial& trial : record.trials) {
    for (ClassCounts& c : trial.classes) c.arrived = c.legal;
    if (*trial.load_pps > 2e6) trial.offered_pps = 2e6;
  }
  summarise(record, {});
  EXPECT_THAT(knee_lines(record).at(1), HasSubstr("knee at 1.050 Mpps"));
  EXPECT_THAT(knee_lines(record).at(1), HasSubstr("only 2.000 Mpps could be offered"));
  EXPECT_THAT(render_table(record, false), HasSubstr("2.000 of 3.050"));
}

TEST(LoadTable, SaysHowMuchIllegalTrafficWasLetThroughAndWhatTheSampleSupports) {
  const Grid grid = leak_grid(sample_load_record());
  ASSERT_EQ(grid.rows.size(), 3U * 4U) << "the case without an attack has nothing illegal";
  EXPECT_EQ(grid.rows[4][0].text, "xdp class.attack.rate=1000000");
  EXPECT_EQ(grid.rows[4][1].text, "7,000,000");
  EXPECT_EQ(grid.rows[4][2].text, "0");
  EXPECT_EQ(grid.rows[4][4].text, "4.28e-05");  // 100 * 3 / 7 million
  EXPECT_EQ(grid.rows[4][7].text, "0.0187");    // 100 * 3 / 16,000
  EXPECT_EQ(grid.rows[0][3].text, "100") << "null-pass lets all through";
}

TEST(LoadPlots, MarkTheKnees) {
  const auto plots = load_plots(sample_load_record());
  ASSERT_EQ(plots.size(), 2U);
  EXPECT_EQ(plots[0].name, "goodput");
  EXPECT_EQ(plots[1].name, "load_delay");
  EXPECT_THAT(plots[0].dat, HasSubstr("# knee of xdp\n3 100 "));
  EXPECT_THAT(plots[0].gp, HasSubstr("title 'knee'"));
  EXPECT_THAT(load_plots(sample_record()), IsEmpty());
  EXPECT_THAT(load_plots(sample_sweep_record()), IsEmpty());
}

TEST(LoadPlots, AreDrawn) {
  const auto written = write_report(sample_load_record(), std::string(FWBENCH_SAMPLE_REPORT) + "_load");
  EXPECT_TRUE(written) << written.error().to_string();
}

}  // namespace
}  // namespace fwbench
