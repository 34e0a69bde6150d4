// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/ratio_check.h"

namespace fwbench {

std::vector<RatioProblem> problems_of(const RatioPlan& ratio, bool in_sweep) {
  std::vector<RatioProblem> problems;
  if (ratio.of == ratio.to) problems.push_back({"to", "the ratio of a DUT to itself is 1", "name another DUT"});
  if (ratio.published && ratio.source.empty()) {
    problems.push_back({"published", "a published figure needs its source", "source = who published it, and where"});
  }
  if (!ratio.at_least && !ratio.at_most) {
    problems.push_back(
        {"", "a ratio needs 'at_least' or 'at_most'", "at_least = from where on it counts as reproduced"});
  } else if (ratio.at_least && ratio.at_most && *ratio.at_least > *ratio.at_most) {
    problems.push_back({"at_most", "'at_most' is below 'at_least'", "no ratio is between them"});
  }
  if (in_sweep && ratio.traffic_case.empty()) {
    problems.push_back({"", "in a sweep a ratio needs its case", "case = the value or the label of one"});
  } else if (!in_sweep && !ratio.traffic_case.empty()) {
    problems.push_back({"case", "a case without a sweep", "take it out, or give the scenario a [matrix]"});
  }
  return problems;
}

}  // namespace fwbench
