// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The two ports of the DPDK firewall: the af_xdp driver on the lab's veth devices.

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"

struct rte_mempool;

namespace fwbench {

struct DpdkPortsConfig {
  std::string in;  ///< interface names
  std::string out;
  int program_fd = -1;  ///< ELF of the XDP program that the driver puts in front of its sockets
};

/// Arguments of --vdev for the two, in the order of DpdkPorts' numbers.
[[nodiscard]] std::vector<std::string> dpdk_devices(const DpdkPortsConfig& config);

/// Frames in flight: each port's fill ring (2,048) and transmit ring (2,048), and batches.
inline constexpr uint32_t kDpdkFrames = 8192;
/// Megabytes that the ports need of DPDK's heap.
inline constexpr int kDpdkPortsMb = 64;

/// Owns the started ports. Closes them when destroyed: sockets and XDP programs go.
class DpdkPorts {
 public:
  static constexpr uint16_t kIn = 0;
  static constexpr uint16_t kOut = 1;

  /// After start_eal() with dpdk_devices(). When it returns, frames are received.
  /// Errors: ErrorKind::environment; DPDK has said more on stderr.
  [[nodiscard]] static Result<DpdkPorts> open(const DpdkPortsConfig& config);

  DpdkPorts(DpdkPorts&& other) noexcept : pool_(other.pool_), opened_(other.opened_) { other.opened_ = 0; }
  DpdkPorts& operator=(DpdkPorts&& other) noexcept = delete;
  DpdkPorts(const DpdkPorts&) = delete;
  DpdkPorts& operator=(const DpdkPorts&) = delete;
  ~DpdkPorts();

  /// Frames that found no free buffer since open().
  [[nodiscard]] uint64_t missed() const;

 private:
  explicit DpdkPorts(rte_mempool* pool) : pool_(pool) {}

  [[nodiscard]] Result<void> open_port(uint16_t port, const std::string& interface);

  rte_mempool* pool_ = nullptr;  ///< the process's end frees it
  uint16_t opened_ = 0;          ///< ports 0 to opened_ - 1 are
};

}  // namespace fwbench
