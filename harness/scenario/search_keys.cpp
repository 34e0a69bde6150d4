// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/search_keys.h"

#include "scenario/value_reader.h"

namespace fwbench {
namespace {

constexpr double kMs = 1e6;
constexpr double kHourNs = 3600e9;

constexpr Key kSearchKeys[] = {
    {.section = "trial",
     .name = "search",
     .type = KeyType::choices,
     .choices = kSearchRates,
     .help =
         "Rates to search for in each DUT, by MLRsearch (RFC 9971): ndr, the highest load without loss, and pdr, the "
         "one with at most 0.5 % of it. Loss is legal packets that did not arrive; what the policy drops is none. "
         "Generator and DUT are on different CPUs then. Without this key there is no search.",
     .set = [](ValueReader& r, Draft& d) { r.choices(d.plan.trial.search.rates); }},
    {.section = "trial",
     .name = "search_trial",
     .type = KeyType::duration,
     .default_value = "1s",
     .min = 10 * kMs,
     .max = kHourNs,
     .quick_value = "50ms",
     .help = "Goal Final Trial Duration of a search: every trial lasts so long.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.plan.trial.search.trial_ns); }},
    {.section = "trial",
     .name = "search_sum",
     .type = KeyType::duration,
     .default_value = "21s",
     .min = 10 * kMs,
     .max = kHourNs,
     .quick_value = "150ms",
     .help = "Goal Duration Sum of a search: a load is a bound once trials of so much time in all could not change it "
             "any more. 21 trials of 1s: 11 that agree.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.plan.trial.search.sum_ns); }},
    {.section = "trial",
     .name = "search_exceed",
     .type = KeyType::real,
     .unit = "share of the duration sum",
     .default_value = "0.5",
     .max = 0.99,
     .help = "Goal Exceed Ratio of a search: in so much of the time a load may lose more than the goal allows.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.plan.trial.search.exceed_ratio); }},
    {.section = "trial",
     .name = "search_width",
     .type = KeyType::real,
     .unit = "share of the upper bound",
     .default_value = "0.01",
     .min = 0.0001,
     .max = 0.5,
     .help = "Goal Width of a search: it ends when lower and upper bound are no further apart.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.plan.trial.search.width); }},
    {.section = "trial",
     .name = "search_limit",
     .type = KeyType::duration,
     .default_value = "1800s",
     .min = 100 * kMs,
     .max = 24 * kHourNs,
     .quick_value = "10s",
     .help = "Most time that the search of one DUT (and case) may take. One that runs out of it reports the bounds it "
             "has, and says so.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.plan.trial.search.limit_ns); }},
};

}  // namespace

std::span<const Key> search_keys() {
  return kSearchKeys;
}

}  // namespace fwbench
