// SPDX-License-Identifier: BSD-2-Clause
#include "measure/published.h"

namespace fwbench {

std::vector<Ratio> published_ratios(const Plan& plan) {
  std::vector<Ratio> ratios;
  for (const RatioPlan& one : plan.ratios) {
    ratios.push_back({.name = one.name,
                      .of = one.of,
                      .to = one.to,
                      .traffic_case = one.traffic_case,
                      .published = one.published,
                      .source = one.source,
                      .at_least = one.at_least,
                      .at_most = one.at_most,
                      .measured = {},
                      .verdict = {}});
  }
  return ratios;
}

}  // namespace fwbench
