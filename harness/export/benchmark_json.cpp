// SPDX-License-Identifier: BSD-2-Clause
/// What services that keep a history of benchmarks want: a value for each name.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "export/export.h"
#include "record/statistics.h"
#include "report/values.h"

namespace fwbench {
namespace {

using OrderedJson = nlohmann::ordered_json;

std::string dumped(const OrderedJson& json) {
  // Names of a record may be any bytes; JSON is UTF-8.
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

bool has_ends(const ResultRow& row) {
  return row.value.interval && row.value.interval->n >= kMinRounds;
}

/// https://github.com/benchmark-action/github-action-benchmark: "range" and "extra" are free text.
std::string gha_json(const Record& record, Better better) {
  OrderedJson all = OrderedJson::array();
  for (const ResultRow& row : results_of(record)) {
    if (row.metric->better != better) continue;
    OrderedJson one = {{"name", fmt::format("{} {}", benchmark_name(record, row.subject), row.metric->path)},
                       {"unit", unit_name(row.metric->unit)},
                       {"value", row.value.value}};
    if (has_ends(row)) one["range"] = fmt::format("{:g} .. {:g}", row.value.interval->low, row.value.interval->high);
    std::string extra = host_line(record.host);
    if (row.value.interval) extra += fmt::format("\nrounds: {}", row.value.interval->n);
    if (is_lower_bound(row)) extra += "\nlower bound: the null device is hardly faster";
    one["extra"] = std::move(extra);
    all.push_back(std::move(one));
  }
  return dumped(all);
}

/// Bencher's own measures have slugs (https://bencher.dev/docs/explanation/benchmarking/): rates are its "throughput".
std::string bencher_measure(std::string_view path) {
  if (path == "mrr_pps") return "throughput";
  std::string slug(path);
  std::replace_if(
      slug.begin(), slug.end(), [](char c) { return c == '_' || c == '.'; }, '-');
  return slug;
}

}  // namespace

std::string gha_bigger_json(const Record& record) {
  return gha_json(record, Better::higher);
}

std::string gha_smaller_json(const Record& record) {
  return gha_json(record, Better::lower);
}

std::string bencher_json(const Record& record) {
  OrderedJson all = OrderedJson::object();
  for (const ResultRow& row : results_of(record)) {
    OrderedJson value = {{"value", row.value.value}};
    if (has_ends(row)) {
      value["lower_value"] = row.value.interval->low;
      value["upper_value"] = row.value.interval->high;
    }
    all[benchmark_name(record, row.subject)][bencher_measure(row.metric->path)] = std::move(value);
  }
  // The format has no place for a word: where the headroom is small, a rate is a lower bound.
  for (const Subject& subject : subjects_of(record)) {
    const auto& headroom = subject.measures.headroom;
    if (headroom) all[benchmark_name(record, subject)]["headroom"] = {{"value", *headroom}};
  }
  return dumped(all);
}

}  // namespace fwbench
