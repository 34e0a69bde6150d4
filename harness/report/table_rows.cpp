// SPDX-License-Identifier: BSD-2-Clause
#include "report/table_rows.h"

#include <algorithm>

#include "report/values.h"

namespace fwbench {

std::vector<TableRow> rows_of(const Record& record) {
  std::vector<TableRow> rows;
  for (const std::string& dut : record.duts) {
    const DutSummary& summary = summary_of(record, dut);
    if (!record.sweep) {
      rows.push_back({.dut = dut, .measures = summary});
      continue;
    }
    if (!summary.cases) continue;
    for (const CaseSummary& one : *summary.cases) {
      const auto known = std::find_if(record.sweep->cases.begin(), record.sweep->cases.end(),
                                      [&](const SweepCase& c) { return c.label == one.traffic_case; });
      if (known == record.sweep->cases.end()) continue;
      rows.push_back({.dut = dut, .of_case = &*known, .measures = one, .vs_reference = one.vs_reference});
    }
  }
  return rows;
}

std::string name_of(const TableRow& row) {
  return row.of_case == nullptr ? row.dut : row.dut + " " + row.of_case->label;
}

int fewest_rounds(const Record& record) {
  int fewest = 0;
  for (const TableRow& row : rows_of(record)) {
    const auto& mrr = row.measures.mrr_pps;
    if (mrr && (fewest == 0 || mrr->n < fewest)) fewest = mrr->n;
  }
  return fewest;
}

Cell absent_cell() {
  return {"-", Tone::dim};
}

Cell wrong_cell(uint64_t count, uint64_t judged) {
  if (judged == 0) return absent_cell();
  return {grouped(count), count == 0 ? Tone::good : Tone::bad};
}

}  // namespace fwbench
