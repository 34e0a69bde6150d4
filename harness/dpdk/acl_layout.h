// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The key that frames become for rte_acl. Its layout is the same for every policy; a policy's list looks only at the
/// groups of four bytes that some rule needs.

#include <array>
#include <cstddef>
#include <cstdint>

namespace fwbench {

struct AclKey {
  uint8_t l4proto;
  std::array<uint8_t, 3> unused_0;
  uint8_t tcp_flags;
  uint8_t icmp_type;
  uint8_t icmp_code;
  uint8_t ip_protocol;
  uint16_t th_sport;
  uint16_t th_dport;
  std::array<uint8_t, 16> saddr;  ///< IPv4: the first four bytes
  std::array<uint8_t, 16> daddr;
  uint8_t tos;  ///< or traffic class
  uint8_t ttl;  ///< or hop limit
  uint8_t exthdrs;
  uint8_t ip6_nexthdr;
  uint16_t ip_length;
  uint16_t ip_frag_off;
  uint16_t eth_type;
  uint16_t vlan_id;  ///< with kAclVlanTagged set; 0 without a tag
  uint16_t eth_saddr_high;
  uint16_t eth_daddr_high;
  uint32_t eth_saddr_low;
  uint32_t eth_daddr_low;
  uint16_t length;
  uint16_t unused_1;
};
static_assert(sizeof(AclKey) == 72 && offsetof(AclKey, th_sport) == 8 && offsetof(AclKey, tos) == 44);

/// A VLAN number is 12 bits: the next one says that there is one, so that untagged frames need no list of their own.
inline constexpr uint16_t kAclVlanTagged = 0x1000;

}  // namespace fwbench
