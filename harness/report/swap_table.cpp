// SPDX-License-Identifier: BSD-2-Clause
#include "report/swap_table.h"

#include <fmt/format.h>

#include "report/table_rows.h"
#include "report/values.h"

namespace fwbench {

Grid swap_grid(const Record& record) {
  Grid grid{{"dut", "changes", "per second", "taken p50", "p99", "effective p50", "p99", "max", "seen within", "probes",
             "mixed"},
            {}};
  for (const TableRow& row : rows_of(record)) {
    if (!row.measures.swap) continue;
    const SwapStats& swap = *row.measures.swap;
    const std::string name = name_of(row);
    const bool seen = swap.effective_n != 0;
    grid.rows.push_back({{printable(name)},
                         {grouped(swap.changes)},
                         {fmt::format("{:.0f}", swap.changes_per_s)},
                         {format_us(swap.taken_p50_ns)},
                         {format_percentile_us(swap.taken_p99_ns, 0.99, swap.changes)},
                         {seen ? format_us(swap.effective_p50_ns) : "-"},
                         {seen ? format_percentile_us(swap.effective_p99_ns, 0.99, swap.effective_n) : "-"},
                         {seen ? format_us(swap.effective_max_ns) : "-"},
                         {format_us(swap.resolution_ns)},
                         {grouped(swap.judged_probes)},
                         wrong_cell(swap.mixed, swap.judged_probes)});
  }
  return grid;
}

}  // namespace fwbench
