// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Records for the tests of exports: a good one, and one in which everything went wrong.

#include <gtest/gtest.h>

#include "core/tool.h"
#include "record/sample_record.h"
#include "record/thresholds.h"
#include "record/validity.h"

namespace fwbench {

/// With a threshold of each verdict: 3 + 2 pass, 1 fail, 2 inconclusive.
inline Record record_with_thresholds() {
  Record record = sample_record();
  record.thresholds = decide_thresholds(record, {{"*", "false_pass", "==", 0},
                                                 {"xdp", "vs_null", ">=", 0.5},
                                                 {"xdp", "mrr_pps", ">=", 1e6},
                                                 {"xdp-skb", "vs_null", ">=", 0.8},
                                                 {"xdp", "swap.mixed", "==", 0},
                                                 {"*", "swap.mixed", "==", 0}});
  return record;
}

/// Texts that no format likes: quotes, commas, line ends, markup, control characters, what is no UTF-8.
inline Record broken_record() {
  Record record = record_with_thresholds();
  record.complete = false;
  record.valid = false;
  record.scenario_name = "a,b \"c\" <d> & e";
  record.plan_json = R"({"scenario":{"file":"scenarios/a,b:c.ini"}})";
  Trial& wrong = record.trials.front();
  wrong.verdicts.false_pass = 3;
  wrong.mismatches = {
      {7, "attack", "drop", "passed 3 of 16", "edge.nft:41: tcp dport 22 drop", "IPv4 <x> 100 %, \x01\xff", 3}};
  Trial& invalid = record.trials[1];
  invalid.valid = false;
  invalid.invalid_reason = "unaccounted 5\n  remedy: \xEF\xBF\xBE ]]> \x1b[31m";
  record.warnings.push_back({"odd", "50 % of\nall: a,b", "do::this"});
  for (Trial& trial : record.trials) {
    if (trial.dut == "xdp") trial.dut = "x,\"dp\"";
  }
  record.duts[2] = "x,\"dp\"";
  record.summary["x,\"dp\""] = record.summary["xdp"];
  record.summary["x,\"dp\""].lower_bound = true;
  record.summary.erase("xdp");
  record.summary["afxdp"].skipped = "needs a CPU < of its own >";
  return record;
}

/// What another program makes of `input`; fails the test when it does not like it.
inline std::string read_with(const std::string& tool, const std::vector<std::string>& arguments,
                             const std::string& input) {
  const auto ran = run_tool(tool, arguments, input);
  if (!ran) {
    ADD_FAILURE() << ran.error().to_string();
    return "";
  }
  EXPECT_EQ(ran->status, 0) << tool << ": " << ran->err;
  return ran->out;
}

}  // namespace fwbench
