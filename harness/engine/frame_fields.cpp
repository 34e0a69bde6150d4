// SPDX-License-Identifier: BSD-2-Clause
#include "engine/frame_fields.h"

#include <linux/if_ether.h>
#include <netinet/in.h>

#include <cstring>

namespace fwbench {
namespace {

/// skb_vlan_untag() wants a tag and what is to become the protocol of an 802.2 frame.
constexpr uint32_t kTagLength = 6;
constexpr uint16_t kFragmentOffsetIpv4 = 0x1fff;
constexpr uint16_t kFragmentOffsetIpv6 = 0xfff8;

/// Bytes from a header to the end of the frame.
class Bytes {
 public:
  Bytes(const std::byte* data, uint32_t length) : data_(data), length_(length) {}

  [[nodiscard]] uint32_t length() const { return length_; }
  [[nodiscard]] bool has(uint32_t offset, uint32_t length) const {
    return offset <= length_ && length <= length_ - offset;
  }
  [[nodiscard]] const std::byte* at(uint32_t offset) const { return data_ + offset; }
  [[nodiscard]] uint8_t u8(uint32_t offset) const { return static_cast<uint8_t>(data_[offset]); }
  [[nodiscard]] uint16_t u16(uint32_t offset) const {
    uint16_t value = 0;
    std::memcpy(&value, at(offset), sizeof(value));
    return ntohs(value);
  }
  [[nodiscard]] uint32_t u32(uint32_t offset) const {
    uint32_t value = 0;
    std::memcpy(&value, at(offset), sizeof(value));
    return ntohl(value);
  }
  /// From `offset` on; empty when the frame ends before.
  [[nodiscard]] Bytes from(uint32_t offset) const {
    return offset <= length_ ? Bytes(data_ + offset, length_ - offset) : Bytes(data_, 0);
  }

