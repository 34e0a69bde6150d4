// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/frame_maker.h"

#include <netinet/in.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "bpf/abi.h"
#include "traffic/packet.h"
#include "traffic/wire.h"

namespace fwbench {
namespace {

constexpr size_t kMinProbe = 80;  // 84 with FCS
constexpr size_t kTcpSeqOffset = 4;
constexpr size_t kExtensionHeaderSize = 8;
constexpr uint16_t kMiddleOffset = 185;  // 1480 bytes, what fits into an Ethernet frame
constexpr uint16_t kLastOffset = 370;

/// Where a count lies by this much, there is nothing.
constexpr size_t kTooMuch = 100;

// ---- Where things are ----------------------------------------------------------------------------------------------

size_t network_offset(const TrafficClass& c) {
  return kEthernetHeader + (c.vlan.empty() ? 0 : kVlanTag);
}

/// Of a whole packet.
size_t transport_offset(const TrafficClass& c) {
  return network_offset(c) + (c.ip == IpVersion::v4 ? kIpv4Header : kIpv6Header) +
         kExtensionHeaderSize * c.extension_headers.size();
}

size_t transport_size(const TrafficClass& c) {
  if (c.l4proto == IPPROTO_TCP) return 20;
  return c.l4proto == IPPROTO_UDP || has_icmp_type(c) ? 8 : 0;
}

// ---- Drawing -------------------------------------------------------------------------------------------------------

/// Uniform over the union of the ranges, or over the ranges and then within one.
FieldValue draw(SplitMix64& random, const IntervalSet& ranges, bool ranges_evenly) {
  if (ranges_evenly) {
    const Interval& range = ranges[static_cast<size_t>(random.up_to(ranges.size() - 1))];
    return range.first + random.up_to(range.last - range.first);
  }
  FieldValue count = 0;  // wraps to 0 when all 2^128 are meant, and the next line is right all the same
  for (const auto& range : ranges) count += range.last - range.first + 1;
  FieldValue rank = random.up_to(count - 1);
  size_t i = 0;
  for (; rank > ranges[i].last - ranges[i].first; ++i) rank -= ranges[i].last - ranges[i].first + 1;
  return ranges[i].first + rank;
}

Layer draw_network(const TrafficClass& c, SplitMix64& random) {
  const FieldValue saddr = draw(random, c.saddr, c.draw_ranges_evenly);
  const FieldValue daddr = draw(random, c.daddr, c.draw_ranges_evenly);
  if (c.ip == IpVersion::v6) return IPv6{.src = Ipv6Address(saddr), .dst = Ipv6Address(daddr), .hop_limit = c.ttl};
  return IPv4{.src = Ipv4Address(static_cast<uint32_t>(saddr)),
              .dst = Ipv4Address(static_cast<uint32_t>(daddr)),
              .ttl = c.ttl,
              .dont_fragment = true,  // makes an id of 0 right: RFC 6864 section 4.1
              .protocol = c.l4proto};
}

/// Nothing (an empty payload) for protocols whose headers we do not write.
Layer draw_transport(const TrafficClass& c, SplitMix64& random, const FrameWish& wish) {
  if (has_icmp_type(c)) {
    const auto type = static_cast<uint8_t>(draw(random, c.icmp_type, c.draw_ranges_evenly));
    return c.ip == IpVersion::v4 ? Layer(Icmp{.type = type}) : Layer(Icmpv6{.type = type});
  }
  if (!has_ports(c)) return Payload{};
  const auto sport = static_cast<uint16_t>(draw(random, c.sport, c.draw_ranges_evenly));
  const auto dport = static_cast<uint16_t>(draw(random, c.dport, c.draw_ranges_evenly));
  if (c.l4proto == IPPROTO_UDP) return Udp{.sport = sport, .dport = dport};
  const uint8_t flags = c.tcp_flags[static_cast<size_t>(random.up_to(c.tcp_flags.size() - 1))];
  return Tcp{.sport = sport, .dport = dport, .seq = wish.run_id, .ack = wish.index, .flags = flags};
}

template <typename Kind>
std::optional<Kind> pick(const std::vector<Kind>& kinds, uint32_t turn) {
  return kinds.empty() ? std::nullopt : std::optional(kinds[turn % kinds.size()]);
}

// ---- Identity ------------------------------------------------------------------------------------------------------

std::vector<uint8_t> identity_bytes(const FrameWish& wish) {
  std::vector<uint8_t> bytes;
  for (const uint32_t word : {wish.run_id, wish.index}) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<uint8_t>(word >> shift));
  }
  return bytes;
}

