// SPDX-License-Identifier: BSD-2-Clause
#include "gate/gate_text.h"

#include <fmt/format.h>

#include "gate/proportion.h"

namespace fwbench {
namespace {

std::string percent(double ratio) {
  return fmt::format("{:+.2f} %", (ratio - 1) * 100);
}

std::string count(const std::optional<uint64_t>& value) {
  return value ? fmt::format("{}", *value) : "-";
}

}  // namespace

std::string render_gate(const Gate& gate) {
  std::string text = fmt::format("gate: {}: {}\n", gate.answer, gate.reason);
  text += fmt::format("  base {}, head {}; {} pairs of at most {}", gate.base, gate.head, gate.pairs, gate.max_pairs);
  if (gate.invalid_pairs != 0) text += fmt::format(", {} left out as invalid", gate.invalid_pairs);
  text += fmt::format("; {:.0f} s\n", gate.seconds);
  for (const GateMetric& metric : gate.metrics) {
    text += fmt::format("  {:<22} {}  [{}, {}] at {:.1f} %, limit {}: {}\n", metric.metric, percent(metric.ratio),
                        percent(metric.low), percent(metric.high), metric.coverage * 100, percent(metric.bound),
                        metric.answer);
  }
  for (const GateExact& exact : gate.exact) {
    text += fmt::format("  {:<22} {} -> {}: {}\n", exact.name, count(exact.base), count(exact.head), exact.verdict);
  }
  if (gate.base_check) {
    text += fmt::format("  {:<22} {}  [{}, {}]: {}\n", "base against itself", percent(gate.base_check->ratio),
                        percent(gate.base_check->low), percent(gate.base_check->high),
                        gate.base_check->holds ? "holds" : "does not hold");
  }
  if (gate.verdict_frames != 0) {
    text += fmt::format("  {} frames judged of each side: without a wrong one, fewer than 1 in {:.0f} are (95 %)\n",
                        gate.verdict_frames, 1 / upper_bound_of_none(gate.verdict_frames));
  }
  return text;
}

}  // namespace fwbench
