// SPDX-License-Identifier: BSD-2-Clause
#include "report/gate_table.h"

#include <fmt/format.h>

#include "record/load_statistics.h"

namespace fwbench {
namespace {

std::string change(double ratio) {
  return fmt::format("{:+.2f} %", (ratio - 1) * 100);
}

std::string interval(double low, double high) {
  return fmt::format("[{:+.2f} {:+.2f}] %", (low - 1) * 100, (high - 1) * 100);
}

std::string count(const std::optional<uint64_t>& value) {
  return value ? fmt::format("{}", *value) : "-";
}

Tone tone_of_answer(const std::string& word) {
  if (word == "pass" || word == "same" || word == "better") return Tone::good;
  return word == "fail" || word == "worse" ? Tone::bad : Tone::warning;
}

}  // namespace

std::string gate_headline(const Gate& gate) {
  return fmt::format("{}: {}", gate.answer, gate.reason);
}

Grid gate_grid(const Record& record) {
  Grid grid{{"head against base", "is", "interval", "limit", "verdict"}, {}};
  if (!record.gate) return grid;
  for (const GateMetric& metric : record.gate->metrics) {
    grid.rows.push_back({{printable(metric.metric)},
                         {change(metric.ratio)},
                         {fmt::format("{} at {:.1f} %", interval(metric.low, metric.high), metric.coverage * 100)},
                         {change(metric.bound)},
                         {printable(metric.answer), tone_of_answer(metric.answer)}});
  }
  for (const GateExact& exact : record.gate->exact) {
    grid.rows.push_back({{printable(exact.name)},
                         {fmt::format("{} -> {}", count(exact.base), count(exact.head))},
                         {},
                         {},
                         {printable(exact.verdict), tone_of_answer(exact.verdict)}});
  }
  if (const auto& check = record.gate->base_check) {
    grid.rows.push_back({{"base against itself"},
                         {change(check->ratio)},
                         {interval(check->low, check->high)},
                         {},
                         {check->holds ? "holds" : "does not hold", check->holds ? Tone::good : Tone::bad}});
  }
  return grid;
}

std::vector<std::string> gate_notes(const Gate& gate) {
  std::vector<std::string> notes = {fmt::format(
      "base {}, head {}; {} pairs of at most {}{}; {:.0f} s", printable(gate.base), printable(gate.head), gate.pairs,
      gate.max_pairs, gate.invalid_pairs == 0 ? "" : fmt::format(", {} left out as invalid", gate.invalid_pairs),
      gate.seconds)};
  if (gate.verdict_frames != 0) {
    notes.push_back(fmt::format("{} frames judged of each side: without a wrong one, fewer than 1 in {:.0f} are (95 %)",
                                grouped(gate.verdict_frames), 1 / upper_bound95(gate.verdict_frames, 0)));
  }
  return notes;
}

std::string render_gate(const Record& record, bool color) {
  const Gate& gate = *record.gate;
  std::string out = colored("gate: " + printable(gate_headline(gate)), tone_of_answer(gate.answer), color) + "\n\n";
  const Grid grid = gate_grid(record);
  if (!grid.rows.empty()) out += render_text(grid, color) + "\n";
  for (const std::string& note : gate_notes(gate)) out += colored(note, Tone::dim, color) + "\n";
  return out;
}

}  // namespace fwbench