MacAddress mac_identity(const FrameWish& wish) {
  const auto byte = [](uint32_t word, int shift) { return static_cast<uint8_t>(word >> shift); };
  return {FW_MAC_IDENTITY,      byte(wish.run_id, 8), byte(wish.run_id, 0),
          byte(wish.index, 16), byte(wish.index, 8),  byte(wish.index, 0)};
}

// ---- A frame in the making -----------------------------------------------------------------------------------------

struct Draft {
  Ethernet ethernet = {};
  std::optional<Vlan> vlan = {};
  Layer network;
  std::vector<Layer> extensions = {};  ///< IPv6, the last one a fragment header at times
  Layer transport;
  Payload payload = {};
  bool needs_mac_identity = false;

  /// Bytes from the IP header on, without padding.
  [[nodiscard]] size_t packet_size() const { return ip_size() + assemble(rest()).size(); }
  [[nodiscard]] size_t ip_size() const { return std::holds_alternative<IPv4>(network) ? kIpv4Header : kIpv6Header; }
  [[nodiscard]] std::vector<Layer> rest() const {
    std::vector<Layer> layers = extensions;
    layers.push_back(transport);
    layers.push_back(payload);
    return layers;
  }
  [[nodiscard]] std::vector<std::byte> bytes() const {
    std::vector<Layer> layers;
    layers.reserve(extensions.size() + 6);
    layers.emplace_back(ethernet);
    if (vlan) layers.emplace_back(*vlan);
    layers.push_back(network);
    for (Layer& layer : rest()) layers.push_back(std::move(layer));
    layers.emplace_back(Padding{kMinFrame});
    return assemble(layers);
  }
};

Layer extension_layer(ExtensionHeader header) {
  switch (header) {
    case ExtensionHeader::hop_by_hop:
      return HopByHop{};
    case ExtensionHeader::routing:
      return Routing{};
    case ExtensionHeader::destination:
      return DestOpts{};
  }
  return DestOpts{};
}

/// The last header in front of the transport header names it; what is in between follows from the layers.
void name_protocol(Draft& draft, uint8_t protocol) {
  Layer& last = draft.extensions.empty() ? draft.network : draft.extensions.back();
  std::visit(
      [protocol](auto& layer) {
        if constexpr (requires { layer.next_header; }) layer.next_header = protocol;
      },
      last);
}

/// In place of the transport header its first bytes, and nothing behind them.
void cut_transport(Draft& draft, size_t bytes) {
  const std::vector<std::byte> whole = assemble(std::vector<Layer>{draft.transport});
  Payload part;
  for (size_t i = 0; i < bytes; ++i) part.bytes.push_back(byte_at(whole, i));
  draft.transport = part;
  draft.payload = {};
}

// ---- Fragments -----------------------------------------------------------------------------------------------------

uint16_t offset_of(FragmentKind kind) {
  switch (kind) {
    case FragmentKind::middle:
      return kMiddleOffset;
    case FragmentKind::last:
      return kLastOffset;
    case FragmentKind::overlapping:
      return 1;
    case FragmentKind::first:
    case FragmentKind::tiny:
    case FragmentKind::atomic:
      return 0;
  }
  return 0;
}

bool has_more(FragmentKind kind) {
  return kind == FragmentKind::first || kind == FragmentKind::middle || kind == FragmentKind::tiny;
}

