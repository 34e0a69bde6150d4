// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/iptables_traffic.h"

#include <netinet/in.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "judge/stack.h"
#include "policy/oracle.h"
#include "traffic/wire.h"

namespace fwbench {
namespace {

/// A frame that the IP stack takes.
struct IpPacket {
  bool is_v4 = true;
  bool is_tagged = false;
  size_t arrived = 0;  ///< bytes behind the Ethernet header and the tag: what `meta length` is
  Bytes packet;        ///< less the padding, which the stack cuts off
  bool is_fragment = false;
  unsigned fragment_offset = 0;  ///< in 8 bytes
  unsigned protocol = 0;
  size_t transport = 0;  ///< offset in `packet`
  bool is_cut = false;   ///< extension headers that are not all there, of authentication or of hop-by-hop options
};

void read_ipv4(Bytes packet, IpPacket& out) {
  out.packet = packet.first(u16_at(packet, 2));
  out.fragment_offset = u16_at(packet, 6) & 0x1fff;
  out.is_fragment = (u16_at(packet, 6) & 0x3fff) != 0;
  out.protocol = byte_at(packet, 9);
  out.transport = (byte_at(packet, 0) & 15) * size_t{4};
}

void read_ipv6(Bytes packet, IpPacket& out) {
  const size_t claimed = kIpv6Header + u16_at(packet, 4);
  // Behind a hop-by-hop header a jumbo option may say it (ip6_rcv_core()); else it is no payload at all.
  out.packet = claimed > kIpv6Header || byte_at(packet, 6) != 0 ? packet.first(claimed) : packet;
  out.protocol = byte_at(packet, 6);
  out.transport = kIpv6Header;
  out.is_cut = out.protocol == 0;  // ipv6_parse_hopopts() drops what it does not like before any rule
  while (out.protocol == IPPROTO_HOPOPTS || out.protocol == IPPROTO_ROUTING || out.protocol == IPPROTO_FRAGMENT ||
         out.protocol == IPPROTO_AH || out.protocol == IPPROTO_DSTOPTS) {
    if (out.transport + 8 > out.packet.size() || out.protocol == IPPROTO_AH || out.fragment_offset != 0) {
      out.is_cut = true;
      return;
    }
    size_t length = (byte_at(out.packet, out.transport + 1) + size_t{1}) * 8;
    if (out.protocol == IPPROTO_FRAGMENT) {
      constexpr std::byte kMobility{135};  // of a later fragment it is a protocol, but no header
      out.is_cut =
          out.is_cut || (u16_at(out.packet, out.transport + 2) >> 3 != 0 && out.packet[out.transport] == kMobility);
      out.is_fragment = true;
      out.fragment_offset = u16_at(out.packet, out.transport + 2) >> 3;
      length = 8;
    }
    out.protocol = byte_at(out.packet, out.transport);
    out.transport += length;
  }
}

/// Of a frame that stack_fate() lets through to the rules.
IpPacket read_ip_packet(Bytes frame) {
  IpPacket out;
  unsigned type = u16_at(frame, kEthernetHeader - 2);
  size_t at = kEthernetHeader;
  if (type != 0x0800 && type != 0x86dd) {
    out.is_tagged = true;
    type = u16_at(frame, at + 2);
    at += kVlanTag;
  }
  out.is_v4 = type == 0x0800;
  out.arrived = frame.size() - at;
  if (out.is_v4) {
    read_ipv4(frame.subspan(at), out);
  } else {
    read_ipv6(frame.subspan(at), out);
  }
  return out;
}

size_t shortest_transport(unsigned protocol) {
  switch (protocol) {
    case 6:
      return 20;
    case 17:
    case 136:
    case 1:
    case 58:
      return 8;
    case 33:
    case 132:
      return 12;
    default:
      return 0;
  }
}

bool is_cut_short(const IpPacket& packet) {
  return packet.fragment_offset == 0 && packet.transport + shortest_transport(packet.protocol) > packet.packet.size();
}

/// What a rule of the policy looks at, anywhere.
std::set<Field> fields_in(const Policy& policy) {
  std::set<Field> fields;
  for (const Rule& rule : policy.rules) {
    for (const Match& match : rule.matches) fields.insert(match.field);
    for (const TupleMatch& match : rule.tuple_matches) fields.insert(match.fields.begin(), match.fields.end());
    if (rule.verdict_map) fields.insert(rule.verdict_map->fields.begin(), rule.verdict_map->fields.end());
  }
  return fields;
}

class TrafficCheck {
 public:
  TrafficCheck(const Policy& policy, const IptablesOptions& options)
      : policy_(policy), options_(options), fields_(fields_in(policy)) {}

