// SPDX-License-Identifier: BSD-2-Clause
#include "export/export.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.h"

namespace fwbench {
namespace {

constexpr ExportFormat kFormats[] = {
    {"junit", "JUnit XML", junit_xml},
    {"github-summary", "Markdown for $GITHUB_STEP_SUMMARY", github_summary},
    {"annotations", "GitHub workflow commands: ::error ...", github_annotations},
    {"gha-bigger", "github-action-benchmark, customBiggerIsBetter", gha_bigger_json},
    {"gha-smaller", "github-action-benchmark, customSmallerIsBetter", gha_smaller_json},
    {"bmf", "Bencher Metric Format", bencher_json},
    {"csv", "CSV (RFC 4180)", csv_table},
    {"gbench", "Google Benchmark JSON", google_benchmark_json},
};

}  // namespace

std::span<const ExportFormat> export_formats() {
  return kFormats;
}

const ExportFormat* find_export_format(std::string_view name) {
  const auto found =
      std::find_if(std::begin(kFormats), std::end(kFormats), [name](const ExportFormat& f) { return f.name == name; });
  return found == std::end(kFormats) ? nullptr : found;
}

std::vector<ResultRow> results_of(const Record& record) {
  std::vector<ResultRow> rows;
  for (const Subject& subject : subjects_of(record)) {
    for (const Metric& metric : all_metrics()) {
      if (const auto value = metric.read(subject)) rows.push_back({subject, &metric, *value});
    }
  }
  return rows;
}

std::string benchmark_name(const Record& record, const Subject& subject) {
  std::string name = fmt::format("{}/{}", record.scenario_name, subject.dut);
  if (subject.in_case != nullptr) name += fmt::format("/{}", subject.case_label());
  return printable(name);
}

bool is_lower_bound(const ResultRow& row) {
  const bool of_rate = row.metric->path == "mrr_pps" || row.metric->path == "vs_null";
  return of_rate && row.subject.measures.lower_bound.value_or(false);
}

}  // namespace fwbench