void make_fragment(Draft& draft, FragmentKind kind, const FrameWish& wish) {
  if (IPv4* const ip = std::get_if<IPv4>(&draft.network)) {
    ip->dont_fragment = false;
    ip->id = static_cast<uint16_t>(wish.index);
    ip->fragment_offset = offset_of(kind);
    ip->more_fragments = has_more(kind);
  } else {
    draft.extensions.emplace_back(Fragment{.offset = offset_of(kind), .more = has_more(kind), .id = wish.index});
  }
  if (offset_of(kind) != 0) draft.transport = Payload{};
  if (kind == FragmentKind::tiny) cut_transport(draft, 8);
  draft.needs_mac_identity = kind == FragmentKind::tiny;
}

// ---- Malformations -------------------------------------------------------------------------------------------------

/// What the malformation is about is that there is no more.
bool is_smallest(Malformation kind) {
  return kind == Malformation::ihl_long || kind == Malformation::tcp_offset_long ||
         kind == Malformation::l4_truncated || kind == Malformation::ip_truncated;
}

void spoil_ipv4(IPv4& ip, Malformation kind, size_t packet_size) {
  if (kind == Malformation::version) ip.version = 5;
  if (kind == Malformation::ihl_short) ip.header_words = 4;
  if (kind == Malformation::ihl_long) ip.header_words = 15;
  if (kind == Malformation::length_short) ip.total_length = 12;
  if (kind == Malformation::length_long) ip.total_length = static_cast<uint16_t>(packet_size + kTooMuch);
}

void spoil_ipv6(IPv6& ip, Malformation kind, size_t packet_size) {
  if (kind == Malformation::version) ip.version = 7;
  if (kind == Malformation::length_short) ip.payload_length = 4;
  if (kind == Malformation::length_long)
    ip.payload_length = static_cast<uint16_t>(packet_size - kIpv6Header + kTooMuch);
}

void spoil_transport(Draft& draft, Malformation kind) {
  if (Tcp* const tcp = std::get_if<Tcp>(&draft.transport)) {
    if (kind == Malformation::tcp_offset_short) tcp->header_words = 4;
    if (kind == Malformation::tcp_offset_long) tcp->header_words = 15;
  }
  if (Udp* const udp = std::get_if<Udp>(&draft.transport)) {
    const size_t length = 8 + std::max(draft.payload.size, draft.payload.bytes.size());
    if (kind == Malformation::udp_length_short) udp->length = 7;
    if (kind == Malformation::udp_length_long) udp->length = static_cast<uint16_t>(length + kTooMuch);
  }
  if (kind == Malformation::l4_truncated) {
    const bool tcp = std::holds_alternative<Tcp>(draft.transport);
    cut_transport(draft, tcp ? 12 : 4);  // of TCP both sequence numbers are left, where the identity is
    draft.needs_mac_identity = !tcp;
  }
}

void spoil(Draft& draft, Malformation kind) {
  if (kind == Malformation::exthdr_truncated) {
    constexpr uint8_t kUnits = 20;  // of 8 bytes, behind the first
    draft.extensions.emplace_back(DestOpts{.length = kUnits});
    draft.needs_mac_identity = true;
  }
  spoil_transport(draft, kind);
  const size_t size = draft.packet_size();
  if (IPv4* const ip = std::get_if<IPv4>(&draft.network)) spoil_ipv4(*ip, kind, size);
  if (IPv6* const ip = std::get_if<IPv6>(&draft.network)) {
    spoil_ipv6(*ip, kind, size);
    draft.needs_mac_identity = draft.needs_mac_identity || kind == Malformation::length_short;
  }
}

/// One bit of it is wrong; it does not become 0, which in UDP means that there is none.
void break_checksum(std::vector<std::byte>& frame, size_t at) {
  frame[at + 1] ^= u16_at(frame, at) == 1 ? std::byte{2} : std::byte{1};
}

/// What no layer can say.
void spoil_bytes(std::vector<std::byte>& frame, const TrafficClass& c, Malformation kind) {
  constexpr size_t kIpv4Checksum = 10;
  if (kind == Malformation::ip_checksum) break_checksum(frame, network_offset(c) + kIpv4Checksum);
  if (kind == Malformation::l4_checksum) {
    const size_t at = c.l4proto == IPPROTO_TCP ? 16 : c.l4proto == IPPROTO_UDP ? 6 : 2;
    break_checksum(frame, transport_offset(c) + at);
  }
  if (kind == Malformation::ip_truncated) {
    frame.resize(network_offset(c) + (c.ip == IpVersion::v4 ? kIpv4Header : kIpv6Header) - 2);
  }
}