  /// Why not.
  [[nodiscard]] std::optional<std::string> refuses(const Frame& frame) const {
    if (options_.hook == IptablesHook::input && judge_frame(policy_, frame.bytes).verdict == Verdict::accept) {
      return "the policy accepts it, and there is no socket that it could be delivered to";
    }
    const StackPath path = options_.hook == IptablesHook::prerouting
                               ? StackPath::prerouting
                               : (options_.hook == IptablesHook::forward ? StackPath::forward : StackPath::input);
    if (stack_fate(frame.bytes, path) == StackFate::drops_before_rules) return std::nullopt;
    const IpPacket packet = read_ip_packet(frame.bytes);
    if (auto why = refuses_headers(packet)) return why;
    if (packet.is_tagged && (asks(Field::eth_type) || asks(Field::vlan_id))) {
      return "the stack takes the tag of VLAN 0 off, and the policy asks for it";
    }
    if (packet.arrived != packet.packet.size() && differs_in_length(packet)) {
      return "the stack cuts its padding off, and 'meta length' counts it";
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] bool asks(Field field) const { return fields_.count(field) != 0; }

  [[nodiscard]] std::optional<std::string> refuses_headers(const IpPacket& packet) const {
    if (packet.is_fragment && options_.tracks) return "it is a fragment, and conntrack puts fragments together";
    if (packet.is_cut) return "it has IPv6 extension headers that ip6tables reads in another way";
    if (packet.fragment_offset == 1 && packet.protocol == 6) {
      return "iptables drops fragments that could overwrite TCP flags (RFC 1858)";
    }
    if (packet.fragment_offset != 0) {
      // nft_payload_fast_eval() reads ports out of them on kernels before the fix of 2026.
      if (options_.backend == IptablesBackend::nft) return "nf_tables may take payload of later fragments for ports";
      return std::nullopt;
    }
    if (is_cut_short(packet)) {
      return "iptables drops packets whose transport header is cut short";
    }
    return std::nullopt;
  }

  [[nodiscard]] bool differs_in_length(const IpPacket& packet) const {
    return std::any_of(policy_.rules.begin(), policy_.rules.end(), [&](const Rule& rule) {
      return std::any_of(rule.matches.begin(), rule.matches.end(), [&](const Match& match) {
        return match.field == Field::length &&
               contains(*match.values, packet.arrived) != contains(*match.values, packet.packet.size());
      });
    });
  }

  const Policy& policy_;
  const IptablesOptions& options_;
  std::set<Field> fields_;
};

}  // namespace

Result<void> check_iptables_traffic(const Policy& policy, std::span<const Frame> frames,
                                    const IptablesOptions& options) {
  const TrafficCheck check(policy, options);
  for (size_t i = 0; i < frames.size(); ++i) {
    if (const auto why = check.refuses(frames[i])) {
      return fail(ErrorKind::unsupported, "{} cannot run this traffic: frame {}: {}", options.dut, i, *why);
    }
  }
  return {};
}

bool is_hotdropped(std::span<const std::byte> frame) {
  return stack_fate(frame, StackPath::prerouting) != StackFate::drops_before_rules &&
         is_cut_short(read_ip_packet(frame));
}

size_t count_accepted_flows(const Policy& policy, std::span<const Frame> frames) {
  std::set<std::string> flows;
  for (const Frame& frame : frames) {
    if (judge_frame(policy, frame.bytes).verdict != Verdict::accept) continue;
    if (stack_fate(frame.bytes, StackPath::forward) != StackFate::survives) continue;
    const IpPacket packet = read_ip_packet(frame.bytes);
    // Protocol, both addresses, and what of the transport header may tell flows apart: ports, or ICMP's type and id.
    const Bytes addresses = packet.is_v4 ? packet.packet.subspan(12, 8) : packet.packet.subspan(8, 32);
    const Bytes rest = packet.packet.subspan(std::min(packet.transport, packet.packet.size()));
    const Bytes ports =
        rest.first(std::min<size_t>(packet.protocol == 1 || packet.protocol == 58 ? 8 : 4, rest.size()));
    std::string flow(1, static_cast<char>(packet.protocol));
    for (const Bytes part : {addresses, ports}) {
      flow.append(reinterpret_cast<const char*>(part.data()), part.size());
    }
    flows.insert(std::move(flow));
  }
  return flows.size();
}

}  // namespace fwbench
