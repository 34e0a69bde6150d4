// SPDX-License-Identifier: BSD-2-Clause
#include "report/ratio_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record/sample_record.h"
#include "report/table.h"

namespace fwbench {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Ratio ratio(const char* of, const char* to, double median, const char* verdict) {
  Ratio one;
  one.name = std::string(of) + "_" + to;
  one.of = of;
  one.to = to;
  one.at_least = 3;
  one.measured = {.median = median, .low = median - 0.25, .high = median + 0.25, .n = 7};
  one.verdict = verdict;
  return one;
}

Record ladder() {
  Record record = sample_record();
  record.ratios = {ratio("xdp", "iptables-raw", 4.5, "reproduced"), ratio("xdp", "tc-bpf", 2, "lower")};
  record.ratios->at(0).published = 5.0;
  record.ratios->at(0).source = "a paper";
  record.ratios->at(1).at_most = 7;
  return record;
}

TEST(RatioTable, StandsBesideThePublishedFigures) {
  EXPECT_EQ(render_text(ratio_grid(ladder()), false),
            "ratio               published          of rates  expected     verdict\n"
            "xdp : iptables-raw          5  4.50 [4.25 4.75]      >= 3  reproduced\n"
            "xdp : tc-bpf                -  2.00 [1.75 2.25]    3 .. 7       lower\n");
  EXPECT_THAT(ratio_notes(ladder()),
              ElementsAre("This machine reproduces 1 of 2.", "xdp : iptables-raw is from a paper"));
}

TEST(RatioTable, HasTheDutSideWhereItWasMeasured) {
  Record record = ladder();
  record.ratios->at(0).dut_side = {.median = 9, .low = 8.5, .high = 9.5, .n = 7};
  record.ratios->at(1).traffic_case = "policy.rules=10";
  EXPECT_EQ(render_text(ratio_grid(record), false),
            "ratio                          published          of rates          DUT side  expected     verdict\n"
            "xdp : iptables-raw                     5  4.50 [4.25 4.75]  9.00 [8.50 9.50]      >= 3  reproduced\n"
            "xdp : tc-bpf, policy.rules=10          -  2.00 [1.75 2.25]                 -    3 .. 7       lower\n");
  EXPECT_THAT(ratio_notes(record), Contains(HasSubstr("The verdict is about this")));
  EXPECT_THAT(ratio_notes(ladder()), Not(Contains(HasSubstr("DUT side"))));
}

TEST(RatioTable, SaysSoWhenAllAreReproduced) {
  Record record = ladder();
  record.ratios->at(1).verdict = "reproduced";
  EXPECT_EQ(ratio_notes(record).front(), "This machine reproduces all 2.");
}

TEST(RatioTable, HasNoIntervalOfTwoRounds) {
  Record record = ladder();
  record.ratios->at(0).measured.n = 2;
  EXPECT_EQ(ratio_grid(record).rows[0][2].text, "4.50");
}

TEST(RatioTable, IsInBothReportsWhenThereIsOne) {
  EXPECT_THAT(render_table(ladder(), false), HasSubstr("Ratios of firewalls"));
  EXPECT_THAT(markdown_report(ladder(), {}), HasSubstr("## Ratios of firewalls"));
  EXPECT_THAT(render_table(sample_record(), false), Not(HasSubstr("ratio")));
  EXPECT_THAT(ratio_notes(sample_record()), IsEmpty());
  Record none_measured = sample_record();
  none_measured.ratios.emplace();
  EXPECT_THAT(render_table(none_measured, false), Not(HasSubstr("ratio")));
}

}  // namespace
}  // namespace fwbench
