// SPDX-License-Identifier: BSD-2-Clause
#include "reader/udp_socket.h"

#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <memory>

namespace fwbench {
namespace {

/// Bytes, skb overhead included: a frame of a veth pair takes a page and more, so this is some 4,000 frames.
constexpr int kQueueBytes = 1 << 24;
/// Datagrams a system call: enough that its own cost is spread, few enough to stay in the cache.
constexpr size_t kBatch = 64;
constexpr size_t kDatagramBytes = 2048;
/// How long a reader without frames sleeps before it looks at `stop`.
constexpr timeval kWait = {.tv_sec = 0, .tv_usec = 10'000};

tl::unexpected<Error> udp_socket_refused(const char* what) {
  return with_remedy(sys_fail(errno, "cannot {} of a UDP socket", what), "see `fwbench doctor`");
}

struct Batch {
  std::array<std::array<uint8_t, kDatagramBytes>, kBatch> bytes;
  std::array<iovec, kBatch> vectors = {};
  std::array<mmsghdr, kBatch> messages = {};

  Batch() {
    for (size_t i = 0; i < kBatch; ++i) {
      vectors[i] = {bytes[i].data(), bytes[i].size()};
      messages[i].msg_hdr.msg_iov = &vectors[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
  }
};

}  // namespace

Result<UdpSocket> UdpSocket::open(uint16_t port) {
  UniqueFd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return udp_socket_refused("open the reader");
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kQueueBytes, sizeof kQueueBytes) != 0) {
    return udp_socket_refused("set the queue");
  }
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kWait, sizeof kWait) != 0)
    return udp_socket_refused("set the timeout");
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return udp_socket_refused("bind the port");
  }
  return UdpSocket(std::move(fd));
}

int UdpSocket::read_all(ReaderState& state) const {
  const auto batch = std::make_unique<Batch>();
  uint64_t received = 0;
  uint64_t touched = 0;
  while (state.stop.load(std::memory_order_relaxed) == 0) {
    const int count = ::recvmmsg(fd_.get(), batch->messages.data(), kBatch, MSG_WAITFORONE, nullptr);
    if (count < 0) {
      if (errno == EAGAIN || errno == EINTR) continue;
      return errno;
    }
    for (size_t i = 0; i < static_cast<size_t>(count); ++i) touched += batch->bytes[i][0];
    received += static_cast<uint64_t>(count);
    state.received.store(received, std::memory_order_relaxed);
    state.touched.store(touched, std::memory_order_relaxed);
  }
  return 0;
}

Result<uint64_t> UdpSocket::lost() const {
  std::array<uint32_t, SK_MEMINFO_VARS> info = {};
  socklen_t size = sizeof info;
  if (::getsockopt(fd_.get(), SOL_SOCKET, SO_MEMINFO, info.data(), &size) != 0)
    return udp_socket_refused("read the losses");
  return info[SK_MEMINFO_DROPS];
}

}  // namespace fwbench
