// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The AF_XDP sockets of one packet loop: one UMEM, a receiving socket, and maybe a sending one on another interface,
/// so that a frame is forwarded from where it was received.
///
/// Copy mode, asked for explicitly: veth has no other. Receiving copies the frame into the UMEM (net/xdp/xsk.c,
/// __xsk_rcv), sending copies it into an skb (xsk_build_skb).
///
/// A frame is always in exactly one of: fill ring, receive ring, transmit ring, completion ring, the loop's hands. The
/// rings are sized from the number of frames so that handing one on can never fail, except to the transmit ring.

#include <linux/if_xdp.h>
#include <xdp/xsk.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "afxdp/shared_memory.h"
#include "core/result.h"

namespace fwbench {

struct XskConfig {
  std::string rx_ifname;
  std::string tx_ifname;  ///< empty: nothing is ever sent
  uint32_t queue = 0;     ///< of both interfaces
  uint32_t frames = 0;    ///< in the UMEM; a power of two
  uint32_t tx_ring = 0;   ///< a power of two
};

/// The rings as libxdp lays them out. Each is used by one thread of one process only.
struct XskRings {
  xsk_ring_prod fill = {};
  xsk_ring_cons rx = {};
  xsk_ring_prod tx = {};
  xsk_ring_cons completion = {};
  // A socket has to own a fill and a completion ring, wanted or not.
  xsk_ring_cons rx_completion = {};
  xsk_ring_prod tx_fill = {};
};

class XskPorts {
 public:
  /// Makes and binds the sockets in the caller's network namespace and posts every frame to the fill ring. No frame
  /// arrives before the receiving socket is put into an XSKMAP. Teardown of an earlier socket is asynchronous in the
  /// kernel (xp_release_deferred): EBUSY is retried for a bounded time.
  [[nodiscard]] static Result<XskPorts> open(const XskConfig& config);

  [[nodiscard]] XskRings& rings() const { return state_->rings; }
  [[nodiscard]] std::byte* umem() const { return state_->memory.bytes().data(); }
  [[nodiscard]] int rx_fd() const { return xsk_socket__fd(state_->rx.get()); }
  /// -1 when nothing is ever sent.
  [[nodiscard]] int tx_fd() const { return state_->tx ? xsk_socket__fd(state_->tx.get()) : -1; }

 private:
  struct Delete {
    void operator()(xsk_umem* umem) const { xsk_umem__delete(umem); }
    void operator()(xsk_socket* socket) const { xsk_socket__delete(socket); }
  };

  /// On the heap because libxdp keeps pointers to the rings. Members are destroyed last to first: sockets, UMEM,
  /// memory.
  struct State {
    explicit State(SharedMemory umem_memory) : memory(std::move(umem_memory)) {}

    SharedMemory memory;
    XskRings rings;
    std::unique_ptr<xsk_umem, Delete> umem;
    std::unique_ptr<xsk_socket, Delete> rx;
    std::unique_ptr<xsk_socket, Delete> tx;
  };

  explicit XskPorts(std::unique_ptr<State> state) : state_(std::move(state)) {}

  [[nodiscard]] static Result<XskPorts> open_once(const XskConfig& config);

  std::unique_ptr<State> state_;
};

/// What the kernel counted on one socket: getsockopt(XDP_STATISTICS).
[[nodiscard]] Result<xdp_statistics> read_statistics(int socket_fd);

}  // namespace fwbench
