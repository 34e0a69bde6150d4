// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What tables by DUT, and by case in a sweep, have in common. Internal to the report module.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "record/record.h"
#include "report/grid.h"

namespace fwbench {

/// A DUT or, in a sweep, a DUT in one case. Points into the record.
struct TableRow {
  const std::string& dut;
  const SweepCase* of_case = nullptr;  ///< null outside a sweep
  const Measures& measures;
  std::optional<Interval95> vs_reference = std::nullopt;

  [[nodiscard]] bool has(const Trial& trial) const {
    return trial.dut == dut && (of_case == nullptr || trial.traffic_case == of_case->label);
  }
};

[[nodiscard]] std::vector<TableRow> rows_of(const Record& record);

/// "xdp", or "xdp policy.rules=10" in a sweep.
[[nodiscard]] std::string name_of(const TableRow& row);

/// The fewest rounds any DUT's MRR comes from; 0 without any.
[[nodiscard]] int fewest_rounds(const Record& record);

/// A number that there is not.
[[nodiscard]] Cell absent_cell();

/// `count` of `judged` packets that should be 0.
[[nodiscard]] Cell wrong_cell(uint64_t count, uint64_t judged);

}  // namespace fwbench
