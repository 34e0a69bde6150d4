// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A frame becomes a key for rte_acl. Which bytes are which field is the userspace engine's business (read_fields());
/// this only copies them to where the lists of rules look.

#include <arpa/inet.h>
#include <linux/if_ether.h>

#include <cstring>

#include "dpdk/acl_layout.h"
#include "dpdk/acl_rules.h"
#include "engine/frame_fields.h"

namespace fwbench {

/// Who decides a frame: a list, or the userspace engine where no list can (it is not IP, or it lacks a field that some
/// rule looks at: a later fragment, a cut header).
enum class AclList : uint8_t { ipv4, ipv6, none };

/// What of AclPolicy a key depends on.
struct AclKeyShape {
  uint32_t required_ipv4 = 0;
  uint32_t required_ipv6 = 0;
  bool rare_fields = false;
};

namespace acl_detail {

inline uint64_t rare_value(const RareFields& rare, Field field) {
  return rare[static_cast<size_t>(field) - kFirstRareField];
}

inline void write_rare_fields(const RareFields& rare, const FrameFields& fields, bool is_ipv4, AclKey& key) {
  const auto value = [&](Field field) { return fields.has(field) ? rare_value(rare, field) : 0; };
  const auto u16 = [&](Field field) { return htons(static_cast<uint16_t>(value(field))); };
  key.icmp_code = static_cast<uint8_t>(value(Field::icmp_code));
  key.tos = static_cast<uint8_t>(value(is_ipv4 ? Field::ip_tos : Field::ip6_class));
  key.ttl = static_cast<uint8_t>(value(is_ipv4 ? Field::ip_ttl : Field::ip6_hoplimit));
  key.exthdrs = static_cast<uint8_t>(value(Field::exthdrs));
  key.ip6_nexthdr = static_cast<uint8_t>(value(Field::ip6_nexthdr));
  key.ip_length = u16(Field::ip_length);
  key.ip_frag_off = u16(Field::ip_frag_off);
  key.eth_type = u16(Field::eth_type);
  const auto tag = static_cast<uint16_t>(value(Field::vlan_id) | kAclVlanTagged);
  key.vlan_id = fields.has(Field::vlan_id) ? htons(tag) : uint16_t{0};
  key.eth_saddr_high = htons(static_cast<uint16_t>(value(Field::eth_saddr) >> 32));
  key.eth_daddr_high = htons(static_cast<uint16_t>(value(Field::eth_daddr) >> 32));
  key.eth_saddr_low = htonl(static_cast<uint32_t>(value(Field::eth_saddr)));
  key.eth_daddr_low = htonl(static_cast<uint32_t>(value(Field::eth_daddr)));
  key.length = u16(Field::length);
}

}  // namespace acl_detail

/// @param key every byte that a list may look at is written, unless the answer is none.
inline AclList make_acl_key(FrameView frame, const AclKeyShape& shape, AclKey& key) {
  FrameFields fields = read_fields(frame);
  const bool is_ipv4 = fields.ether_type == ETH_P_IP;
  if (!fields.has(Field::ether_type) || (!is_ipv4 && fields.ether_type != ETH_P_IPV6)) return AclList::none;
  RareFields rare;
  if (shape.rare_fields) rare = read_rare_fields(frame, fields);
  const uint32_t required = is_ipv4 ? shape.required_ipv4 : shape.required_ipv6;
  if ((fields.present & required) != required) return AclList::none;
  key.l4proto = fields.l4proto;
  key.tcp_flags = fields.tcp_flags;
  key.icmp_type = fields.icmp_type;
  key.icmp_code = 0;
  key.ip_protocol = fields.ip_protocol;
  key.th_sport = htons(fields.th_sport);
  key.th_dport = htons(fields.th_dport);
  if (is_ipv4) {
    const uint32_t saddr = htonl(fields.ip_saddr);
    const uint32_t daddr = htonl(fields.ip_daddr);
    std::memcpy(key.saddr.data(), &saddr, sizeof(saddr));
    std::memcpy(key.daddr.data(), &daddr, sizeof(daddr));
  } else {
    if (fields.ip6_saddr != nullptr) std::memcpy(key.saddr.data(), fields.ip6_saddr, key.saddr.size());
    if (fields.ip6_daddr != nullptr) std::memcpy(key.daddr.data(), fields.ip6_daddr, key.daddr.size());
  }
  if (shape.rare_fields) acl_detail::write_rare_fields(rare, fields, is_ipv4, key);
  return is_ipv4 ? AclList::ipv4 : AclList::ipv6;
}

}  // namespace fwbench
