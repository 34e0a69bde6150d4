// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The packet loop of the AF_XDP firewall: receive a batch, decide it, put what may pass on the transmit ring, give the
/// rest back to the kernel. Nothing in it allocates, logs or throws, and only decide() looks at the frames.

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>

#include "afxdp/counters.h"
#include "afxdp/xsk.h"
#include "engine/classifier.h"

namespace fwbench {

/// Frames taken from the receive ring at once: what a classifier takes, and what one NAPI poll delivers
/// (NAPI_POLL_WEIGHT).
inline constexpr uint32_t kRxBatch = kClassifyBatch;
static_assert(kRxBatch <= 64, "a verdict is one bit of a 64-bit mask");

/// Most frames the kernel sends in one call (net/xdp/xsk.c, TX_BATCH_SIZE).
inline constexpr uint32_t kTxBudget = 32;

/// Before it goes to sleep, the loop looks for frames this often, a pause of 1 to 5 us apart. A waking-up costs the
/// kernel's side more than a frame does: under load the loop must not fall asleep between two NAPI polls (measured: 5 %
/// of the rate on a quiet machine, a third on a busy one, and no loss where there was 5 % without). Less than 0.1 ms,
/// so that an idle firewall sleeps.
inline constexpr int kIdleLooks = 20;
inline constexpr int kPausesPerLook = 100;

/// Sleep at most this long, so that a request to stop that came just before the sleep is still seen soon.
inline constexpr int kIdlePollMs = 50;
/// Sleep while transmitted frames have not completed: nothing wakes us when they do.
inline constexpr int kCompletionPollMs = 1;

/// Drops everything, without looking: the ceiling for any firewall in this loop.
struct Discard {
  uint64_t operator()(std::span<const FrameView> /*frames*/) const { return 0; }
};

namespace afxdp_detail {

struct Tally {
  uint64_t received = 0, passed = 0, dropped = 0, tx_full = 0, tx_completed = 0, wakeups = 0, polls = 0;
};

inline void publish(const Tally& tally, LiveCounters& live) {
  live.received.store(tally.received, std::memory_order_relaxed);
  live.passed.store(tally.passed, std::memory_order_relaxed);
  live.dropped.store(tally.dropped, std::memory_order_relaxed);
  live.tx_full.store(tally.tx_full, std::memory_order_relaxed);
  live.tx_completed.store(tally.tx_completed, std::memory_order_relaxed);
  live.wakeups.store(tally.wakeups, std::memory_order_relaxed);
  live.polls.store(tally.polls, std::memory_order_relaxed);
}

/// Returns how many frames were received.
template <typename Decide>
uint32_t forward_batch(XskRings& rings, std::byte* umem, Decide& decide, Tally& tally) {
  uint32_t rx_index = 0;
  const uint32_t received = xsk_ring_cons__peek(&rings.rx, kRxBatch, &rx_index);
  if (received == 0) return 0;

  std::array<FrameView, kRxBatch> frames;
  for (uint32_t i = 0; i < received; ++i) {
    const xdp_desc& desc = *xsk_ring_cons__rx_desc(&rings.rx, rx_index + i);
    frames[i] = {umem + xsk_umem__add_offset_to_addr(desc.addr), desc.len};
  }
  const uint64_t verdicts = decide(std::span<const FrameView>(frames.data(), received));

  const auto allowed = static_cast<uint32_t>(std::popcount(verdicts));
  uint32_t tx_room = 0;
  uint32_t tx_index = 0;
  uint32_t fill_index = 0;
  if (allowed > 0) {
    tx_room = std::min(xsk_prod_nb_free(&rings.tx, allowed), allowed);
    xsk_ring_prod__reserve(&rings.tx, tx_room, &tx_index);
  }
  xsk_ring_prod__reserve(&rings.fill, received - tx_room, &fill_index);

  uint32_t sent = 0;
  for (uint32_t i = 0; i < received; ++i) {
    const xdp_desc& desc = *xsk_ring_cons__rx_desc(&rings.rx, rx_index + i);
    if (((verdicts >> i) & 1) != 0 && sent < tx_room) {
      *xsk_ring_prod__tx_desc(&rings.tx, tx_index + sent++) = {.addr = desc.addr, .len = desc.len, .options = 0};
    } else {
      *xsk_ring_prod__fill_addr(&rings.fill, fill_index++) = desc.addr;
    }
  }
  xsk_ring_cons__release(&rings.rx, received);
  xsk_ring_prod__submit(&rings.fill, received - tx_room);
  if (tx_room > 0) xsk_ring_prod__submit(&rings.tx, tx_room);

  tally.received += received;
  tally.passed += tx_room;
  tally.tx_full += allowed - tx_room;
  tally.dropped += received - allowed;
  return received;
}

inline void recycle_completed(XskRings& rings, Tally& tally) {
  uint32_t index = 0;
  uint32_t fill_index = 0;
  const uint32_t completed = xsk_ring_cons__peek(&rings.completion, kRxBatch, &index);
  if (completed == 0) return;
  xsk_ring_prod__reserve(&rings.fill, completed, &fill_index);
  for (uint32_t i = 0; i < completed; ++i) {
    *xsk_ring_prod__fill_addr(&rings.fill, fill_index + i) = *xsk_ring_cons__comp_addr(&rings.completion, index + i);
  }
  xsk_ring_prod__submit(&rings.fill, completed);
  xsk_ring_cons__release(&rings.completion, completed);
  tally.tx_completed += completed;
}

/// Frames on the transmit ring that the kernel has not taken yet.
inline uint32_t unsent(const xsk_ring_prod& tx) {
  return tx.cached_prod - __atomic_load_n(tx.consumer, __ATOMIC_ACQUIRE);
}

/// Has the kernel send what is on the transmit ring: as many calls as one batch can need, since frames that wait here
/// are missing on the fill ring. Copy mode always needs the call. Returns 0, or the errno of a failure that will not
/// pass.
inline int send_pending(const xsk_ring_prod& tx, int tx_fd, Tally& tally) {
  for (uint32_t calls = 0; calls < kRxBatch / kTxBudget && unsent(tx) > 0; ++calls) {
    ++tally.wakeups;
    if (::sendto(tx_fd, nullptr, 0, MSG_DONTWAIT, nullptr, 0) >= 0) continue;
    // More left than one call sends, no memory for an skb, or (EBUSY) the interface refused a frame: that passes.
    if (errno != EAGAIN && errno != EBUSY && errno != ENOBUFS && errno != EINTR) return errno;
  }
  return 0;
}

/// Lets the receive ring fill a little: looking at it at once would take its cache line from the kernel's core each
/// time.
inline void pause_briefly() {
  for (int i = 0; i < kPausesPerLook; ++i) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }
}

inline int wait_for_frames(int rx_fd, int timeout_ms, Tally& tally) {
  pollfd waiting = {.fd = rx_fd, .events = POLLIN, .revents = 0};
  ++tally.polls;
  if (::poll(&waiting, 1, timeout_ms) < 0) return errno == EINTR ? 0 : errno;
  return (waiting.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0 ? ENETDOWN : 0;
}

}  // namespace afxdp_detail

/// Runs until `stop` is not 0 (returns 0) or an interface fails (returns its errno).
/// @param decide called with 1 to kRxBatch frames, which stay valid for the call; bit i of the result says that frame i
/// may pass. Bits beyond must be 0. Never sets one when the ports cannot send.
template <typename Decide>
int run_packet_loop(const XskPorts& ports, Decide decide, LiveCounters& live, const std::atomic<uint32_t>& stop) {
  namespace detail = afxdp_detail;
  XskRings& rings = ports.rings();
  detail::Tally tally;
  int idle_looks = 0;
  while (stop.load(std::memory_order_relaxed) == 0) {
    const uint32_t received = detail::forward_batch(rings, ports.umem(), decide, tally);
    bool sending = false;
    if (tally.passed != tally.tx_completed) {
      if (const int error = detail::send_pending(rings.tx, ports.tx_fd(), tally); error != 0) return error;
      sending = detail::unsent(rings.tx) > 0;
      detail::recycle_completed(rings, tally);
    }
    detail::publish(tally, live);
    if (received > 0 || sending) {
      idle_looks = 0;
    } else if (idle_looks < kIdleLooks) {
      ++idle_looks;
      detail::pause_briefly();
    } else {
      const int timeout_ms = tally.passed != tally.tx_completed ? kCompletionPollMs : kIdlePollMs;
      if (const int error = detail::wait_for_frames(ports.rx_fd(), timeout_ms, tally); error != 0) return error;
      idle_looks = 0;
    }
  }
  return 0;
}

}  // namespace fwbench
