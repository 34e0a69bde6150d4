// SPDX-License-Identifier: BSD-2-Clause
#include "dpdk/ports.h"

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <cerrno>

namespace fwbench {
namespace {

/// XSK_RING_CONS__DEFAULT_NUM_DESCS: as many as the driver posts to the fill ring, so that the receive ring never fills
/// before the fill ring is empty, and imissed is every loss.
constexpr uint16_t kRing = 2048;
/// Frame, driver's and kernel's headroom. With mbuf and mempool header a buffer is less than a page, the longest that
/// an AF_XDP buffer can be, and holds FW_MAX_FRAME bytes.
constexpr uint16_t kDataRoom = 3840;
/// Buffers that the core keeps at hand.
constexpr unsigned kCache = 256;

tl::unexpected<Error> port_error(int error, const std::string& interface, const char* what) {
  return with_remedy(sys_fail(error, "DPDK's af_xdp driver cannot {} on {}", what, interface),
                     "see what DPDK said; check that the interface is up and no other AF_XDP socket holds its queue");
}

}  // namespace

std::vector<std::string> dpdk_devices(const DpdkPortsConfig& config) {
  // busy_budget=0: no busy polling, which would run the receiving NAPI on our core, against the generator's.
  // force_copy: veth has no zero-copy mode, and this says so.
  const auto device = [&](int number, const std::string& interface) {
    return fmt::format(
        "net_af_xdp{},iface={},start_queue=0,queue_count=1,busy_budget=0,force_copy=1,xdp_prog="
        "/proc/self/fd/{}",
        number, interface, config.program_fd);
  };
  return {device(DpdkPorts::kIn, config.in), device(DpdkPorts::kOut, config.out)};
}

Result<DpdkPorts> DpdkPorts::open(const DpdkPortsConfig& config) {
  // One pool for both ports: a frame is forwarded in the buffer it came in.
  rte_mempool* const pool = rte_pktmbuf_pool_create("frames", kDpdkFrames - 1, kCache, 0, kDataRoom, SOCKET_ID_ANY);
  if (pool == nullptr) {
    return with_remedy(sys_fail(rte_errno, "DPDK cannot make {} frame buffers", kDpdkFrames), "free some memory");
  }
  DpdkPorts ports(pool);
  FWBENCH_TRY(ports.open_port(kIn, config.in));
  FWBENCH_TRY(ports.open_port(kOut, config.out));
  return ports;
}

Result<void> DpdkPorts::open_port(uint16_t port, const std::string& interface) {
  const rte_eth_conf config = {};
  if (const int error = rte_eth_dev_configure(port, 1, 1, &config); error != 0) {
    return port_error(-error, interface, "set up a queue");
  }
  opened_ = static_cast<uint16_t>(port + 1);
  if (const int error = rte_eth_rx_queue_setup(port, 0, kRing, 0, nullptr, pool_); error != 0) {
    return port_error(-error, interface, "receive");
  }
  if (const int error = rte_eth_tx_queue_setup(port, 0, kRing, 0, nullptr); error != 0) {
    return port_error(-error, interface, "send");
  }
  if (const int error = rte_eth_dev_start(port); error != 0) return port_error(-error, interface, "start");
  return {};
}

DpdkPorts::~DpdkPorts() {
  for (uint16_t port = 0; port < opened_; ++port) {
    rte_eth_dev_stop(port);
    rte_eth_dev_close(port);
  }
}

uint64_t DpdkPorts::missed() const {
  rte_eth_stats statistics = {};
  return rte_eth_stats_get(kIn, &statistics) == 0 ? statistics.imissed : 0;
}

}  // namespace fwbench
