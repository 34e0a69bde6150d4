// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// fwbench-dpdk as a child of fwbench: a process of its own on a core of its own, started once for many trials, since
/// DPDK takes a while to start and rte_acl to build its tables. Between trials it sleeps.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "afxdp/child.h"
#include "core/result.h"
#include "core/unique_fd.h"
#include "dpdk/acl_rules.h"
#include "dpdk/channel.h"

namespace fwbench {

struct DpdkConfig {
  std::filesystem::path program;  ///< fwbench-dpdk
  std::string rx_ifname;
  std::string tx_ifname;
  int cpu = 1;
  const AclPolicy* acl = nullptr;
  std::span<const std::byte> image;        ///< the same policy for what rte_acl cannot decide
  std::span<const std::byte> xdp_program;  ///< ELF with a map xsks_map, loaded on both interfaces
};

class DpdkProcess {
 public:
  /// Called inside the network namespace of the interfaces. When it returns, the program has its ports and its rules,
  /// and is paused. It dies with the calling thread (PR_SET_PDEATHSIG). What an earlier one that was killed has left
  /// attached to the interfaces is taken off first. Errors: ErrorKind::unsupported when the rules are too much for
  /// rte_acl; ErrorKind::environment when the program is missing or DPDK cannot start, with what it said.
  [[nodiscard]] static Result<DpdkProcess> start(const DpdkConfig& config);

  DpdkProcess(DpdkProcess&&) noexcept = default;
  DpdkProcess& operator=(DpdkProcess&&) noexcept = default;
  DpdkProcess(const DpdkProcess&) = delete;
  DpdkProcess& operator=(const DpdkProcess&) = delete;
  /// Ends the process: asks it to, then SIGTERM, then SIGKILL.
  ~DpdkProcess();

  /// From when it returns, frames are decided. Errors: as check(); ErrorKind::internal when it does not wake up.
  [[nodiscard]] Result<void> resume();
  /// When it returns, no frame is decided any more and counters() stand still.
  /// Errors: as check(); ErrorKind::internal when it does not stop: it is killed then.
  [[nodiscard]] Result<void> pause();
  /// Fails (ErrorKind::measurement) when the process has ended without being told to.
  [[nodiscard]] Result<void> check();

  /// Since start(), at any time.
  [[nodiscard]] DpdkCounters counters() const { return read_counters(memory_.channel()); }
  /// "DPDK 22.11.11"
  [[nodiscard]] std::string version() const { return memory_.channel().version; }
  /// -1 when it has ended.
  [[nodiscard]] pid_t pid() const { return child_.pid(); }

 private:
  DpdkProcess(DpdkMemory memory, UniqueFd log) : memory_(std::move(memory)), log_(std::move(log)) {}

  [[nodiscard]] static Result<DpdkProcess> start_once(const DpdkConfig& config);
  [[nodiscard]] Result<void> launch(const DpdkConfig& config);
  [[nodiscard]] Result<void> wait_until_ready(const DpdkConfig& config);
  [[nodiscard]] Result<void> wait_for(DpdkState state);
  [[nodiscard]] Error describe_end(int status) const;
  [[nodiscard]] std::string last_words() const;

  DpdkMemory memory_;
  UniqueFd log_;      ///< its stdout and stderr
  UniqueFd control_;  ///< to write to
  Child child_;
  std::string ifname_;
  std::optional<Error> failure_;
};

}  // namespace fwbench
