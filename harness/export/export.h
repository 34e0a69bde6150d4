// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A record in the formats that other people's CI reads. Pure: Record in, text out.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "record/metrics.h"
#include "record/record.h"

namespace fwbench {

struct ExportFormat {
  std::string_view name;  ///< as after --format
  std::string_view help;
  std::string (*write)(const Record& record);
};

[[nodiscard]] std::span<const ExportFormat> export_formats();
/// Null when there is none.
[[nodiscard]] const ExportFormat* find_export_format(std::string_view name);

/// JUnit XML: a suite for each DUT (and case), in it the verdicts, the ledger and the thresholds. What is inconclusive
/// or left out is "skipped", an invalid trial an "error". Obeys schemas/junit.xsd.
[[nodiscard]] std::string junit_xml(const Record& record);

/// Markdown for $GITHUB_STEP_SUMMARY: the outcome, the tables, the warnings. Longer ones are cut at a line, with a
/// note.
[[nodiscard]] std::string github_summary(const Record& record);
inline constexpr size_t kMaxSummaryBytes = size_t{200} << 10;

/// Workflow commands (::error file=...,title=...::text), the worst first; at most kMaxAnnotations of each kind, since
/// GitHub shows no more of one step.
[[nodiscard]] std::string github_annotations(const Record& record);
inline constexpr size_t kMaxAnnotations = 10;

/// github-action-benchmark, customBiggerIsBetter and customSmallerIsBetter: [{name, unit, value, range, extra}].
[[nodiscard]] std::string gha_bigger_json(const Record& record);
[[nodiscard]] std::string gha_smaller_json(const Record& record);

/// Bencher Metric Format: {benchmark: {measure: {value, lower_value, upper_value}}}.
[[nodiscard]] std::string bencher_json(const Record& record);

/// RFC 4180, a line for each DUT (and case) and metric, with a header.
[[nodiscard]] std::string csv_table(const Record& record);

/// As `--benchmark_format=json` of Google Benchmark prints it: every MRR round is a repetition, with median and
/// deviation behind them. real_time is the time a packet.
[[nodiscard]] std::string google_benchmark_json(const Record& record);

/// A number of the summary. Points into the record.
struct ResultRow {
  Subject subject;
  const Metric* metric;
  MetricValue value;
};
/// Every metric that every subject has, in their orders.
[[nodiscard]] std::vector<ResultRow> results_of(const Record& record);

/// "syn_flood/xdp", "rule_scaling/xdp/policy.rules=10".
[[nodiscard]] std::string benchmark_name(const Record& record, const Subject& subject);

/// Whether the row's rate (or ratio) is a lower bound, since the instrument is hardly faster.
[[nodiscard]] bool is_lower_bound(const ResultRow& row);

}  // namespace fwbench
