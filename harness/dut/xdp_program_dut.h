// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What the DUTs that are one XDP program on d0 have in common: attach, and books since start().

#include "bpf/abi.h"
#include "dut/dut.h"
#include "lab/bpf.h"

namespace fwbench {

class XdpProgramDut : public Dut {
 public:
  XdpProgramDut(int ifindex, XdpMode mode) : ifindex_(ifindex), mode_(mode) {}

  Result<void> start() final;
  Result<DutCounters> counters() final;
  Result<void> stop() final;

 private:
  [[nodiscard]] virtual bpf_program* program() const = 0;
  /// Since load, summed over CPUs.
  [[nodiscard]] virtual Result<dut_counters> totals() const = 0;

  int ifindex_;
  XdpMode mode_;
  XdpLink link_;
  dut_counters before_ = {};
};

}  // namespace fwbench
