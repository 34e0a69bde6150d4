// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A UDP socket on one port of every local address: the way that every program gets its packets.

#include <cstdint>

#include "core/result.h"
#include "core/unique_fd.h"
#include "reader/process.h"

namespace fwbench {

class UdpSocket {
 public:
  /// In the calling thread's network namespace. IPv4.
  [[nodiscard]] static Result<UdpSocket> open(uint16_t port);

  /// A ReaderLoop: recvmmsg() in batches, sleeping while there is nothing.
  [[nodiscard]] int read_all(ReaderState& state) const;

  /// Datagrams that reached the socket and not its queue, since open(): it was full, or a checksum was wrong. Up to
  /// 2^32, then it starts again.
  [[nodiscard]] Result<uint64_t> lost() const;

 private:
  explicit UdpSocket(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace fwbench
