// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The one table of the numbers of a summary that have a name: what thresholds, exports and comparisons can speak of.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "record/record.h"

namespace fwbench {

enum class MetricUnit : uint8_t { pps, ratio, ns, frames };
[[nodiscard]] std::string_view unit_name(MetricUnit unit);  ///< "packets/s", "ratio", "ns", "frames"

enum class Better : uint8_t { higher, lower };

/// A DUT, in a sweep one case of it: what has a value for each metric. Points into the record.
struct Subject {
  const std::string& dut;
  const Measures& measures;
  const CaseSummary* in_case = nullptr;  ///< null outside a sweep

  [[nodiscard]] std::string_view case_label() const {
    return in_case == nullptr ? std::string_view{} : in_case->traffic_case;
  }
  [[nodiscard]] std::string name() const;  ///< "xdp", "xdp policy.rules=10"
};

/// All DUTs that have a summary, in the order of the record, with their cases in the order of the sweep.
[[nodiscard]] std::vector<Subject> subjects_of(const Record& record);

struct MetricValue {
  double value = 0;
  std::optional<Interval95> interval = std::nullopt;  ///< over rounds; absent for what is counted or measured once
};

struct Metric {
  std::string_view path;  ///< "mrr_pps", "delay_ns.p99"
  MetricUnit unit;
  Better better;
  bool is_exact;  ///< a count without noise
  std::string_view help;
  std::optional<MetricValue> (*read)(const Subject&);  ///< nothing when it was not measured
};

[[nodiscard]] std::span<const Metric> all_metrics();
/// Null when there is none.
[[nodiscard]] const Metric* find_metric(std::string_view path);

/// "4.1 M packets/s", "12.3 us", "0.812", "17 frames".
[[nodiscard]] std::string format_metric(MetricUnit unit, double value);

/// `n` values have a percentile: at least one of them lies beyond it.
[[nodiscard]] bool resolves_percentile(uint64_t n, double p);

}  // namespace fwbench