// ---- Putting it together -------------------------------------------------------------------------------------------

/// @param room bytes that must be behind headers and identity.
Payload payload_of(const TrafficClass& c, const FrameWish& wish, std::optional<FragmentKind> fragment, size_t room) {
  const bool has_transport = !fragment || offset_of(*fragment) == 0;
  const bool in_header = c.l4proto == IPPROTO_TCP && has_transport;
  Payload payload{.bytes = in_header ? std::vector<uint8_t>{} : identity_bytes(wish)};
  payload.size = payload.bytes.size() + room;
  const size_t fragment_header = fragment && c.ip == IpVersion::v6 ? kExtensionHeaderSize : 0;
  const size_t header = has_transport ? transport_size(c) : 0;
  const size_t in_front = transport_offset(c) + fragment_header + header;
  // A smallest frame is padded, as a real SYN is, not filled up with data; a larger one was asked for as data.
  if (wish.size > kMinFrame) payload.size = std::max(payload.size, wish.size - std::min(wish.size, in_front));
  // Whole units of 8 bytes but at the end (RFC 791, RFC 8200).
  if (fragment && has_more(*fragment)) payload.size += (8 - (header + payload.size) % 8) % 8;
  return payload;
}

Draft draw_draft(const TrafficClass& c, SplitMix64& random, const FrameWish& wish) {
  Draft draft{.network = draw_network(c, random), .transport = {}};
  draft.transport = draw_transport(c, random, wish);
  if (!c.vlan.empty()) draft.vlan = Vlan{.id = static_cast<uint16_t>(draw(random, c.vlan, c.draw_ranges_evenly))};
  for (const ExtensionHeader header : c.extension_headers) draft.extensions.push_back(extension_layer(header));
  return draft;
}

}  // namespace

bool has_ports(const TrafficClass& c) {
  return c.l4proto == IPPROTO_TCP || c.l4proto == IPPROTO_UDP;
}

uint8_t icmp_of(IpVersion ip) {
  return ip == IpVersion::v4 ? uint8_t{IPPROTO_ICMP} : uint8_t{IPPROTO_ICMPV6};
}

bool has_icmp_type(const TrafficClass& c) {
  return c.l4proto == icmp_of(c.ip);
}

Frame make_frame(const TrafficClass& c, SplitMix64& random, const FrameWish& wish) {
  Draft draft = draw_draft(c, random, wish);
  const auto fragment = pick(c.fragments, wish.turn);
  const auto wrong = pick(c.malformed, wish.turn);
  FrameWish sized = wish;
  if (wrong && is_smallest(*wrong)) sized.size = kMinFrame;
  draft.payload = payload_of(c, sized, fragment, 0);
  if (fragment) make_fragment(draft, *fragment, wish);
  if (wrong) spoil(draft, *wrong);
  if (wrong || draft.needs_mac_identity) draft.ethernet.src = mac_identity(wish);
  name_protocol(draft, c.l4proto);
  Frame frame{.bytes = draft.bytes(), .needs_mac_identity = draft.needs_mac_identity};
  if (wrong) spoil_bytes(frame.bytes, c, *wrong);
  return frame;
}

ProbeFrame make_probe(const TrafficClass& c, SplitMix64& random, uint32_t run_id) {
  const FrameWish wish = {.run_id = run_id, .index = FW_PROBE_BIT, .size = kMinProbe};
  const bool in_header = c.l4proto == IPPROTO_TCP;
  const size_t payload = transport_offset(c) + transport_size(c);
  Draft draft = draw_draft(c, random, wish);
  draft.payload = payload_of(c, wish, std::nullopt, sizeof(probe_stamp));
  name_protocol(draft, c.l4proto);
  return {.bytes = draft.bytes(),
          .identity_offset = static_cast<uint16_t>(in_header ? transport_offset(c) + kTcpSeqOffset : payload),
          .stamp_offset = static_cast<uint16_t>(payload + (in_header ? 0 : sizeof(frame_identity)))};
}

}  // namespace fwbench