 private:
  const std::byte* data_;
  uint32_t length_;
};

void mark(FrameFields& fields, Field field) {
  fields.present |= 1u << static_cast<unsigned>(field);
}

void read_transport(Bytes transport, const Bytes& ip, FrameFields& fields) {
  if (transport.length() == 0) return;
  fields.transport = fields.network + static_cast<uint32_t>(transport.at(0) - ip.at(0));
  if (transport.has(0, 1)) {
    fields.icmp_type = transport.u8(0);
    mark(fields, Field::icmp_type);
  }
  if (transport.has(0, 2)) {
    fields.th_sport = transport.u16(0);
    mark(fields, Field::th_sport);
  }
  if (transport.has(2, 2)) {
    fields.th_dport = transport.u16(2);
    mark(fields, Field::th_dport);
  }
  if (transport.has(13, 1)) {
    fields.tcp_flags = transport.u8(13);
    mark(fields, Field::tcp_flags);
  }
}

void read_l4proto(uint8_t protocol, FrameFields& fields) {
  fields.l4proto = protocol;
  mark(fields, Field::l4proto);
}

void read_ipv4(Bytes ip, FrameFields& fields) {
  if (ip.has(9, 1)) {
    fields.ip_protocol = ip.u8(9);
    mark(fields, Field::ip_protocol);
  }
  if (ip.has(12, 4)) {
    fields.ip_saddr = ip.u32(12);
    mark(fields, Field::ip_saddr);
  }
  if (!ip.has(16, 4)) return;
  fields.ip_daddr = ip.u32(16);
  mark(fields, Field::ip_daddr);

  const uint32_t header = (ip.u8(0) & 0xfu) * 4;
  const uint32_t total = ip.u16(2);
  if (ip.u8(0) >> 4 != 4 || header < 20 || total < header || total > ip.length()) return;
  read_l4proto(ip.u8(9), fields);
  if ((ip.u16(6) & kFragmentOffsetIpv4) == 0) read_transport(ip.from(header), ip, fields);
}

bool is_extension(uint8_t next_header) {
  switch (next_header) {
    case IPPROTO_HOPOPTS:
    case IPPROTO_ROUTING:
    case IPPROTO_FRAGMENT:
    case IPPROTO_AH:
    case IPPROTO_DSTOPTS:
      return true;
    default:
      return false;
  }
}

/// The walk of the kernel's ipv6_find_hdr() as nft calls it: it ends at an authentication header.
void read_upper_layer(Bytes ip, FrameFields& fields) {
  uint8_t type = ip.u8(6);
  uint32_t offset = 40;
  while (is_extension(type)) {
    const uint32_t needed = type == IPPROTO_ROUTING || type == IPPROTO_FRAGMENT ? 4 : 2;
    if (!ip.has(offset, needed)) return;
    if (type == IPPROTO_AH) break;
    const uint8_t next = ip.u8(offset);
    if (type != IPPROTO_FRAGMENT) {
      offset += (ip.u8(offset + 1) + 1u) * 8;
    } else if ((ip.u16(offset + 2) & kFragmentOffsetIpv6) == 0) {
      offset += 8;
    } else {
      if (!is_extension(next)) read_l4proto(next, fields);
      return;
    }
    type = next;
  }
  read_l4proto(type, fields);
  read_transport(ip.from(offset), ip, fields);
}

uint8_t extension_bit(uint8_t type) {
  switch (type) {
    case IPPROTO_HOPOPTS:
      return kExthdrHopByHop;
    case IPPROTO_ROUTING:
      return kExthdrRouting;
    case IPPROTO_FRAGMENT:
      return kExthdrFragment;
    case IPPROTO_DSTOPTS:
      return kExthdrDestination;
    case IPPROTO_MH:
      return kExthdrMobility;
    default:
      return 0;
  }
}

/// The walk of ipv6_find_hdr() in search of a header of one type, for all types at once: through authentication
/// headers, up to a later fragment. What is cut off counts as not there.
uint8_t find_extension_headers(Bytes ip) {
  uint8_t found = 0;
  uint8_t type = ip.u8(6);
  uint32_t offset = 40;
  while (is_extension(type)) {
    const uint32_t needed = type == IPPROTO_ROUTING || type == IPPROTO_FRAGMENT ? 4 : 2;
    if (!ip.has(offset, needed)) return found;
    found |= extension_bit(type);
    uint32_t length = (ip.u8(offset + 1) + 1u) * 8;
    if (type == IPPROTO_AH) length = (ip.u8(offset + 1) + 2u) * 4;
    if (type == IPPROTO_FRAGMENT) {
      if ((ip.u16(offset + 2) & kFragmentOffsetIpv6) != 0) return found;
      length = 8;
    }
    type = ip.u8(offset);
    offset += length;
  }
  return found | extension_bit(type);
}

void read_ipv6(Bytes ip, FrameFields& fields) {
  if (ip.has(8, 16)) {
    fields.ip6_saddr = ip.at(8);
    mark(fields, Field::ip6_saddr);
  }
  if (!ip.has(24, 16)) return;
  fields.ip6_daddr = ip.at(24);
  mark(fields, Field::ip6_daddr);
  if (ip.u8(0) >> 4 == 6 && ip.u16(4) + 40u <= ip.length()) read_upper_layer(ip, fields);
}

bool is_vlan(uint16_t type) {
  return type == ETH_P_8021Q || type == ETH_P_8021AD;
}

/// What the kernel calls the protocol of a frame with this type field, see eth_type_trans().
uint16_t protocol_of(uint16_t type, Bytes payload) {
  if (type >= ETH_P_802_3_MIN) return type;
  return payload.has(0, 2) && payload.u16(0) == 0xffff ? ETH_P_802_3 : ETH_P_802_2;
}

}  // namespace

FrameFields read_fields(FrameView frame) {
  FrameFields fields;
  const Bytes bytes(frame.data, frame.length);
  if (!bytes.has(0, ETH_HLEN)) return fields;
  Bytes payload = bytes.from(ETH_HLEN);
  uint16_t type = bytes.u16(ETH_HLEN - 2);
  if (is_vlan(type)) {
    fields.cut_tag = !payload.has(0, kTagLength);
    if (fields.cut_tag) return fields;
    type = payload.u16(2);
    payload = payload.from(4);
  }
  fields.network = static_cast<uint32_t>(payload.at(0) - frame.data);
  fields.ether_type = protocol_of(type, payload);
  mark(fields, Field::ether_type);
  if (type == ETH_P_IP) read_ipv4(payload, fields);
  if (type == ETH_P_IPV6) read_ipv6(payload, fields);
  return fields;
}

RareFields read_rare_fields(FrameView frame, FrameFields& fields) {
  RareFields rare = {};
  const auto set = [&](Field field, uint64_t value) {
    rare[static_cast<size_t>(field) - kFirstRareField] = value;
    mark(fields, field);
  };
  const Bytes bytes(frame.data, frame.length);
  if (!bytes.has(0, ETH_HLEN)) return rare;
  const Bytes ip = bytes.from(fields.network);
  set(Field::eth_daddr, uint64_t{bytes.u16(0)} << 32 | bytes.u32(2));
  set(Field::eth_saddr, uint64_t{bytes.u16(6)} << 32 | bytes.u32(8));
  set(Field::eth_type, bytes.u16(12));
  set(Field::length, ip.length());
  if (fields.network != ETH_HLEN) set(Field::vlan_id, bytes.u16(ETH_HLEN) & 0xfffu);
  if (fields.transport != 0 && bytes.has(fields.transport, 2)) set(Field::icmp_code, bytes.u8(fields.transport + 1));
  if (fields.ether_type == ETH_P_IP) {
    if (ip.has(1, 1)) set(Field::ip_tos, ip.u8(1));
    if (ip.has(2, 2)) set(Field::ip_length, ip.u16(2));
    if (ip.has(6, 2)) set(Field::ip_frag_off, ip.u16(6));
    if (ip.has(8, 1)) set(Field::ip_ttl, ip.u8(8));
  }
  if (fields.ether_type == ETH_P_IPV6) {
    if (ip.has(0, 2)) set(Field::ip6_class, ip.u16(0) >> 4 & 0xffu);
    if (ip.has(6, 1)) set(Field::ip6_nexthdr, ip.u8(6));
    if (ip.has(7, 1)) set(Field::ip6_hoplimit, ip.u8(7));
    if (ip.has(0, 40)) set(Field::exthdrs, find_extension_headers(ip));
  }
  return rare;
}

}  // namespace fwbench
