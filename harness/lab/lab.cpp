// SPDX-License-Identifier: BSD-2-Clause
#include "lab/lab.h"

#include <net/if.h>

#include <cerrno>
#include <fstream>
#include <span>

namespace fwbench {
namespace {

/// Transfer networks inside the benchmarking range (RFC 2544, RFC 6815); each far half is routed over them.
using Ipv4 = Rtnl::Ipv4;
using Ipv6 = Rtnl::Ipv6;
constexpr Ipv4 kGenAddress = {198, 18, 255, 1};
constexpr Ipv4 kDutInAddress = {198, 18, 255, 2};
constexpr Ipv4 kDutOutAddress = {198, 19, 255, 2};
constexpr Ipv4 kSinkAddress = {198, 19, 255, 1};
constexpr uint8_t kTransferPrefix = 30;
/// 2001:2:0:ff00::1: where a routing lab sends IPv6; the sink need not have it.
constexpr Ipv6 kSinkAddress6 = {0x20, 0x01, 0, 2, 0, 0, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 1};

/// A file below /proc/sys/net, and what is written there.
struct Setting {
  const char* file;
  const char* value;
  bool required = true;  ///< false: where the kernel does not have it, there is nothing to be set
};

/// No address of its own accord, no router solicitation, no listener report: whatever a link sends by itself would be
/// foreign traffic in the books.
constexpr Setting kSilence[] = {{"ipv6/conf/default/disable_ipv6", "1", false},
                                {"ipv6/conf/all/disable_ipv6", "1", false}};

/// A stack that answers nobody: an error message of its own (time exceeded, unreachable) would leave at d1 as well.
/// Reverse path filters and checks for own addresses are policies of their own, so they are off.
constexpr Setting kStackSettings[] = {
    {"ipv4/conf/all/rp_filter", "0"},      {"ipv4/conf/default/rp_filter", "0"},   {"ipv4/conf/d0/rp_filter", "0"},
    {"ipv4/conf/all/accept_local", "1"},   {"ipv4/icmp_echo_ignore_all", "1"},     {"ipv4/icmp_ratemask", "2147483647"},
    {"ipv4/icmp_ratelimit", "2147483647"}, {"ipv4/icmp_msgs_per_sec", "0", false}, {"ipv4/icmp_msgs_burst", "0", false},
    {"ipv6/conf/default/accept_ra", "0"},  {"ipv6/conf/d0/accept_ra", "0"},        {"ipv6/conf/d1/accept_ra", "0"},
    {"ipv6/conf/d0/addr_gen_mode", "1"},   {"ipv6/conf/d1/addr_gen_mode", "1"},    {"ipv6/conf/all/disable_ipv6", "0"},
    {"ipv6/conf/d0/disable_ipv6", "0"},    {"ipv6/conf/d1/disable_ipv6", "0"},     {"ipv6/conf/lo/disable_ipv6", "0"},
    {"ipv6/icmp/echo_ignore_all", "1"},    {"ipv6/icmp/ratelimit", "2147483647"},  {"ipv6/icmp/ratemask", "0-255"},
};
constexpr Setting kForwardingSettings[] = {
    {"ipv4/ip_forward", "1"},
    {"ipv4/conf/all/send_redirects", "0"},
    {"ipv4/conf/d0/send_redirects", "0"},
    {"ipv4/conf/d1/send_redirects", "0"},
    {"ipv6/conf/all/forwarding", "1"},
};

/// In the calling thread's namespace.
Result<void> write_settings(std::span<const Setting> settings) {
  for (const Setting& setting : settings) {
    const std::string path = fmt::format("/proc/sys/net/{}", setting.file);
    std::ofstream file(path);
    if (!file && !setting.required) continue;
    file << setting.value << std::flush;
    if (!file) return sys_fail(errno, "cannot write {} to {}", setting.value, path);
  }
  return {};
}

Result<Port> port_named(const std::string& name) {
  const unsigned ifindex = ::if_nametoindex(name.c_str());
  if (ifindex == 0) return sys_fail(errno, "cannot find link {}", name);
  return Port{name, static_cast<int>(ifindex)};
}

}  // namespace

Result<Lab> Lab::build(const LabConfig& config) {
  auto dut = NetNs::current();
  if (!dut) return tl::unexpected(dut.error());
  auto gen = NetNs::create();
  if (!gen) return tl::unexpected(gen.error());
  auto sink = NetNs::create();
  if (!sink) return tl::unexpected(sink.error());
  Lab lab(std::move(*gen), std::move(*dut), std::move(*sink));
  FWBENCH_TRY(lab.add_links(config));
  FWBENCH_TRY(config.network == LabNetwork::silent ? lab.configure_addresses() : lab.configure_network(config.network));
  FWBENCH_TRY(lab.configure_offloads());
  FWBENCH_TRY(lab.open_counters());
  return lab;
}

Result<void> Lab::add_links(const LabConfig& config) {
  for (const NetNs* const ns : {&gen_ns_, &dut_ns_, &sink_ns_}) {
    auto scope = NetNsScope::enter(*ns);
    if (!scope) return tl::unexpected(scope.error());
    FWBENCH_TRY(write_settings(kSilence));
  }
  auto rtnl = Rtnl::open();
  if (!rtnl) return tl::unexpected(rtnl.error());
  FWBENCH_TRY(rtnl->add_veth_pair({"d0", kDutInMac, dut_ns_.fd()}, {"g0", kGeneratorMac, gen_ns_.fd()}, config.mtu));
  FWBENCH_TRY(rtnl->add_veth_pair({"d1", kDutOutMac, dut_ns_.fd()}, {"s0", kSinkMac, sink_ns_.fd()}, config.mtu));

  struct Placement {
    const NetNs* ns;
    Port* port;
    const char* name;
  };
  const Placement placements[] = {
      {&gen_ns_, &g0_, "g0"}, {&dut_ns_, &d0_, "d0"}, {&dut_ns_, &d1_, "d1"}, {&sink_ns_, &s0_, "s0"}};
  for (const Placement& placement : placements) {
    auto scope = NetNsScope::enter(*placement.ns);
    if (!scope) return tl::unexpected(scope.error());
    auto port = port_named(placement.name);
    if (!port) return tl::unexpected(port.error());
    *placement.port = *port;
    auto local = Rtnl::open();
    if (!local) return tl::unexpected(local.error());
    FWBENCH_TRY(local->set_up(port->ifindex, true));
    // A qdisc would push back on the sender instead of dropping where we count (drivers/net/veth.c, since 6.16).
    auto link = local->link_info(port->ifindex);
    if (!link) return tl::unexpected(link.error());
    if (link->qdisc != "noqueue") {
      return with_remedy(
          fail(ErrorKind::environment, "link {} has the qdisc '{}', not noqueue", port->name, link->qdisc),
          "check that nothing on this host configures new links");
    }
  }
  return {};
}

Result<void> Lab::configure_addresses() {
  struct End {
    const NetNs* ns;
    const Port* port;
    Ipv4 address;
    Ipv4 neighbour;
    MacAddress neighbour_mac;
  };
  const End ends[] = {{&gen_ns_, &g0_, kGenAddress, kDutInAddress, kDutInMac},
                      {&dut_ns_, &d0_, kDutInAddress, kGenAddress, kGeneratorMac},
                      {&dut_ns_, &d1_, kDutOutAddress, kSinkAddress, kSinkMac},
                      {&sink_ns_, &s0_, kSinkAddress, kDutOutAddress, kDutOutMac}};
  for (const End& end : ends) {
    auto scope = NetNsScope::enter(*end.ns);
    if (!scope) return tl::unexpected(scope.error());
    auto rtnl = Rtnl::open();
    if (!rtnl) return tl::unexpected(rtnl.error());
    FWBENCH_TRY(rtnl->add_address(end.port->ifindex, end.address, kTransferPrefix));
    FWBENCH_TRY(rtnl->add_neighbour(end.port->ifindex, end.neighbour, end.neighbour_mac));
    if (end.port == &d1_) FWBENCH_TRY(rtnl->add_route({198, 19, 0, 0}, 16, kSinkAddress));
    if (end.port == &d0_) FWBENCH_TRY(rtnl->add_route({198, 18, 0, 0}, 16, kGenAddress));
  }
  return {};
}

Result<void> Lab::configure_offloads() {
  auto scope = NetNsScope::enter(dut_ns_);
  if (!scope) return tl::unexpected(scope.error());
  // Without NAPI on d0 frames of the live engine vanish uncounted; GRO keeps it on whatever DUT is attached.
  auto ethtool = Ethtool::open(d0_.name);
  if (!ethtool) return tl::unexpected(ethtool.error());
  FWBENCH_TRY(ethtool->set_gro(true));
  // A VLAN tag that the stack has taken out goes back into the frame: the sink would not see it beside the frame.
  auto out = Ethtool::open(d1_.name);
  if (!out) return tl::unexpected(out.error());
  FWBENCH_TRY(out->set_feature("tx-vlan-hw-insert", false));
  FWBENCH_TRY(out->set_feature("tx-vlan-stag-hw-insert", false));
  auto generator = NetNsScope::enter(gen_ns_);
  if (!generator) return tl::unexpected(generator.error());
  auto in = Ethtool::open(g0_.name);
  if (!in) return tl::unexpected(in.error());
  // Packets of the `packet` engine pass d0's NAPI by while g0 can segment (veth_skb_is_eligible_for_gro()).
  for (const char* const feature :
       {"tx-tcp-segmentation", "tx-tcp6-segmentation", "tx-tcp-ecn-segmentation", "tx-tcp-mangleid-segmentation"}) {
    FWBENCH_TRY(in->set_feature(feature, false));
  }
  return {};
}

/// The DUT's namespace has no address of its own there: whatever may be routed is routed, and nothing is for this host.
Result<void> Lab::configure_network(LabNetwork network) {
  auto scope = NetNsScope::enter(dut_ns_);
  if (!scope) return tl::unexpected(scope.error());
  FWBENCH_TRY(write_settings(kStackSettings));
  auto rtnl = Rtnl::open();
  if (!rtnl) return tl::unexpected(rtnl.error());
  // Before there is any local address, and so a local table, no gateway is unicast (fib_frontend.c, inet_addr_type()).
  constexpr int kLoopback = 1;
  FWBENCH_TRY(rtnl->set_up(kLoopback, false));
  if (network == LabNetwork::routed) {
    FWBENCH_TRY(write_settings(kForwardingSettings));
    FWBENCH_TRY(rtnl->add_neighbour(d1_.ifindex, kSinkAddress, kSinkMac));
    FWBENCH_TRY(rtnl->add_neighbour(d1_.ifindex, kSinkAddress6, kSinkMac));
    FWBENCH_TRY(rtnl->add_default_route(d1_.ifindex, kSinkAddress));
    return rtnl->add_default_route(d1_.ifindex, kSinkAddress6);
  }
  // Any destination is an address of this host ("AnyIP": net/ipv4/fib_frontend.c, RTN_LOCAL routes to lo).
  const Ipv4 any4 = {};
  const Ipv6 any6 = {};
  FWBENCH_TRY(rtnl->add_local_route(kLoopback, any4, 0));
  return rtnl->add_local_route(kLoopback, any6, 0);
}

Result<void> Lab::open_counters() {
  const std::pair<const NetNs*, const Port*> ports[] = {
      {&gen_ns_, &g0_}, {&dut_ns_, &d0_}, {&dut_ns_, &d1_}, {&sink_ns_, &s0_}};
  for (const auto& [ns, port] : ports) {
    auto scope = NetNsScope::enter(*ns);
    if (!scope) return tl::unexpected(scope.error());
    auto ethtool = Ethtool::open(port->name);
    if (!ethtool) return tl::unexpected(ethtool.error());
    auto rtnl = Rtnl::open();
    if (!rtnl) return tl::unexpected(rtnl.error());
    port_counters_.push_back({*port, std::move(*ethtool), std::move(*rtnl)});
  }
  return {};
}

Result<std::map<std::string, uint64_t>> Lab::counters() {
  std::map<std::string, uint64_t> all;
  for (PortCounters& port : port_counters_) {
    auto statistics = port.ethtool.statistics();
    if (!statistics) return tl::unexpected(statistics.error());
    for (const auto& [name, value] : *statistics) all[fmt::format("{}.{}", port.port.name, name)] = value;
    auto link = port.rtnl.link_info(port.port.ifindex);
    if (!link) return tl::unexpected(link.error());
    all[port.port.name + ".rx_packets"] = link->rx_packets;
    all[port.port.name + ".tx_packets"] = link->tx_packets;
    all[port.port.name + ".rx_dropped"] = link->rx_dropped;
    all[port.port.name + ".tx_dropped"] = link->tx_dropped;
  }
  return all;
}

}  // namespace fwbench
