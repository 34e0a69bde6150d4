// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A tap on an interface: AF_PACKET with a ring in memory that kernel and reader share (TPACKET_V3,
/// Documentation/networking/packet_mmap.rst). It gets a copy of each frame; the frame itself goes on its way.

#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/result.h"
#include "core/unique_fd.h"
#include "reader/process.h"

namespace fwbench {

class PacketSocket {
 public:
  /// In the calling thread's network namespace; from now on every frame that `ifindex` takes in is in the ring or
  /// counted as lost.
  [[nodiscard]] static Result<PacketSocket> open(int ifindex);

  PacketSocket(PacketSocket&& other) noexcept
      : fd_(std::move(other.fd_)), ring_(std::exchange(other.ring_, nullptr)), lost_(other.lost_) {}
  PacketSocket& operator=(PacketSocket&&) = delete;
  PacketSocket(const PacketSocket&) = delete;
  PacketSocket& operator=(const PacketSocket&) = delete;
  ~PacketSocket();

  /// A ReaderLoop: walks through the blocks that the kernel has filled.
  [[nodiscard]] int read_all(ReaderState& state) const;

  /// Frames that found the ring full, since open(). Not in the reading process.
  [[nodiscard]] Result<uint64_t> lost();

 private:
  PacketSocket(UniqueFd fd, std::byte* ring) : fd_(std::move(fd)), ring_(ring) {}

  UniqueFd fd_;
  std::byte* ring_;
  uint64_t lost_ = 0;
};

}  // namespace fwbench
