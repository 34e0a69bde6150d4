// SPDX-License-Identifier: BSD-2-Clause
#include "dut/xdp_program_dut.h"

namespace fwbench {

Result<void> XdpProgramDut::start() {
  auto before = totals();
  if (!before) return tl::unexpected(before.error());
  before_ = *before;
  auto link = XdpLink::attach(program(), ifindex_, mode_);
  if (!link) return tl::unexpected(link.error());
  link_ = std::move(*link);
  return {};
}

Result<DutCounters> XdpProgramDut::counters() {
  auto now = totals();
  if (!now) return tl::unexpected(now.error());
  return DutCounters{.seen = now->seen - before_.seen,
                     .passed = now->passed - before_.passed,
                     .dropped_by_rule = now->dropped - before_.dropped,
                     .dropped_by_stack = 0,
                     .aborted = now->aborted - before_.aborted,
                     .lost_xsk = 0};
}

Result<void> XdpProgramDut::stop() {
  link_.detach();
  return {};
}

}  // namespace fwbench
