// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The books of a firewall that cannot be asked: what went in and what came out, by the counters around it.

#include "dut/dut.h"
#include "dut/host_tap.h"
#include "lab/ethtool.h"
#include "lab/rtnl.h"

namespace fwbench {

/// Seen: what d0's NAPI took from its ring. Passed: what the tap saw behind the firewall or, when it forwards by
/// itself, what was given to d1. Aborted: by the kernel's tracepoint. Dropped: the rest.
class UserBooks {
 public:
  /// In the DUT's namespace; the firewall is there already.
  [[nodiscard]] static Result<UserBooks> open(const Port& in, const Port& out, UserDutVerdict verdict);

  /// From now on counters() counts from here.
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<DutCounters> counters();
  /// An XDP program is on d0 now.
  [[nodiscard]] Result<bool> has_program();

 private:
  struct Totals {
    uint64_t seen = 0;
    uint64_t passed = 0;
    uint64_t aborted = 0;
  };
  UserBooks(Port in, Port out, UserDutVerdict verdict, HostTap tap, Ethtool ethtool, Rtnl rtnl)
      : in_(std::move(in)),
        out_(std::move(out)),
        verdict_(verdict),
        tap_(std::move(tap)),
        ethtool_(std::move(ethtool)),
        rtnl_(std::move(rtnl)) {}
  [[nodiscard]] Result<Totals> totals();

  Port in_, out_;
  UserDutVerdict verdict_;
  HostTap tap_;
  Ethtool ethtool_;
  Rtnl rtnl_;
  Totals before_;
};

}  // namespace fwbench
