// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What fwbench and the program fwbench-dpdk share: one memfd with the policy and the counters in it, and a socket.
///
/// The program gets its files by number and says what it does in `state`. It waits at the socket while it is paused: a
/// byte wakes it up, the end of the stream ends it. Everything else is in the memory.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "core/result.h"
#include "core/unique_fd.h"
#include "dpdk/acl_rules.h"

namespace fwbench {

/// File descriptors in the program, after exec.
inline constexpr int kDpdkMemoryFd = 3;
inline constexpr int kDpdkControlFd = 4;     ///< to read from
inline constexpr int kDpdkXdpProgramFd = 5;  ///< the ELF that the driver loads in front of its sockets

inline constexpr const char* kDpdkProgram = "fwbench-dpdk";

/// Everything that the program received is in one of passed, dropped, tx_full.
struct DpdkCounters {
  uint64_t received = 0;
  uint64_t passed = 0;       ///< taken by the sending port
  uint64_t dropped = 0;      ///< by decision
  uint64_t tx_full = 0;      ///< allowed to pass, but the sending port did not take it
  uint64_t missed = 0;       ///< rte_eth_stats.imissed: no free frame for it (XDP_STATISTICS, rx_dropped)
  uint64_t by_fallback = 0;  ///< of `received`: decided by the userspace engine, since no list could (AclList::none)
};

enum class DpdkState : uint32_t { starting, paused, running, failed };

/// At the start of the memory. Counters are written by one thread of the program and read by fwbench at any time.
struct DpdkChannel {
  struct alignas(64) Live {
    std::atomic<uint64_t> received = 0;
    std::atomic<uint64_t> passed = 0;
    std::atomic<uint64_t> dropped = 0;
    std::atomic<uint64_t> tx_full = 0;
    std::atomic<uint64_t> missed = 0;
    std::atomic<uint64_t> by_fallback = 0;
  };
  static constexpr size_t kTextBytes = 512;

  Live live;
  alignas(64) std::atomic<uint32_t> run = 0;  ///< fwbench: 1 to forward, 0 to pause
  alignas(64) std::atomic<DpdkState> state = DpdkState::starting;
  // Of a failure: written before `state`. Texts end in 0.
  ErrorKind error_kind = ErrorKind::internal;
  int error_errno = 0;
  char error[kTextBytes] = {};
  char remedy[kTextBytes] = {};
  char version[kTextBytes] = {};  ///< rte_version(); written before the first `paused`
  // Written by fwbench before the program starts.
  uint64_t image_bytes = 0;  ///< at kDpdkImageOffset: PolicyImage
  uint64_t acl_words = 0;    ///< behind it: pack_acl_policy()
};
static_assert(std::atomic<uint64_t>::is_always_lock_free, "shared between processes");

inline constexpr size_t kDpdkImageOffset = 4096;
static_assert(sizeof(DpdkChannel) <= kDpdkImageOffset);

/// An AclPolicy as numbers, and back. unpack fails (ErrorKind::internal) for what is no such thing.
[[nodiscard]] std::vector<uint32_t> pack_acl_policy(const AclPolicy& policy);
[[nodiscard]] Result<AclPolicy> unpack_acl_policy(std::span<const uint32_t> words);

/// Owns the memory: a memfd and its mapping. Gone when the last process that has either is.
class DpdkMemory {
 public:
  /// With everything in it that the program reads. Errors: ErrorKind::environment.
  [[nodiscard]] static Result<DpdkMemory> create(const AclPolicy& acl, std::span<const std::byte> image);
  /// In the program. Takes the descriptor over.
  [[nodiscard]] static Result<DpdkMemory> map(UniqueFd memfd);

  DpdkMemory(DpdkMemory&& other) noexcept
      : fd_(std::move(other.fd_)), data_(std::exchange(other.data_, nullptr)), size_(other.size_) {}
  DpdkMemory& operator=(DpdkMemory&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  DpdkMemory(const DpdkMemory&) = delete;
  DpdkMemory& operator=(const DpdkMemory&) = delete;
  ~DpdkMemory();

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] DpdkChannel& channel() const;
  [[nodiscard]] std::span<const std::byte> image() const;
  [[nodiscard]] std::span<const uint32_t> acl_words() const;

 private:
  DpdkMemory(UniqueFd fd, std::byte* data, size_t size) : fd_(std::move(fd)), data_(data), size_(size) {}

  UniqueFd fd_;
  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

/// What the counters are now.
[[nodiscard]] DpdkCounters read_counters(const DpdkChannel& channel);

}  // namespace fwbench
