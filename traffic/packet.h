// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Packets as composed values:
///
///   const Packet syn = Ethernet{} / IPv4{.src = "198.18.0.1"} / Tcp{.dport = 443};
///   judge_frame(policy, syn);                          // a Packet is a range of its bytes
///   Frame{.bytes = Ethernet{} / Vlan{.id = 7} / IPv6{} / Fragment{.offset = 185} / Payload{.size = 32}};
///
/// What is left out is filled in: the type of the next header, lengths and checksums follow from what stands behind a
/// header, as a correct sender would write them. Every std::optional overrides that, which is how lies are told:
/// IPv4{.total_length = 1500}, Tcp{.checksum = 0}. Values are in host byte order.
///
/// Checksums cover what is in this frame: over fragments of a larger packet they mean nothing, and nobody checks them.

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "traffic/address.h"
#include "traffic/frame.h"

namespace fwbench {

struct Ethernet {
  MacAddress dst = kDutInMac;
  MacAddress src = kGeneratorMac;
  std::optional<uint16_t> type =
      std::nullopt;  ///< of the next header; 0x88b5 (IEEE 802 local experimental) before raw bytes
};

/// IEEE 802.1Q; two in a row make 802.1ad frames when the outer one has tpid 0x88a8.
struct Vlan {
  uint16_t id = 1;         ///< 12 bits
  uint8_t priority = 0;    ///< 3 bits
  uint16_t tpid = 0x8100;  ///< ether type that announces this tag
  std::optional<uint16_t> type = std::nullopt;
};

/// ARP for IPv4 over Ethernet.
struct Arp {
  uint16_t operation = 1;  ///< 1 request, 2 reply
  MacAddress sender_mac = kGeneratorMac;
  Ipv4Address sender = "198.18.0.1";
  MacAddress target_mac = {};
  Ipv4Address target = "198.19.0.1";
};

struct IPv4 {
  Ipv4Address src = "198.18.0.1";
  Ipv4Address dst = "198.19.0.1";
  uint8_t ttl = 64;
  uint8_t tos = 0;
  uint16_t id = 0;
  bool dont_fragment = false;
  bool more_fragments = false;
  uint16_t fragment_offset = 0;       ///< in 8-byte units, 13 bits
  std::vector<uint8_t> options = {};  ///< filled up to whole 32-bit words with zeros (end of options)
  std::optional<uint8_t> version = std::nullopt;
  std::optional<uint8_t> header_words = std::nullopt;  ///< IHL, in 32-bit words
  std::optional<uint8_t> protocol = std::nullopt;      ///< 253 (RFC 3692 experimental) before raw bytes
  std::optional<uint16_t> total_length = std::nullopt;
  std::optional<uint16_t> checksum = std::nullopt;
};

struct IPv6 {
  Ipv6Address src = "2001:2::1";
  Ipv6Address dst = "2001:2:0:1::1";
  uint8_t hop_limit = 64;
  uint8_t traffic_class = 0;
  uint32_t flow_label = 0;  ///< 20 bits
  std::optional<uint8_t> version = std::nullopt;
  std::optional<uint8_t> next_header =
      std::nullopt;  ///< 253 before raw bytes, 59 (no next header) before nothing; so for all below
  std::optional<uint16_t> payload_length = std::nullopt;
};

/// IPv6 extension headers. `options` and `data` are filled up to whole 8-byte units; `length` is in 8-byte units beyond
/// the first.
struct HopByHop {
  std::vector<uint8_t> options = {};  ///< filled up with PadN
  std::optional<uint8_t> next_header = std::nullopt;
  std::optional<uint8_t> length = std::nullopt;
};
struct DestOpts {
  std::vector<uint8_t> options = {};  ///< filled up with PadN
  std::optional<uint8_t> next_header = std::nullopt;
  std::optional<uint8_t> length = std::nullopt;
};
struct Routing {
  uint8_t type = 0;
  uint8_t segments_left = 0;
  std::vector<uint8_t> data = {0, 0, 0, 0};  ///< behind segments_left; filled up with zeros
  std::optional<uint8_t> next_header = std::nullopt;
  std::optional<uint8_t> length = std::nullopt;
};
struct Fragment {
  uint16_t offset = 0;  ///< in 8-byte units, 13 bits
  bool more = false;
  uint32_t id = 1;
  std::optional<uint8_t> next_header = std::nullopt;
};

inline constexpr uint8_t kTcpFin = 0x01;
inline constexpr uint8_t kTcpSyn = 0x02;
inline constexpr uint8_t kTcpRst = 0x04;
inline constexpr uint8_t kTcpPsh = 0x08;
inline constexpr uint8_t kTcpAck = 0x10;
inline constexpr uint8_t kTcpUrg = 0x20;

struct Tcp {
  uint16_t sport = 1024;
  uint16_t dport = 80;
  uint32_t seq = 0;
  uint32_t ack = 0;
  uint8_t flags = kTcpSyn;
  uint16_t window = 65535;
  uint16_t urgent = 0;
  std::vector<uint8_t> options = {};                   ///< filled up to whole 32-bit words with zeros (end of options)
  std::optional<uint8_t> header_words = std::nullopt;  ///< data offset, in 32-bit words
  std::optional<uint16_t> checksum = std::nullopt;
};

struct Udp {
  uint16_t sport = 1024;
  uint16_t dport = 53;
  std::optional<uint16_t> length = std::nullopt;
  std::optional<uint16_t> checksum = std::nullopt;  ///< 0 = none
};

struct Icmp {
  uint8_t type = 8;  ///< echo request
  uint8_t code = 0;
  uint32_t rest = 0;  ///< bytes 4 to 7: identifier and sequence number, gateway, MTU, ...
  std::optional<uint16_t> checksum = std::nullopt;
};

struct Icmpv6 {
  uint8_t type = 128;  ///< echo request
  uint8_t code = 0;
  uint32_t rest = 0;
  std::optional<uint16_t> checksum = std::nullopt;
};

/// Raw bytes: `bytes`, then zeros up to `size` if that is more.
struct Payload {
  std::vector<uint8_t> bytes = {};
  size_t size = 0;
};

/// Ethernet padding, always last: zeros up to the frame size, outside of every length and checksum.
struct Padding {
  size_t frame_size = 60;
};

using Layer = std::variant<Ethernet, Vlan, Arp, IPv4, IPv6, HopByHop, DestOpts, Routing, Fragment, Tcp, Udp, Icmp,
                           Icmpv6, Payload, Padding>;

/// The bytes of a frame made of these layers, outermost first. Any order is built as it stands; nothing is refused.
[[nodiscard]] std::vector<std::byte> assemble(std::span<const Layer> layers);

template <typename L>
concept PacketLayer = std::constructible_from<Layer, L>;

/// Layers and their bytes; a contiguous range of std::byte, so that it goes wherever a span of bytes is wanted.
class Packet {
 public:
  /// A layer is a packet of one layer.
  template <PacketLayer L>
  // NOLINTNEXTLINE(google-explicit-constructor): so that layers compose with /
  Packet(L layer) : layers_{Layer(std::move(layer))}, bytes_(assemble(layers_)) {}

  Packet& operator/=(Layer layer) {
    layers_.push_back(std::move(layer));
    bytes_ = assemble(layers_);
    return *this;
  }

  [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }
  // NOLINTNEXTLINE(google-explicit-constructor): so that Frame{.bytes = Ethernet{} / ...} reads as it should
  operator std::vector<std::byte>() const { return bytes_; }
  /// The first `size` bytes, as a capture or a broken sender would cut it off.
  [[nodiscard]] std::vector<std::byte> cut(size_t size) const {
    return {bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(std::min(size, bytes_.size()))};
  }

  [[nodiscard]] const std::byte* data() const { return bytes_.data(); }
  [[nodiscard]] size_t size() const { return bytes_.size(); }
  [[nodiscard]] auto begin() const { return bytes_.begin(); }
  [[nodiscard]] auto end() const { return bytes_.end(); }

 private:
  std::vector<Layer> layers_;
  std::vector<std::byte> bytes_;
};

[[nodiscard]] inline Packet operator/(Packet packet, Layer layer) {
  return std::move(packet /= std::move(layer));
}

}  // namespace fwbench
