// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include <filesystem>

#include "core/diagnostic.h"
#include "core/file.h"
#include "core/units.h"

namespace fwbench {
namespace {

TEST(Units, DurationsNeedAUnitAndScale) {
  EXPECT_EQ(parse_duration_ns("20ms").value(), 20'000'000U);
  EXPECT_EQ(parse_duration_ns("1.5s").value(), 1'500'000'000U);
  EXPECT_EQ(parse_duration_ns("300us").value(), 300'000U);
  EXPECT_FALSE(parse_duration_ns("5"));
  EXPECT_FALSE(parse_duration_ns("-1s"));
  EXPECT_FALSE(parse_duration_ns("1 parsec"));
  EXPECT_FALSE(parse_duration_ns(""));
  EXPECT_FALSE(parse_duration_ns("99999999999999999s"));
}

TEST(Units, CountsTakeDecimalSuffixes) {
  EXPECT_EQ(parse_count("500").value(), 500U);
  EXPECT_EQ(parse_count("2.5M").value(), 2'500'000U);
  EXPECT_EQ(parse_count("100kpps").value(), 100'000U);
  EXPECT_FALSE(parse_count("many"));
  EXPECT_FALSE(parse_count("nan"));
}

TEST(Units, FormatsAsPeopleWrite) {
  EXPECT_EQ(format_duration(1'500'000'000), "1.5s");
  EXPECT_EQ(format_duration(30), "30ns");
  EXPECT_EQ(format_count(4'512'345), "4.51M");
  EXPECT_EQ(format_count(64), "64");
}

TEST(Diagnostic, RendersPlaceLineAndCaret) {
  const Diagnostic d{.file = "a.ini",
                     .pos = {3, 1, 5},
                     .message = "unknown key 'rouns'",
                     .hint = "did you mean 'rounds'?",
                     .source_line = "rouns = 7"};
  EXPECT_EQ(render(d, false),
            "a.ini:3:1: error: unknown key 'rouns'\n  rouns = 7\n  ^~~~~\n  did you mean 'rounds'?\n");
}

TEST(Diagnostic, SuggestsOnlyNearNames) {
  EXPECT_EQ(did_you_mean("rouns", {"rounds", "seed"}), "rounds");
  EXPECT_EQ(did_you_mean("xpd", {"xdp", "xdp-skb"}), "xdp");
  EXPECT_EQ(did_you_mean("zzzzzz", {"rounds", "seed"}), "");
}

TEST(File, AtomicWriteReplacesAndLeavesNoTemporary) {
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("fwbench_core_test_{}", ::getpid());
  std::filesystem::create_directory(folder);
  const auto path = folder / "x";
  ASSERT_TRUE(write_file_atomically(path, "old"));
  ASSERT_TRUE(write_file_atomically(path, "new"));
  EXPECT_EQ(read_file(path).value(), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
  EXPECT_FALSE(read_file(folder));
  EXPECT_FALSE(read_file(path, 2));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace fwbench
