// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What happened to the frames given to the AF_XDP socket, and where each lost one is counted.
///
/// seen (bpf/abi.h, steer_counters) = no_socket + received + rx_socket.rx_dropped + rx_socket.rx_ring_full
/// received = passed + dropped + tx_full
/// passed   = tx_completed + tx_socket.tx_invalid_descs (always 0)
///          = frames at the peer of the sending interface + tx_dropped of the sending interface
///
/// These hold exactly once the load has stopped and settled() is true; in between they differ by frames in flight.
/// Of the kernel's statistics (net/xdp/xsk.c):
///  - rx_dropped: no free frame on the fill ring, or a frame larger than a UMEM frame. One each.
///  - rx_ring_full: receive ring full. One each. Cannot happen here: the ring has a slot for every frame.
///  - rx_fill_ring_empty_descs counts the first kind of rx_dropped once more: never add the two.
///  - rx_invalid_descs: bad addresses on the fill ring; no frame is lost by one.
///  - tx_ring_empty_descs: how often the kernel found nothing (more) to send; not a loss.
/// A frame the sending interface refuses (its peer's ring is full) completes like any other and is counted in that
/// interface's tx_dropped: the completion says that the kernel is done with the frame, not that it was delivered.
/// The receiving veth adds every rx_dropped and rx_ring_full to its own rx_dropped as well (veth_xdp_rcv_one: redirect
/// failed), so that number is not the loss of the ring in front of it; the tx_dropped of its peer is.

#include <linux/if_xdp.h>

#include <atomic>
#include <cstdint>

namespace fwbench {

struct AfxdpCounters {
  uint64_t received = 0;      ///< frames taken from the receive ring
  uint64_t passed = 0;        ///< put on the transmit ring
  uint64_t dropped = 0;       ///< by decision
  uint64_t tx_full = 0;       ///< allowed to pass, but the transmit ring was full
  uint64_t tx_completed = 0;  ///< passed frames the kernel is done with
  uint64_t wakeups = 0;       ///< system calls to have the transmit ring sent
  uint64_t polls = 0;         ///< times the process went to sleep for want of frames
  xdp_statistics rx_socket = {};
  xdp_statistics tx_socket = {};

  /// Record's lost_xsk.
  [[nodiscard]] uint64_t lost() const { return rx_socket.rx_dropped + rx_socket.rx_ring_full + tx_full; }

  /// True when no frame of `steered` (seen less no_socket) is in the socket, the process or the transmit ring any more.
  [[nodiscard]] bool settled(uint64_t steered) const {
    return received + rx_socket.rx_dropped + rx_socket.rx_ring_full == steered &&
           received == passed + dropped + tx_full && passed == tx_completed + tx_socket.tx_invalid_descs;
  }
};

/// The same as the packet loop publishes it: written by one thread, read by any process at any time. Alone on its cache
/// lines.
struct alignas(64) LiveCounters {
  std::atomic<uint64_t> received = 0;
  std::atomic<uint64_t> passed = 0;
  std::atomic<uint64_t> dropped = 0;
  std::atomic<uint64_t> tx_full = 0;
  std::atomic<uint64_t> tx_completed = 0;
  std::atomic<uint64_t> wakeups = 0;
  std::atomic<uint64_t> polls = 0;
};
static_assert(std::atomic<uint64_t>::is_always_lock_free, "shared between processes");

}  // namespace fwbench
