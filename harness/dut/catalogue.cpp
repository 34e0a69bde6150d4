// SPDX-License-Identifier: BSD-2-Clause
#include <algorithm>
#include <array>

#include "dut/duts.h"
#include "netfilter/iptables_traffic.h"

namespace fwbench {
namespace {

using enum DutExpectation;
using enum DutPlacement;

/// A firewall of the kernel's own stack: its rules stay where they are between trials.
constexpr DutEntry in_stack(std::string_view name, std::string_view summary,
                            Result<std::unique_ptr<Dut>> (*open)(const DutInputs& inputs), LabNetwork network,
                            StackPath path, bool tracks_connections = false,
                            bool (*hotdrops)(std::span<const std::byte>) = nullptr) {
  return {name,    summary, "null-drop",        policy,  shared, false, open, DutLab::own,
          network, path,    tracks_connections, hotdrops};
}

constexpr std::array kCatalogue = {
    DutEntry{"null-tx", "nothing receives, g0 refuses every frame: what the generator takes alone", "",
             everything_is_dropped, shared, false, open_null_tx, DutLab::own},
    DutEntry{"null-drop", "XDP_DROP, native: the generator's ceiling", "", everything_is_dropped, shared, false,
             open_null_drop},
    DutEntry{"null-pass", "XDP redirect to the far veth, native: the ceiling for forwarding", "null-drop",
             everything_passes, shared, false, open_null_pass},
    DutEntry{"xdp", "compiled policy in XDP, native mode", "null-drop", policy, shared, false, open_xdp},
    DutEntry{"xdp-skb", "compiled policy in XDP, generic (skb) mode", "null-drop", policy, shared, false, open_xdp_skb},
    DutEntry{"tc-bpf", "compiled policy at tc ingress: the same program, behind the skb", "null-drop", policy, shared,
             false, open_tc_bpf, DutLab::shared, LabNetwork::silent, StackPath::ingress},
    DutEntry{"xdp-filter", "xdp-filter of xdp-tools, native mode", "null-drop", policy, shared, false, open_xdp_filter,
             DutLab::own},
    DutEntry{"packet-reader", "AF_PACKET ring (TPACKET_V3) read and discarded by a process", "null-afxdp",
             everything_is_dropped, own_core, false, open_packet_reader},
    DutEntry{"udp-reader", "UDP socket read and discarded by a process (recvmmsg)", "null-afxdp", everything_is_dropped,
             own_core, false, open_udp_reader, DutLab::own, LabNetwork::local, StackPath::input},
    DutEntry{"afxdp", "compiled policy in a process on AF_XDP sockets, copy mode", "null-afxdp", policy, own_core,
             false, open_afxdp},
    DutEntry{"null-afxdp", "AF_XDP receive and discard, copy mode: the ceiling for afxdp", "", everything_is_dropped,
             own_core, false, open_null_afxdp},
    in_stack("nft", "nftables, the policy as it is, netdev ingress; forwards by fwd", open_nft, LabNetwork::silent,
             StackPath::ingress),
    in_stack("nft-set", "nftables, all rules as one verdict map, netdev ingress; forwards by fwd", open_nft_set,
             LabNetwork::silent, StackPath::ingress),
    in_stack("nft-prerouting", "nftables, prerouting at priority raw; the stack routes", open_nft_prerouting,
             LabNetwork::routed, StackPath::prerouting),
    in_stack("nft-forward", "nftables, forward; the stack routes", open_nft_forward, LabNetwork::routed,
             StackPath::forward),
    in_stack("nft-ct", "nftables, forward, behind connection tracking; the stack routes", open_nft_ct,
             LabNetwork::routed, StackPath::forward, true),
    DutEntry{"dpdk", "rte_acl in a DPDK process on its af_xdp driver, copy mode", "null-afxdp", policy, own_core, false,
             open_dpdk, DutLab::own, LabNetwork::silent, StackPath::none},
    DutEntry{"fault-pass", "xdp, but every 100,000th frame to be dropped passes", "null-drop", policy, shared, true,
             open_fault_pass},
    DutEntry{"fault-drop", "xdp, but every 100,000th frame to be passed is dropped", "null-drop", policy, shared, true,
             open_fault_drop},
    DutEntry{"fault-prefix", "xdp, but IPv4 source prefixes of /24 match as /23", "null-drop", policy, shared, true,
             open_fault_prefix},
    DutEntry{"fault-rare", "xdp, but every 10,000,000th frame is judged the other way", "null-drop", policy, shared,
             true, open_fault_rare},
    DutEntry{"fault-slow", "xdp, but slower, by an empty loop of [dut] fault_delay turns", "null-drop", policy, shared,
             true, open_fault_slow},
    in_stack("iptables-raw", "iptables, table raw, PREROUTING", open_iptables_raw, LabNetwork::routed,
             StackPath::prerouting, false, is_hotdropped),
    in_stack("iptables", "iptables, table filter, FORWARD", open_iptables_forward, LabNetwork::routed,
             StackPath::forward, false, is_hotdropped),
    in_stack("iptables-ct", "iptables, FORWARD, with connection tracking on", open_iptables_ct, LabNetwork::routed,
             StackPath::forward, true, is_hotdropped),
    in_stack("iptables-ipset", "iptables, FORWARD, large sets in ipset", open_iptables_ipset, LabNetwork::routed,
             StackPath::forward, false, is_hotdropped),
    in_stack("iptables-nft", "iptables-nft, table filter, FORWARD", open_iptables_nft, LabNetwork::routed,
             StackPath::forward),
    in_stack("iptables-nft-raw", "iptables-nft, table raw, PREROUTING", open_iptables_nft_raw, LabNetwork::routed,
             StackPath::prerouting),
    in_stack("iptables-input", "iptables, table filter, INPUT: for what is dropped only", open_iptables_input,
             LabNetwork::local, StackPath::input, false, is_hotdropped),
    in_stack("iptables-input-ct", "iptables, INPUT, with connection tracking on: for what is dropped only",
             open_iptables_input_ct, LabNetwork::local, StackPath::input, true, is_hotdropped),
};

}  // namespace

Result<void> Dut::replace_policy(const PolicyImage& /*image*/) {
  return with_remedy(fail(ErrorKind::usage, "this DUT cannot change its policy while frames flow"),
                     "use xdp, xdp-skb, tc-bpf or afxdp in a scenario with [swap]");
}

Result<uint64_t> Dut::dropped() {
  auto now = counters();
  if (!now) return tl::unexpected(now.error());
  return now->dropped_by_rule;
}

std::span<const DutEntry> dut_catalogue() {
  return kCatalogue;
}

const DutEntry* find_dut(std::string_view name) {
  const auto* const found =
      std::find_if(kCatalogue.begin(), kCatalogue.end(), [name](const DutEntry& entry) { return entry.name == name; });
  return found == kCatalogue.end() ? nullptr : found;
}

}  // namespace fwbench
