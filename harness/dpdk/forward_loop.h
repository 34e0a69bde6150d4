// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The packet loop of the DPDK firewall: receive a burst, decide it, send what may pass, free the rest. It polls, as
/// DPDK programs do: its core is busy whether frames come or not. Nothing in it allocates, logs or throws.

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_pause.h>

#include <array>
#include <atomic>
#include <span>

#include "dpdk/acl_classifier.h"
#include "dpdk/channel.h"
#include "dpdk/ports.h"

namespace fwbench {

/// As the AF_XDP firewall's: what a classifier takes, and what one NAPI poll delivers.
inline constexpr uint16_t kDpdkBurst = kClassifyBatch;

/// After an empty burst. Looking again at once would take the ring's cache line from the kernel's core each time.
inline constexpr int kDpdkIdlePauses = 100;

/// The kernel's count of missed frames is a system call away: asked for after so many bursts, empty ones included, so
/// that it is never older than about a millisecond.
inline constexpr uint32_t kDpdkBurstsPerStatistics = 64;

namespace dpdk_detail {

struct Tally {
  uint64_t received = 0, passed = 0, dropped = 0, tx_full = 0;
};

inline void publish(const Tally& tally, const AclClassifier& classifier, DpdkChannel::Live& live) {
  live.received.store(tally.received, std::memory_order_relaxed);
  live.passed.store(tally.passed, std::memory_order_relaxed);
  live.dropped.store(tally.dropped, std::memory_order_relaxed);
  live.tx_full.store(tally.tx_full, std::memory_order_relaxed);
  live.by_fallback.store(classifier.by_fallback(), std::memory_order_relaxed);
}

/// Returns how many frames were received.
inline uint16_t forward_burst(AclClassifier& classifier, Tally& tally) {
  std::array<rte_mbuf*, kDpdkBurst> received;
  const uint16_t count = rte_eth_rx_burst(DpdkPorts::kIn, 0, received.data(), kDpdkBurst);
  if (count == 0) return 0;
  std::array<FrameView, kDpdkBurst> frames;
  for (uint16_t i = 0; i < count; ++i) {
    frames[i] = {rte_pktmbuf_mtod(received[i], const std::byte*), rte_pktmbuf_data_len(received[i])};
  }
  const uint64_t verdicts = classifier.classify(std::span<const FrameView>(frames.data(), count));

  std::array<rte_mbuf*, kDpdkBurst> leaving;
  std::array<rte_mbuf*, kDpdkBurst> unwanted;
  uint16_t allowed = 0;
  uint16_t dropped = 0;
  for (uint16_t i = 0; i < count; ++i) {
    if ((verdicts >> i & 1) != 0) {
      leaving[allowed++] = received[i];
    } else {
      unwanted[dropped++] = received[i];
    }
  }
  uint16_t sent = 0;
  if (allowed > 0) sent = rte_eth_tx_burst(DpdkPorts::kOut, 0, leaving.data(), allowed);
  if (sent < allowed) rte_pktmbuf_free_bulk(leaving.data() + sent, static_cast<unsigned>(allowed - sent));
  if (dropped > 0) rte_pktmbuf_free_bulk(unwanted.data(), dropped);
  tally.received += count;
  tally.passed += sent;
  tally.tx_full += static_cast<uint64_t>(allowed - sent);
  tally.dropped += dropped;
  return count;
}

}  // namespace dpdk_detail

/// Frames that came while nobody decided: they belong to no trial.
inline void discard_waiting_frames() {
  std::array<rte_mbuf*, kDpdkBurst> frames;
  while (const uint16_t count = rte_eth_rx_burst(DpdkPorts::kIn, 0, frames.data(), kDpdkBurst)) {
    rte_pktmbuf_free_bulk(frames.data(), count);
  }
}

/// Runs until `channel.run` is 0.
inline void run_forward_loop(const DpdkPorts& ports, AclClassifier& classifier, dpdk_detail::Tally& tally,
                             DpdkChannel& channel) {
  uint32_t bursts = 0;
  while (channel.run.load(std::memory_order_relaxed) != 0) {
    const uint16_t received = dpdk_detail::forward_burst(classifier, tally);
    dpdk_detail::publish(tally, classifier, channel.live);
    if (++bursts % kDpdkBurstsPerStatistics == 0) {
      channel.live.missed.store(ports.missed(), std::memory_order_relaxed);
    }
    for (int i = 0; received == 0 && i < kDpdkIdlePauses; ++i) rte_pause();
  }
  channel.live.missed.store(ports.missed(), std::memory_order_relaxed);
}

}  // namespace fwbench
