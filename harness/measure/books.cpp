// SPDX-License-Identifier: BSD-2-Clause
#include "measure/books.h"

#include <chrono>
#include <thread>

#include "judge/judge.h"
#include "traffic/engines/clock.h"

namespace fwbench {
namespace {

/// A drained trial balances at once; this long is given to one that does not.
constexpr uint64_t kDrainLimitNs = 400'000'000;
constexpr std::chrono::milliseconds kDrainPause{2};

}  // namespace

Result<Books> Books::open(Dut& dut, Lab& lab) {
  Books books;
  auto counters = dut.counters();
  if (!counters) return tl::unexpected(counters.error());
  auto dropped = dut.dropped();
  if (!dropped) return tl::unexpected(dropped.error());
  auto all = lab.counters();
  if (!all) return tl::unexpected(all.error());
  books.dut_ = *counters;
  books.dropped_ = *dropped;
  books.lab_ = std::move(*all);
  return books;
}

Result<Observation> Books::close(Dut& dut, Lab& lab, const Sent& sent, const sink_counters& sink) const {
  auto counters = dut.counters();
  if (!counters) return tl::unexpected(counters.error());
  auto all = lab.counters();
  if (!all) return tl::unexpected(all.error());
  Observation o;
  for (const auto& [name, value] : *all) {
    const auto before = lab_.find(name);
    const uint64_t change = value - (before == lab_.end() ? 0 : before->second);
    if (change != 0) o.raw[name] = change;
  }
  const auto raw = [&o](const char* name) {
    const auto found = o.raw.find(name);
    return found == o.raw.end() ? 0 : found->second;
  };
  o.planned_load = sent.planned;
  o.planned_probes = sent.probes;
  o.refused = sent.refused;
  o.late_max_ns = sent.late_max_ns;
  o.start_ns = sent.start_ns;
  const uint64_t refused_by_g0 = counters->refused_by_g0 - dut_.refused_by_g0;
  o.ring_taken = raw("d0.rx_queue_0_xdp_packets") + refused_by_g0;
  o.ring_dropped = raw("g0.tx_dropped") - refused_by_g0;
  o.egress_dropped = raw("d1.tx_dropped");
  o.dut = {.seen = counters->seen - dut_.seen,
           .passed = counters->passed - dut_.passed,
           .dropped_by_rule = counters->dropped_by_rule - dut_.dropped_by_rule,
           .dropped_by_stack = counters->dropped_by_stack - dut_.dropped_by_stack,
           .aborted = counters->aborted - dut_.aborted,
           .lost_xsk = counters->lost_xsk - dut_.lost_xsk};
  o.sink_frames = sink.frames;
  o.sink_probes = sink.probes;
  o.foreign = sink.foreign;
  o.reordered = sink.reordered;
  return o;
}

Result<Observation> Books::drain(Dut& dut, Lab& lab, const Sent& sent,
                                 const std::function<sink_counters()>& sink) const {
  const uint64_t give_up = monotonic_ns() + kDrainLimitNs;
  for (;;) {
    // The far end first: what arrives between the two readings must not look like more than was sent.
    const sink_counters arrived = sink();
    auto o = close(dut, lab, sent, arrived);
    if (!o || make_ledger(*o).unaccounted == 0 || monotonic_ns() > give_up) return o;
    std::this_thread::sleep_for(kDrainPause);
  }
}

}  // namespace fwbench
