// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Two DUTs of one record, or the DUTs of two records, metric by metric: B by A, with an interval, and in words.
///
/// Within one record rounds are paired: the ratio (of times: the difference) is taken round by round, what the machine
/// did meanwhile is in both, and the interval is the median's (record/statistics.h). Two records share no rounds: there
/// the interval is a bootstrap of the ratio of geometric means (gate/bootstrap.h).

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "record/metrics.h"
#include "record/record.h"

namespace fwbench {

struct CompareSide {
  const Record* record = nullptr;  ///< the same pointer on both sides: rounds are paired
  std::string dut;
};

struct ComparedMetric {
  const Metric* metric = nullptr;
  std::string dut_a, dut_b, traffic_case;
  double a = 0;
  double b = 0;
  /// B by A; without an interval (n below kMinRounds) where each is one value
  std::optional<Interval95> ratio = std::nullopt;
  /// B less A, ns: of times that may be 0 or less there is no ratio
  std::optional<Interval95> difference = std::nullopt;
  std::string effect = {};  ///< "12.0 % faster, interval excludes 0"
};

struct CompareResult {
  std::vector<ComparedMetric> rows;
  std::vector<std::string> notes;  ///< what was not compared, and why
};

/// One pair of DUTs. Of records from different classes of host or TX engines only ratios and exact counts are compared.
/// Errors: ErrorKind::usage for a DUT that a record does not have.
[[nodiscard]] Result<CompareResult> compare_duts(const CompareSide& a, const CompareSide& b);

/// Every DUT that both records have.
/// Errors: ErrorKind::usage when there is none.
[[nodiscard]] Result<CompareResult> compare_records(const Record& a, const Record& b);

/// "12.0 % faster, interval excludes 0", "no difference larger than 3.1 % seen", "too few rounds to tell (12 %
/// faster)".
[[nodiscard]] std::string effect_of_ratio(MetricUnit unit, const Interval95& ratio);

[[nodiscard]] std::string compare_table(const CompareResult& result, bool color);
[[nodiscard]] std::string compare_json(const CompareResult& result);

}  // namespace fwbench
