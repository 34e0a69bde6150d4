// SPDX-License-Identifier: BSD-2-Clause
#include "report/gate_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record/sample_record.h"
#include "report/table.h"

namespace fwbench {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(GateTable, SaysWhatWasFoundAndWhatItRestsOn) {
  const std::string text = render_gate(sample_gate_record(), false);
  EXPECT_EQ(text,
            "gate: fail: mrr_pps is worse by more than 2.5 %\n"
            "\n"
            "head against base              is                     interval    limit       verdict\n"
            "mrr_pps                  -67.00 %  [-68.00 -66.00] % at 98.2 %  -2.50 %          fail\n"
            "program_ns                +2.00 %    [-1.00 +5.00] % at 98.0 %  +2.50 %  inconclusive\n"
            "false_pass                 0 -> 0                                                same\n"
            "map_bytes            4096 -> 8192                                             changed\n"
            "jited_bytes               - -> 10                                             changed\n"
            "base against itself       +0.10 %              [-1.00 +1.20] %                  holds\n"
            "\n"
            "base xdp, head xdp-skb; 10 pairs of at most 40, 1 left out as invalid; 12 s\n"
            "30,000,000 frames judged of each side: without a wrong one, fewer than 1 in 10014247 are (95 %)\n");
}

TEST(GateTable, IsInTheReportsOfAGateOnly) {
  EXPECT_THAT(render_table(sample_gate_record(), false), HasSubstr("gate: fail: "));
  EXPECT_THAT(markdown_report(sample_gate_record(), {}), HasSubstr("**fail: mrr\\_pps is worse"));
  EXPECT_THAT(render_table(sample_record(), false), Not(HasSubstr("gate: ")));
  EXPECT_THAT(markdown_report(sample_record(), {}), Not(HasSubstr("## Gate")));
}

}  // namespace
}  // namespace fwbench
