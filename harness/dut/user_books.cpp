// SPDX-License-Identifier: BSD-2-Clause
#include "dut/user_books.h"

#include <algorithm>

namespace fwbench {

Result<UserBooks> UserBooks::open(const Port& in, const Port& out, UserDutVerdict verdict) {
  auto tap = HostTap::open(in, out, verdict == UserDutVerdict::pass);
  if (!tap) return tl::unexpected(tap.error());
  auto ethtool = Ethtool::open(in.name);
  if (!ethtool) return tl::unexpected(ethtool.error());
  auto rtnl = Rtnl::open();
  if (!rtnl) return tl::unexpected(rtnl.error());
  return UserBooks(in, out, verdict, std::move(*tap), std::move(*ethtool), std::move(*rtnl));
}

Result<UserBooks::Totals> UserBooks::totals() {
  Totals totals;
  // What came out first: read the other way round, a frame that passes meanwhile would be a negative drop.
  auto tap = tap_.totals();
  if (!tap) return tl::unexpected(tap.error());
  totals.passed = tap->passed;
  totals.aborted = tap->aborted;
  if (verdict_ == UserDutVerdict::redirect) {
    auto link = rtnl_.link_info(out_.ifindex);
    if (!link) return tl::unexpected(link.error());
    totals.passed = link->tx_packets + link->tx_dropped;
  }
  auto statistics = ethtool_.statistics();
  if (!statistics) return tl::unexpected(statistics.error());
  totals.seen = (*statistics)["rx_queue_0_xdp_packets"];
  return totals;
}

Result<void> UserBooks::begin() {
  auto now = totals();
  if (!now) return tl::unexpected(now.error());
  before_ = *now;
  return {};
}

Result<DutCounters> UserBooks::counters() {
  auto now = totals();
  if (!now) return tl::unexpected(now.error());
  DutCounters counters = {.seen = now->seen - before_.seen,
                          .passed = now->passed - before_.passed,
                          .aborted = now->aborted - before_.aborted};
  const uint64_t known = counters.passed + counters.aborted;
  counters.dropped_by_rule = counters.seen - std::min(counters.seen, known);
  return counters;
}

Result<bool> UserBooks::has_program() {
  auto link = rtnl_.link_info(in_.ifindex);
  if (!link) return tl::unexpected(link.error());
  return link->xdp_program != 0;
}

}  // namespace fwbench
