// SPDX-License-Identifier: BSD-2-Clause
#include "reader/packet_socket.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>

namespace fwbench {
namespace {

/// 64 blocks of 256 KB hold about 130,000 of the smallest frames: some 30 ms of the fastest sender here.
constexpr uint32_t kBlockBytes = 1U << 18;
constexpr uint32_t kBlocks = 64;
constexpr size_t kRingBytes = size_t{kBlockBytes} * kBlocks;
/// Only to be a valid request: TPACKET_V3 packs frames as they come.
constexpr uint32_t kFrameBytes = 1U << 11;
/// A block that does not fill up is handed over after this.
constexpr uint32_t kRetireMs = 2;
/// How long a reader without frames sleeps before it looks at `stop`.
constexpr int kPollMs = 10;

tl::unexpected<Error> packet_socket_refused(const char* what) {
  return with_remedy(sys_fail(errno, "cannot {} of a packet socket", what),
                     "run as root (CAP_NET_RAW); see `fwbench doctor`");
}

/// Adds up a byte of every frame of one block; returns how many there were.
uint32_t read_block(const tpacket_block_desc& block, uint64_t& touched) {
  const auto* const first = reinterpret_cast<const std::byte*>(&block);
  const tpacket_hdr_v1& header = block.hdr.bh1;
  const std::byte* at = first + header.offset_to_first_pkt;
  for (uint32_t i = 0; i < header.num_pkts; ++i) {
    const auto& packet = *reinterpret_cast<const tpacket3_hdr*>(at);
    if (packet.tp_snaplen != 0) touched += static_cast<uint64_t>(at[packet.tp_mac + packet.tp_snaplen - 1]);
    at += packet.tp_next_offset;
  }
  return header.num_pkts;
}

}  // namespace

Result<PacketSocket> PacketSocket::open(int ifindex) {
  // Protocol 0: nothing comes in before bind() says from where, and the ring is there.
  UniqueFd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return packet_socket_refused("open the tap");
  const int version = TPACKET_V3;
  if (::setsockopt(fd.get(), SOL_PACKET, PACKET_VERSION, &version, sizeof version) != 0)
    return packet_socket_refused("set the version");
  tpacket_req3 request = {};
  request.tp_block_size = kBlockBytes;
  request.tp_block_nr = kBlocks;
  request.tp_frame_size = kFrameBytes;
  request.tp_frame_nr = kBlockBytes / kFrameBytes * kBlocks;
  request.tp_retire_blk_tov = kRetireMs;
  if (::setsockopt(fd.get(), SOL_PACKET, PACKET_RX_RING, &request, sizeof request) != 0)
    return packet_socket_refused("make the ring");
  void* const ring = ::mmap(nullptr, kRingBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd.get(), 0);
  if (ring == MAP_FAILED) return packet_socket_refused("map the ring");
  PacketSocket socket(std::move(fd), static_cast<std::byte*>(ring));
  sockaddr_ll address = {};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = ifindex;
  if (::bind(socket.fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return packet_socket_refused("bind the tap");
  }
  return socket;
}

PacketSocket::~PacketSocket() {
  if (ring_ != nullptr) ::munmap(ring_, kRingBytes);
}

int PacketSocket::read_all(ReaderState& state) const {
  uint64_t received = 0;
  uint64_t touched = 0;
  for (uint32_t next = 0; state.stop.load(std::memory_order_relaxed) == 0;) {
    auto& block = *reinterpret_cast<tpacket_block_desc*>(ring_ + size_t{next} * kBlockBytes);
    const std::atomic_ref<uint32_t> status(block.hdr.bh1.block_status);
    if ((status.load(std::memory_order_acquire) & TP_STATUS_USER) == 0) {
      pollfd wait = {.fd = fd_.get(), .events = POLLIN | POLLERR, .revents = 0};
      if (::poll(&wait, 1, kPollMs) < 0 && errno != EINTR) return errno;
      continue;
    }
    received += read_block(block, touched);
    status.store(TP_STATUS_KERNEL, std::memory_order_release);
    state.received.store(received, std::memory_order_relaxed);
    state.touched.store(touched, std::memory_order_relaxed);
    next = (next + 1) % kBlocks;
  }
  return 0;
}

Result<uint64_t> PacketSocket::lost() {
  tpacket_stats_v3 stats = {};
  socklen_t size = sizeof stats;
  // Reading sets the kernel's counters to 0.
  if (::getsockopt(fd_.get(), SOL_PACKET, PACKET_STATISTICS, &stats, &size) != 0)
    return packet_socket_refused("read the statistics");
  lost_ += stats.tp_drops;
  return lost_;
}

}  // namespace fwbench
