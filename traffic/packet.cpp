// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/packet.h"

#include <linux/if_ether.h>
#include <netinet/in.h>

#include "traffic/checksum.h"

namespace fwbench {
namespace {

constexpr uint16_t kEtherTypeExperimental = 0x88b5;  // IEEE Std 802, local experimental
constexpr uint8_t kProtocolExperimental = 253;       // RFC 3692

template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <typename... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

constexpr size_t round_up(size_t value, size_t unit) {
  return (value + unit - 1) / unit * unit;
}

/// Writes big-endian numbers one behind the other; the caller gives it room enough.
class Writer {
 public:
  explicit Writer(std::span<std::byte> out) : out_(out) {}

  Writer& put(FieldValue value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out_[at_++] = static_cast<std::byte>(value >> shift);
    return *this;
  }
  Writer& u8(uint8_t value) { return put(value, 1); }
  Writer& u16(uint16_t value) { return put(value, 2); }
  Writer& u32(uint32_t value) { return put(value, 4); }
  template <typename Bytes>
  Writer& all(const Bytes& bytes) {
    for (const uint8_t value : bytes) u8(value);
    return *this;
  }

 private:
  std::span<std::byte> out_;
  size_t at_ = 0;
};

void put_u16(std::span<std::byte> bytes, size_t at, uint16_t value) {
  Writer(bytes.subspan(at, 2)).u16(value);
}

/// Room a layer takes. Padding depends on what stands in front of it.
size_t layer_size(const Layer& layer, size_t offset) {
  return std::visit(
      Overloaded{
          [](const Ethernet&) -> size_t { return 14; },
          [](const Vlan&) -> size_t { return 4; },
          [](const Arp&) -> size_t { return 28; },
          [](const IPv4& ip) -> size_t { return 20 + round_up(ip.options.size(), 4); },
          [](const IPv6&) -> size_t { return 40; },
          [](const HopByHop& header) { return round_up(std::max<size_t>(2 + header.options.size(), 8), 8); },
          [](const DestOpts& header) { return round_up(std::max<size_t>(2 + header.options.size(), 8), 8); },
          [](const Routing& header) { return round_up(std::max<size_t>(4 + header.data.size(), 8), 8); },
          [](const Fragment&) -> size_t { return 8; },
          [](const Tcp& tcp) -> size_t { return 20 + round_up(tcp.options.size(), 4); },
          [](const Udp&) -> size_t { return 8; },
          [](const Icmp&) -> size_t { return 8; },
          [](const Icmpv6&) -> size_t { return 8; },
          [](const Payload& payload) { return std::max(payload.bytes.size(), payload.size); },
          [offset](const Padding& padding) -> size_t {
            return padding.frame_size > offset ? padding.frame_size - offset : 0;
          },
      },
      layer);
}

bool is_nothing(const Layer* layer) {
  return layer == nullptr || std::holds_alternative<Padding>(*layer);
}

uint16_t ether_type_of(const Layer* next) {
  if (is_nothing(next)) return kEtherTypeExperimental;
  return std::visit(Overloaded{
                        [](const Vlan& vlan) { return vlan.tpid; },
                        [](const Arp&) -> uint16_t { return ETH_P_ARP; },
                        [](const IPv4&) -> uint16_t { return ETH_P_IP; },
                        [](const IPv6&) -> uint16_t { return ETH_P_IPV6; },
                        [](const auto&) -> uint16_t { return kEtherTypeExperimental; },
                    },
                    *next);
}

uint8_t protocol_of(const Layer& layer) {
  return std::visit(Overloaded{
                        [](const IPv4&) -> uint8_t { return IPPROTO_IPIP; },
                        [](const IPv6&) -> uint8_t { return IPPROTO_IPV6; },
                        [](const HopByHop&) -> uint8_t { return IPPROTO_HOPOPTS; },
                        [](const DestOpts&) -> uint8_t { return IPPROTO_DSTOPTS; },
                        [](const Routing&) -> uint8_t { return IPPROTO_ROUTING; },
                        [](const Fragment&) -> uint8_t { return IPPROTO_FRAGMENT; },
                        [](const Tcp&) -> uint8_t { return IPPROTO_TCP; },
                        [](const Udp&) -> uint8_t { return IPPROTO_UDP; },
                        [](const Icmp&) -> uint8_t { return IPPROTO_ICMP; },
                        [](const Icmpv6&) -> uint8_t { return IPPROTO_ICMPV6; },
                        [](const auto&) -> uint8_t { return kProtocolExperimental; },
                    },
                    layer);
}

/// For IPv6 and its extension headers, where "nothing follows" has a number of its own.
uint8_t next_header_of(const Layer* next) {
  return is_nothing(next) ? static_cast<uint8_t>(IPPROTO_NONE) : protocol_of(*next);
}

/// Sum of the addresses of the pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1); none for other layers.
std::optional<uint64_t> address_sum(const Layer& layer) {
  const auto sum = [](FieldValue address) {
    uint64_t total = 0;
    for (; address != 0; address >>= 16) total += static_cast<uint64_t>(address & 0xffff);
    return total;
  };
  if (const auto* ip = std::get_if<IPv4>(&layer)) return sum(ip->src.value) + sum(ip->dst.value);
  if (const auto* ip = std::get_if<IPv6>(&layer)) return sum(ip->src.value) + sum(ip->dst.value);
  return std::nullopt;
}

/// Where a header is written, and what it has to know about its surroundings.
struct Place {
  std::span<std::byte> header;  ///< zeros
  std::span<std::byte> body;    ///< the header and all behind it but padding; written already
  const Layer* next;            ///< null for the last layer
  uint64_t addresses;           ///< address_sum() of the IP header this layer is in
};

/// The transport checksum over the pseudo-header and the body.
uint16_t transport_checksum(const Place& at, uint8_t protocol) {
  return checksum_finish(checksum_add(at.addresses + protocol + at.body.size(), at.body));
}

void write(const Ethernet& ethernet, const Place& at) {
  Writer(at.header).all(ethernet.dst).all(ethernet.src).u16(ethernet.type.value_or(ether_type_of(at.next)));
}

void write(const Vlan& vlan, const Place& at) {
  const auto tag = static_cast<uint16_t>((vlan.priority & 7) << 13 | (vlan.id & 0xfff));
  Writer(at.header).u16(tag).u16(vlan.type.value_or(ether_type_of(at.next)));
}

void write(const Arp& arp, const Place& at) {
  Writer(at.header).u16(1).u16(ETH_P_IP).u8(6).u8(4).u16(arp.operation);  // hardware: Ethernet
  Writer(at.header.subspan(8)).all(arp.sender_mac).u32(arp.sender.value).all(arp.target_mac).u32(arp.target.value);
}

void write(const IPv4& ip, const Place& at) {
  const auto header_words = static_cast<uint8_t>(at.header.size() / 4);
  const uint8_t protocol = is_nothing(at.next) ? kProtocolExperimental : protocol_of(*at.next);
  const auto fragment = static_cast<uint16_t>((ip.dont_fragment ? 0x4000 : 0) | (ip.more_fragments ? 0x2000 : 0) |
                                              (ip.fragment_offset & 0x1fff));
  Writer(at.header)
      .u8(static_cast<uint8_t>(ip.version.value_or(4) << 4 | (ip.header_words.value_or(header_words) & 0xf)))
      .u8(ip.tos)
      .u16(ip.total_length.value_or(static_cast<uint16_t>(at.body.size())))
      .u16(ip.id)
      .u16(fragment)
      .u8(ip.ttl)
      .u8(ip.protocol.value_or(protocol))
      .u16(0)
      .u32(ip.src.value)
      .u32(ip.dst.value)
      .all(ip.options);
  put_u16(at.header, 10, ip.checksum.value_or(checksum_finish(checksum_add(0, at.header))));
}

void write(const IPv6& ip, const Place& at) {
  const uint32_t first_word =
      uint32_t{ip.version.value_or(6)} << 28 | uint32_t{ip.traffic_class} << 20 | (ip.flow_label & 0xfffff);
  Writer(at.header)
      .u32(first_word)
      .u16(ip.payload_length.value_or(static_cast<uint16_t>(at.body.size() - at.header.size())))
      .u8(ip.next_header.value_or(next_header_of(at.next)))
      .u8(ip.hop_limit)
      .put(ip.src.value, 16)
      .put(ip.dst.value, 16);
}

/// Hop-by-Hop and Destination Options have one format (RFC 8200 section 4.2).
template <typename Options>
void write_options(const Options& options, const Place& at) {
  Writer writer(at.header);
  writer.u8(options.next_header.value_or(next_header_of(at.next)))
      .u8(options.length.value_or(static_cast<uint8_t>(at.header.size() / 8 - 1)))
      .all(options.options);
  const size_t rest = at.header.size() - 2 - options.options.size();
  if (rest >= 2) writer.u8(1).u8(static_cast<uint8_t>(rest - 2));  // PadN; a single byte left is Pad1, a zero
}

void write(const HopByHop& header, const Place& at) {
  write_options(header, at);
}
void write(const DestOpts& header, const Place& at) {
  write_options(header, at);
}

void write(const Routing& routing, const Place& at) {
  Writer(at.header)
      .u8(routing.next_header.value_or(next_header_of(at.next)))
      .u8(routing.length.value_or(static_cast<uint8_t>(at.header.size() / 8 - 1)))
      .u8(routing.type)
      .u8(routing.segments_left)
      .all(routing.data);
}

void write(const Fragment& fragment, const Place& at) {
  Writer(at.header)
      .u8(fragment.next_header.value_or(next_header_of(at.next)))
      .u8(0)
      .u16(static_cast<uint16_t>(fragment.offset << 3 | (fragment.more ? 1 : 0)))
      .u32(fragment.id);
}

void write(const Tcp& tcp, const Place& at) {
  const auto header_words = static_cast<uint8_t>(at.header.size() / 4);
  Writer(at.header)
      .u16(tcp.sport)
      .u16(tcp.dport)
      .u32(tcp.seq)
      .u32(tcp.ack)
      .u8(static_cast<uint8_t>(tcp.header_words.value_or(header_words) << 4))
      .u8(tcp.flags)
      .u16(tcp.window)
      .u16(0)
      .u16(tcp.urgent)
      .all(tcp.options);
  put_u16(at.header, 16, tcp.checksum.value_or(transport_checksum(at, IPPROTO_TCP)));
}

void write(const Udp& udp, const Place& at) {
  Writer(at.header).u16(udp.sport).u16(udp.dport).u16(udp.length.value_or(static_cast<uint16_t>(at.body.size())));
  const uint16_t checksum = transport_checksum(at, IPPROTO_UDP);
  put_u16(at.header, 6, udp.checksum.value_or(checksum == 0 ? 0xffff : checksum));  // RFC 768: 0 means "none"
}

void write(const Icmp& icmp, const Place& at) {
  Writer(at.header).u8(icmp.type).u8(icmp.code).u16(0).u32(icmp.rest);
  put_u16(at.header, 2, icmp.checksum.value_or(checksum_finish(checksum_add(0, at.body))));
}

void write(const Icmpv6& icmp, const Place& at) {
  Writer(at.header).u8(icmp.type).u8(icmp.code).u16(0).u32(icmp.rest);
  put_u16(at.header, 2, icmp.checksum.value_or(transport_checksum(at, IPPROTO_ICMPV6)));
}

void write(const Payload& payload, const Place& at) {
  Writer(at.header).all(payload.bytes);
}

void write(const Padding&, const Place&) {}

}  // namespace

std::vector<std::byte> assemble(std::span<const Layer> layers) {
  std::vector<size_t> offsets(layers.size() + 1, 0);
  std::vector<uint64_t> addresses(layers.size(), 0);
  for (size_t i = 0; i < layers.size(); ++i) {
    offsets[i + 1] = offsets[i] + layer_size(layers[i], offsets[i]);
    if (i > 0) addresses[i] = address_sum(layers[i - 1]).value_or(addresses[i - 1]);
  }
  const bool padded = !layers.empty() && std::holds_alternative<Padding>(layers.back());
  const size_t content_end = padded ? offsets[layers.size() - 1] : offsets.back();

  std::vector<std::byte> frame(offsets.back());
  // Innermost first: a checksum covers what stands behind its header.
  for (size_t i = layers.size(); i-- > 0;) {
    const Place place = {
        .header = std::span(frame).subspan(offsets[i], offsets[i + 1] - offsets[i]),
        .body = std::span(frame).subspan(offsets[i], std::max(content_end, offsets[i]) - offsets[i]),
        .next = i + 1 < layers.size() ? &layers[i + 1] : nullptr,
        .addresses = addresses[i],
    };
    std::visit([&place](const auto& layer) { write(layer, place); }, layers[i]);
  }
  return frame;
}

}  // namespace fwbench
