// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The inline topology: gen[g0] - [d0]dut[d1] - [s0]sink, three network namespaces joined by two veth pairs.
/// To be built inside the lab process. Everything goes when the Lab (or the process) goes.

#include <cstdint>
#include <map>
#include <string>

#include "core/result.h"
#include "lab/ethtool.h"
#include "lab/netns.h"
#include "lab/rtnl.h"

namespace fwbench {

/// What the DUT's namespace does with packets that reach its stack.
enum class LabNetwork : uint8_t {
  silent,  ///< no IPv6, routes for the lab's own IPv4 ranges
  routed,  ///< forwards IPv4 and IPv6: everything that comes in at d0 and may be routed leaves at d1
  local,   ///< every destination is this host: packets go to INPUT and to sockets
};

struct LabConfig {
  uint32_t mtu = 1500;
  LabNetwork network = LabNetwork::silent;
};

/// One device of the lab with its counters.
struct Port {
  std::string name;
  int ifindex = 0;
};

class Lab {
 public:
  /// Leaves the calling thread in the DUT's namespace, where it was.
  [[nodiscard]] static Result<Lab> build(const LabConfig& config);

  [[nodiscard]] const NetNs& gen_ns() const { return gen_ns_; }
  [[nodiscard]] const NetNs& dut_ns() const { return dut_ns_; }
  [[nodiscard]] const NetNs& sink_ns() const { return sink_ns_; }
  [[nodiscard]] const Port& g0() const { return g0_; }
  [[nodiscard]] const Port& d0() const { return d0_; }
  [[nodiscard]] const Port& d1() const { return d1_; }
  [[nodiscard]] const Port& s0() const { return s0_; }

  /// Driver and link counters of all four devices, "g0.tx_queue_0_xdp_xmit" and "g0.tx_packets" style.
  [[nodiscard]] Result<std::map<std::string, uint64_t>> counters();

 private:
  Lab(NetNs gen, NetNs dut, NetNs sink) : gen_ns_(std::move(gen)), dut_ns_(std::move(dut)), sink_ns_(std::move(sink)) {}

  [[nodiscard]] Result<void> add_links(const LabConfig& config);
  [[nodiscard]] Result<void> configure_addresses();
  [[nodiscard]] Result<void> configure_network(LabNetwork network);
  [[nodiscard]] Result<void> configure_offloads();
  [[nodiscard]] Result<void> open_counters();

  struct PortCounters {
    Port port;
    Ethtool ethtool;
    Rtnl rtnl;
  };

  NetNs gen_ns_, dut_ns_, sink_ns_;
  Port g0_, d0_, d1_, s0_;
  std::vector<PortCounters> port_counters_;
};

}  // namespace fwbench
