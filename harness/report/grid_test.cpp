// SPDX-License-Identifier: BSD-2-Clause
#include "report/grid.h"

#include <gtest/gtest.h>

#include "report/values.h"

namespace fwbench {
namespace {

TEST(Grid, AlignsFirstColumnLeftOthersRight) {
  const Grid grid{{"dut", "n"}, {{{"a"}, {"1,000"}}, {{"l\xc3\xa4nger"}, {"1", Tone::bad}}}};
  EXPECT_EQ(render_text(grid, false),
            "dut         n\n"
            "a       1,000\n"
            "l\xc3\xa4nger      1\n");
}

TEST(Grid, ColorOnlyWhenAsked) {
  const Grid grid{{"dut"}, {{{"x", Tone::bad}}}};
  EXPECT_EQ(render_text(grid, false).find('\x1b'), std::string::npos);
  EXPECT_EQ(render_text(grid, true), "\x1b[2mdut\x1b[0m\n\x1b[1;31mx\x1b[0m\n");
}

TEST(Grid, MarkdownEscapesWhatWouldBreakTheTable) {
  const Grid grid{{"dut", "n"}, {{{"a|b_c"}, {"1", Tone::bad}}}};
  EXPECT_EQ(render_markdown(grid), "| dut | n |\n|:--|--:|\n| a\\|b\\_c | **1** |\n");
}

TEST(Grid, ControlCharactersNeverReachTheTerminal) {
  EXPECT_EQ(printable("a\x1b[2J\n\x7f"), "a?[2J??");
}

TEST(Grid, GroupsDigits) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(18446744073709551615U), "18,446,744,073,709,551,615");
}

TEST(Values, DelaysKeepThreeDigits) {
  EXPECT_EQ(format_us(3), "0.003");
  EXPECT_EQ(format_us(5'312), "5.31");
  EXPECT_EQ(format_us(12'129), "12.1");
  EXPECT_EQ(format_us(1'520'400), "1520");
}

TEST(Values, PercentilesNeedEnoughProbes) {
  EXPECT_EQ(format_percentile_us(5'000, 0.999, 999), "-");
  EXPECT_EQ(format_percentile_us(5'000, 0.999, 1000), "5.00");
  EXPECT_EQ(format_percentile_us(5'000, 0.99, 99), "-");
  EXPECT_EQ(format_percentile_us(5'000, 0.99, 100), "5.00");
  EXPECT_EQ(format_percentile_us(0, 0.5, 0), "-");
}

TEST(Values, RatesKeepFourDigitsWhenSmall) {
  EXPECT_EQ(format_mpps(5'212'600), "5.213");
  EXPECT_EQ(format_mpps(10'000), "0.0100");
}

}  // namespace
}  // namespace fwbench
