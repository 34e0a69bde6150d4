// SPDX-License-Identifier: BSD-2-Clause
#include "judge/judge.h"
#include "traffic/schedule.h"

namespace fwbench {

std::vector<ClassCounts> count_classes(const Observation& o, const Expectation& expectation, const FrameTable& table) {
  if (expectation.legal.size() != o.arrivals.size() || table.frames.size() != o.arrivals.size()) return {};
  std::vector<ClassCounts> classes;
  for (const std::string& name : expectation.classes) classes.push_back({.name = name});
  for (size_t i = 0; i < o.arrivals.size(); ++i) {
    ClassCounts& counts = classes[table.frames[i].class_index];
    const uint64_t sent = times_emitted(o.planned_load, o.arrivals.size(), i);
    counts.sent += sent;
    const bool open = !expectation.open.empty() && expectation.open[i];
    if (open || sent == 0 || is_dropped_by_stack(expectation, i)) continue;
    if (expectation.legal[i]) {
      counts.legal += sent;
      counts.arrived += o.arrivals[i];
    } else {
      counts.illegal += sent;
      counts.leaked += o.arrivals[i];
      ++counts.illegal_frames;
      if (o.arrivals[i] != 0) ++counts.leaked_frames;
    }
  }
  return classes;
}

}  // namespace fwbench
