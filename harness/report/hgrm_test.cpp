// SPDX-License-Identifier: BSD-2-Clause
#include "report/hgrm.h"

#include <gtest/gtest.h>

#include <sstream>

#include "record/sample_record.h"

namespace fwbench {
namespace {

TEST(Hgrm, IsTheTextThatHdrHistogramReads) {
  DelayStats delay;
  delay.n = 4;
  delay.max = 5000;
  delay.curve = {{1000, 0.5}, {2500, 0.75}, {5000, 1}};
  EXPECT_EQ(hgrm_text(delay),
            "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
            "       1.000 0.500000000000          2           2.00\n"
            "       2.500 0.750000000000          3           4.00\n"
            "       5.000 1.000000000000          4\n"
            "#[Mean    =        2.375, StdDeviation   =        1.635]\n"
            "#[Max     =        5.000, Total count    =            4]\n"
            "#[Buckets =           58, SubBuckets     =          128]\n");
  EXPECT_EQ(hgrm_text({}), "");
}

/// A reader that knows the format alone: counts rise to the total, and the median is the record's.
TEST(Hgrm, ReadsBackAsTheRecordsHistogram) {
  const Record record = sample_record();
  const DelayStats& delay = *record.summary.at("xdp").delay_load;
  std::istringstream in(hgrm_text(delay));
  std::string line;
  std::getline(in, line);
  std::getline(in, line);
  double median = -1;
  uint64_t last = 0;
  while (std::getline(in, line) && line[0] != '#') {
    std::istringstream fields(line);
    double value = 0;
    double share = 0;
    uint64_t count = 0;
    ASSERT_TRUE(fields >> value >> share >> count) << line;
    EXPECT_GT(count, last);
    last = count;
    if (median < 0 && share >= 0.5) median = value;
  }
  EXPECT_EQ(last, delay.n);
  const double p50_us = static_cast<double>(delay.p50) / 1000;
  EXPECT_NEAR(median, p50_us, 0.01 * p50_us) << "the curve has a point for each per cent of delay";
}

}  // namespace
}  // namespace fwbench
