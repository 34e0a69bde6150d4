// SPDX-License-Identifier: BSD-2-Clause
#include "report/delay_table.h"

#include <fmt/format.h>

#include "report/table_rows.h"
#include "report/values.h"

namespace fwbench {
namespace {

void add_delay_row(Grid& grid, const std::string& dut, const std::optional<DelayStats>& delay, bool idle) {
  if (!delay) return;
  const uint64_t n = delay->n;
  grid.rows.push_back({{printable(dut)},
                       {idle ? "idle" : format_mpps(static_cast<double>(delay->load_pps)) + " Mpps"},
                       {format_percentile_us(delay->p50, 0.5, n)},
                       {format_percentile_us(delay->p90, 0.9, n)},
                       {format_percentile_us(delay->p99, 0.99, n)},
                       {format_percentile_us(delay->p999, 0.999, n)},
                       {n == 0 ? "-" : format_us(delay->max)},
                       {format_percentile_us(delay->lateness_p99, 0.99, n)},
                       {grouped(delay->sent)},
                       {delay->sent < n ? "-" : grouped(delay->sent - n)}});
}

}  // namespace

Grid delay_grid(const Record& record) {
  Grid grid{{"dut", "load", "p50", "p90", "p99", "p99.9", "max", "generator p99", "probes", "lost"}, {}};
  for (const TableRow& row : rows_of(record)) {
    const std::string name = name_of(row);
    add_delay_row(grid, name, row.measures.delay_idle, true);
    add_delay_row(grid, name, row.measures.delay_load, false);
  }
  return grid;
}

}  // namespace fwbench
