// SPDX-License-Identifier: BSD-2-Clause
#include "afxdp/xsk.h"

#include <sys/socket.h>

#include <bit>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "bpf/abi.h"

#ifndef SOL_XDP
#define SOL_XDP 283  // include/linux/socket.h; not in every libc
#endif

namespace fwbench {
namespace {

// Frames of up to FW_MAX_FRAME bytes; 2,048 would do for Ethernet's 1,514 only.
constexpr uint32_t kFrameSize = 4096;
// XDP_PACKET_HEADROOM, which the kernel keeps free in front of each received frame.
constexpr uint32_t kKernelHeadroom = 256;
static_assert(FW_MAX_FRAME + kKernelHeadroom <= kFrameSize);

// The kernel publishes received frames before it publishes that it took them off the fill ring (xsk_flush), so as many
// slots as frames could look full for a moment; twice as many never do.
constexpr uint32_t kFillSlotsPerFrame = 2;

// Deferred teardown takes an RCU grace period or two: some tens of milliseconds.
constexpr int kBindAttempts = 100;
constexpr auto kBindPause = std::chrono::milliseconds(10);

xsk_socket_config socket_config(uint32_t rx_size, uint32_t tx_size) {
  xsk_socket_config config = {};
  config.rx_size = rx_size;
  config.tx_size = tx_size;
  // The caller's program is attached already; libxdp's own would come with a dispatcher pinned into bpffs.
  config.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD;
  config.bind_flags = XDP_COPY | XDP_USE_NEED_WAKEUP;
  return config;
}

tl::unexpected<Error> socket_error(int error, const std::string& ifname, uint32_t queue) {
  const char* remedy = "check that the interface is up and in this network namespace";
  if (error == EBUSY) remedy = "another AF_XDP socket holds the queue: end the process that owns it";
  if (error == EPERM) remedy = "run as root";
  if (error == EAFNOSUPPORT) remedy = "use a kernel with CONFIG_XDP_SOCKETS";
  return with_remedy(sys_fail(error, "cannot bind an AF_XDP socket to {} queue {}", ifname, queue), remedy);
}

void post_all_frames(xsk_ring_prod& fill, uint32_t frames) {
  uint32_t index = 0;
  xsk_ring_prod__reserve(&fill, frames, &index);  // cannot fail: the ring is empty and larger
  for (uint32_t i = 0; i < frames; ++i) *xsk_ring_prod__fill_addr(&fill, index + i) = uint64_t{i} * kFrameSize;
  xsk_ring_prod__submit(&fill, frames);
}

}  // namespace

Result<XskPorts> XskPorts::open_once(const XskConfig& config) {
  auto memory = SharedMemory::open(size_t{config.frames} * kFrameSize);
  if (!memory) return tl::unexpected(std::move(memory).error());
  auto state = std::make_unique<State>(std::move(*memory));
  XskRings& rings = state->rings;

  xsk_umem_config umem_config = {};
  umem_config.fill_size = config.frames * kFillSlotsPerFrame;
  umem_config.comp_size = config.tx_ring;
  umem_config.frame_size = kFrameSize;
  xsk_umem* umem = nullptr;
  int error = xsk_umem__create(&umem, state->memory.bytes().data(), state->memory.bytes().size(), &rings.fill,
                               &rings.rx_completion, &umem_config);
  if (error != 0) {
    return with_remedy(sys_fail(-error, "cannot register {} frames of AF_XDP memory", config.frames),
                       "run as root, on a kernel with CONFIG_XDP_SOCKETS");
  }
  state->umem.reset(umem);

  // As many slots as frames: the receive ring never fills before the fill ring is empty.
  const xsk_socket_config rx_config = socket_config(config.frames, 0);
  xsk_socket* socket = nullptr;
  error = xsk_socket__create_shared(&socket, config.rx_ifname.c_str(), config.queue, umem, &rings.rx, nullptr,
                                    &rings.fill, &rings.rx_completion, &rx_config);
  if (error != 0) return socket_error(-error, config.rx_ifname, config.queue);
  state->rx.reset(socket);

  if (!config.tx_ifname.empty()) {
    const xsk_socket_config tx_config = socket_config(0, config.tx_ring);
    error = xsk_socket__create_shared(&socket, config.tx_ifname.c_str(), config.queue, umem, nullptr, &rings.tx,
                                      &rings.tx_fill, &rings.completion, &tx_config);
    if (error != 0) return socket_error(-error, config.tx_ifname, config.queue);
    state->tx.reset(socket);
  }
  post_all_frames(rings.fill, config.frames);
  return XskPorts(std::move(state));
}

Result<XskPorts> XskPorts::open(const XskConfig& config) {
  if (!std::has_single_bit(config.frames) || !std::has_single_bit(config.tx_ring)) {
    return fail(ErrorKind::internal, "AF_XDP ring sizes must be powers of two: {} frames, {} transmit slots",
                config.frames, config.tx_ring);
  }
  for (int attempt = 1;; ++attempt) {
    auto ports = open_once(config);
    if (ports || ports.error().sys_errno != EBUSY || attempt == kBindAttempts) return ports;
    std::this_thread::sleep_for(kBindPause);
  }
}

Result<xdp_statistics> read_statistics(int socket_fd) {
  xdp_statistics statistics = {};
  socklen_t size = sizeof(statistics);
  if (::getsockopt(socket_fd, SOL_XDP, XDP_STATISTICS, &statistics, &size) != 0) {
    return sys_fail(errno, "cannot read the statistics of an AF_XDP socket");
  }
  if (size != sizeof(statistics)) {
    return with_remedy(fail(ErrorKind::environment, "this kernel counts AF_XDP losses incompletely"),
                       "use Linux 5.9 or newer");
  }
  return statistics;
}

}  // namespace fwbench
