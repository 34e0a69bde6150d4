// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What everybody between generator and sink counted during a trial: read before it, and again when all is quiet.

#include <functional>
#include <map>
#include <string>

#include "bpf/abi.h"
#include "dut/dut.h"
#include "judge/observation.h"
#include "lab/lab.h"
#include "traffic/schedule.h"

namespace fwbench {

class Books {
 public:
  /// Before the first frame.
  [[nodiscard]] static Result<Books> open(Dut& dut, Lab& lab);

  /// The differences since then. @param sink what the far end counted since then
  [[nodiscard]] Result<Observation> close(Dut& dut, Lab& lab, const Sent& sent, const sink_counters& sink) const;

  /// As close(), once the books balance; after 0.4 s without balance as they are.
  [[nodiscard]] Result<Observation> drain(Dut& dut, Lab& lab, const Sent& sent,
                                          const std::function<sink_counters()>& sink) const;

  /// Dut::dropped() at the beginning.
  [[nodiscard]] uint64_t dropped() const { return dropped_; }

 private:
  DutCounters dut_;
  uint64_t dropped_ = 0;
  std::map<std::string, uint64_t> lab_;
};

}  // namespace fwbench
