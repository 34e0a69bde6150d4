/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/* Bytes of a frame -> struct fw_packet. Touches no map and gives no verdict.
 *
 * A field is present exactly when nft's netdev ingress hook could load it (kernel: nft_do_chain_netdev, nft_payload.c,
 * nf_tables_ipv4.h, nf_tables_ipv6.h, ipv6_find_hdr):
 *  - ether_type is skb->protocol: the type behind one VLAN tag; a second tag is a type of its own, hence not IP.
 *  - addresses and the IPv4 protocol byte are plain loads, whatever the rest of the header says;
 *  - l4proto needs a header that passes nft's validation; transport fields also need a fragment offset of 0;
 *  - loads end at the end of the frame, not at the IP header's length.
 * The walk over IPv6 extension headers has no limit of its own: a frame cannot hold more than FW_MAX_EXTENSIONS. */

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/abi.h"

#define FW_TRANSPORT_FIELDS \
  (FW_BIT(FW_TH_SPORT) | FW_BIT(FW_TH_DPORT) | FW_BIT(FW_TCP_FLAGS) | FW_BIT(FW_ICMP_TYPE) | FW_BIT(FW_ICMP_CODE))
/* What every frame has that fw_parse_plain_ipv4() or fw_parse_plain_ipv6() takes. */
#define FW_IPV4_FIELDS                                                                                               \
  (FW_BIT(FW_ETHER_TYPE) | FW_BIT(FW_IP_SADDR) | FW_BIT(FW_IP_DADDR) | FW_BIT(FW_L4PROTO) | FW_BIT(FW_IP_PROTOCOL) | \
   FW_TRANSPORT_FIELDS)
#define FW_IPV6_FIELDS \
  (FW_BIT(FW_ETHER_TYPE) | FW_BIT(FW_IP6_SADDR) | FW_BIT(FW_IP6_DADDR) | FW_BIT(FW_L4PROTO) | FW_TRANSPORT_FIELDS)

#define FW_VLAN_LENGTH 4
#define FW_TAG_LENGTH 6 /* skb_vlan_untag() drops a frame with less behind the Ethernet header, before any rule */
#define FW_CUT_TAG 0x10000u
#ifndef IPPROTO_MH
#define IPPROTO_MH 135
#endif
#define FW_IPV4_LENGTH 20
#define FW_IPV6_LENGTH 40
#define FW_TRANSPORT_LENGTH 14 /* up to the TCP flags, the last byte a rule can look at */
#define FW_MAX_EXTENSIONS 512  /* of 8 bytes, in 4 KB */
#define FW_MAX_OFFSET 0x3fff   /* no frame is as long; what the verifier wants to know of an offset */

/* Header fields in host byte order. A value means something only when its bit in `present` is set. */
struct fw_packet {
  __u32 present; /* FW_BIT(field) */
  __u32 ip_saddr;
  __u32 ip_daddr;
  __u16 ether_type;
  __u16 th_sport;
  __u16 th_dport;
  __u8 l4proto;
  __u8 ip_protocol;
  __u8 tcp_flags;
  __u8 icmp_type;
  __u8 icmp_code;
  __u8 ip_tos; /* from here on the work of fw_parse_rare() */
  __u8 ip_ttl;
  __u8 ip6_class;
  __u8 ip6_nexthdr;
  __u8 ip6_hoplimit;
  __u8 exthdrs; /* FW_EXTHDR_* */
  __u16 ip_length;
  __u16 ip_frag_off;
  __u16 eth_type;
  __u16 vlan_id;
  __u16 length;
  __u64 eth_saddr;
  __u64 eth_daddr;
  __u64 ip6_saddr[2]; /* the high half first */
  __u64 ip6_daddr[2];
};

/* The frame's tail from one header on. Invariant: at <= end, or nothing can be loaded. */
struct fw_cursor {
  const __u8* at;
  const __u8* end;
};

/* Address of `length` bytes at `offset`, which is at most FW_MAX_OFFSET; NULL when the frame ends before. */
static __always_inline const __u8* fw_bytes(const struct fw_cursor* cursor, __u32 offset, __u32 length) {
  const __u8* first = cursor->at + offset;

  return first + length <= cursor->end ? first : 0;
}

static __always_inline __u16 fw_be16(const __u8* bytes) {
  return bpf_ntohs(*(const __be16*)bytes);
}

static __always_inline __u32 fw_be32(const __u8* bytes) {
  return bpf_ntohl(*(const __be32*)bytes);
}

static __always_inline void fw_load_ipv6(const __u8* bytes, __u64 address[2]) {
  address[0] = bpf_be64_to_cpu(*(const __be64*)bytes);
  address[1] = bpf_be64_to_cpu(*(const __be64*)(bytes + 8));
}

static __always_inline bool fw_is_extension(__u32 next_header) {
  return next_header == IPPROTO_HOPOPTS || next_header == IPPROTO_ROUTING || next_header == IPPROTO_FRAGMENT ||
         next_header == IPPROTO_AH || next_header == IPPROTO_DSTOPTS;
}

/* All of FW_TRANSPORT_FIELDS. */
static __always_inline void fw_load_transport(const __u8* transport, struct fw_packet* packet) {
  packet->th_sport = fw_be16(transport);
  packet->th_dport = fw_be16(transport + 2);
  packet->tcp_flags = transport[13];
  packet->icmp_type = transport[0];
  packet->icmp_code = transport[1];
}

/* The straight lines: untagged, whole, without options or extension headers, with all the bytes that a rule can look
 * at. False says nothing about the frame but that fw_parse() must look at it. */
static __always_inline bool fw_is_plain_ipv4(const void* data, const void* data_end) {
  const __u8* ip = (const __u8*)data + ETH_HLEN;
  const __u8* transport = ip + FW_IPV4_LENGTH;
  __u32 total_length;

  if (transport + FW_TRANSPORT_LENGTH > (const __u8*)data_end) return false;
  if (*(const __be16*)(ip - 2) != bpf_htons(ETH_P_IP) || ip[0] != 0x45) return false;
  if (*(const __be16*)(ip + 6) & bpf_htons(0x1fff)) return false;
  total_length = fw_be16(ip + 2);
  return total_length >= FW_IPV4_LENGTH && ip + total_length <= (const __u8*)data_end;
}

/* Of a frame that fw_is_plain_ipv4() takes; a field that is not used then is not loaded. */
static __always_inline void fw_load_plain_ipv4(const void* data, struct fw_packet* packet) {
  const __u8* ip = (const __u8*)data + ETH_HLEN;

  packet->present = FW_IPV4_FIELDS;
  packet->ether_type = ETH_P_IP;
  packet->ip_saddr = fw_be32(ip + 12);
  packet->ip_daddr = fw_be32(ip + 16);
  packet->ip_protocol = ip[9];
  packet->l4proto = ip[9];
  fw_load_transport(ip + FW_IPV4_LENGTH, packet);
}

static __always_inline bool fw_parse_plain_ipv4(const void* data, const void* data_end, struct fw_packet* packet) {
  if (!fw_is_plain_ipv4(data, data_end)) return false;
  fw_load_plain_ipv4(data, packet);
  return true;
}

static __always_inline bool fw_parse_plain_ipv6(const void* data, const void* data_end, struct fw_packet* packet) {
  const __u8* ip = (const __u8*)data + ETH_HLEN;
  const __u8* transport = ip + FW_IPV6_LENGTH;

  if (transport + FW_TRANSPORT_LENGTH > (const __u8*)data_end) return false;
  if (*(const __be16*)(ip - 2) != bpf_htons(ETH_P_IPV6) || ip[0] >> 4 != 6) return false;
  if (fw_is_extension(ip[6]) || transport + fw_be16(ip + 4) > (const __u8*)data_end) return false;

  packet->present = FW_IPV6_FIELDS;
  packet->ether_type = ETH_P_IPV6;
  fw_load_ipv6(ip + 8, packet->ip6_saddr);
  fw_load_ipv6(ip + 24, packet->ip6_daddr);
  packet->l4proto = ip[6];
  fw_load_transport(transport, packet);
  return true;
}

/* `offset` counts from the network header; any of the bytes may be cut off. */
static __always_inline void fw_parse_transport(const struct fw_cursor* ip, __u32 offset, struct fw_packet* packet) {
  const __u8* bytes;

  if (offset > FW_MAX_OFFSET) return;
  if ((bytes = fw_bytes(ip, offset, 1))) {
    packet->icmp_type = bytes[0];
    packet->present |= FW_BIT(FW_ICMP_TYPE);
  }
  if ((bytes = fw_bytes(ip, offset, 2))) {
    packet->icmp_code = bytes[1];
    packet->th_sport = fw_be16(bytes);
    packet->present |= FW_BIT(FW_TH_SPORT) | FW_BIT(FW_ICMP_CODE);
  }
  if ((bytes = fw_bytes(ip, offset, 4))) {
    packet->th_dport = fw_be16(bytes + 2);
    packet->present |= FW_BIT(FW_TH_DPORT);
  }
  if ((bytes = fw_bytes(ip, offset, FW_TRANSPORT_LENGTH))) {
    packet->tcp_flags = bytes[13];
    packet->present |= FW_BIT(FW_TCP_FLAGS);
  }
}

static __always_inline void fw_parse_ipv4(const struct fw_cursor* ip, struct fw_packet* packet) {
  const __u8* header;
  __u32 header_length, total_length;

  if ((header = fw_bytes(ip, 0, 10))) {
    packet->ip_protocol = header[9];
    packet->present |= FW_BIT(FW_IP_PROTOCOL);
  }
  if ((header = fw_bytes(ip, 0, 16))) {
    packet->ip_saddr = fw_be32(header + 12);
    packet->present |= FW_BIT(FW_IP_SADDR);
  }
  header = fw_bytes(ip, 0, FW_IPV4_LENGTH);
  if (!header) return;
  packet->ip_daddr = fw_be32(header + 16);
  packet->present |= FW_BIT(FW_IP_DADDR);

  header_length = (header[0] & 0x0fu) * 4;
  total_length = fw_be16(header + 2);
  if (header[0] >> 4 != 4 || header_length < FW_IPV4_LENGTH || total_length < header_length) return;
  if (total_length > (__u64)(ip->end - ip->at)) return;
  packet->l4proto = header[9];
  packet->present |= FW_BIT(FW_L4PROTO);
  if (!(fw_be16(header + 6) & 0x1fff)) fw_parse_transport(ip, header_length, packet);
}

enum fw_walk_state {
  FW_WALK_ON,
  FW_WALK_FOUND,    /* a transport header at `offset` */
  FW_WALK_FRAGMENT, /* a later fragment: protocol known, header elsewhere */
  FW_WALK_INVALID,
};

struct fw_extension_walk {
  struct fw_cursor ip;
  __u32 offset; /* of the header that next_header names, from the IPv6 header */
  __u32 next_header;
  __u32 state;
};

/* One extension header; a bpf_loop callback, so that the verifier sees it once however many there are. */
static long fw_walk_extension(__u64 index, struct fw_extension_walk* walk) {
  __u32 offset = walk->offset;
  __u32 type = walk->next_header;
  const __u8* header;
  (void)index;

  walk->state = FW_WALK_FOUND;
  if (!fw_is_extension(type)) return 1;
  walk->state = FW_WALK_INVALID;
  if (offset > FW_MAX_OFFSET) return 1;
  header = fw_bytes(&walk->ip, offset, 2);
  if (!header) return 1;
  if (type == IPPROTO_AH) { /* nft asks ipv6_find_hdr() to stop here */
    walk->state = FW_WALK_FOUND;
    return 1;
  }
  walk->next_header = header[0];
  walk->offset = offset + (header[1] + 1u) * 8;
  if (type == IPPROTO_ROUTING && !fw_bytes(&walk->ip, offset, 4)) return 1;
  if (type == IPPROTO_FRAGMENT) {
    header = fw_bytes(&walk->ip, offset, 4);
    if (!header) return 1;
    walk->offset = offset + 8;
    if (fw_be16(header + 2) & 0xfff8) {
      if (!fw_is_extension(header[0])) walk->state = FW_WALK_FRAGMENT;
      return 1;
    }
  }
  walk->state = FW_WALK_ON;
  return 0;
}

static __always_inline void fw_parse_ipv6(const struct fw_cursor* ip, struct fw_packet* packet) {
  struct fw_extension_walk walk = {.ip = *ip, .offset = FW_IPV6_LENGTH, .state = FW_WALK_FOUND};
  const __u8* header;

  if ((header = fw_bytes(ip, 0, 24))) {
    fw_load_ipv6(header + 8, packet->ip6_saddr);
    packet->present |= FW_BIT(FW_IP6_SADDR);
  }
  header = fw_bytes(ip, 0, FW_IPV6_LENGTH);
  if (!header) return;
  fw_load_ipv6(header + 24, packet->ip6_daddr);
  packet->present |= FW_BIT(FW_IP6_DADDR);

  if (header[0] >> 4 != 6 || fw_be16(header + 4) + FW_IPV6_LENGTH > (__u64)(ip->end - ip->at)) return;
  walk.next_header = header[6];
  if (fw_is_extension(walk.next_header)) bpf_loop(FW_MAX_EXTENSIONS, fw_walk_extension, &walk, 0);
  if (walk.state != FW_WALK_FOUND && walk.state != FW_WALK_FRAGMENT) return;
  packet->l4proto = walk.next_header;
  packet->present |= FW_BIT(FW_L4PROTO);
  if (walk.state == FW_WALK_FOUND) fw_parse_transport(ip, walk.offset, packet);
}

/* skb->protocol for what stands in the type field: a length means an 802.2 or raw 802.3 frame (eth_type_trans). */
static __always_inline __u32 fw_protocol(const struct fw_cursor* payload, __u32 type) {
  const __u8* first = fw_bytes(payload, 0, 2);

  if (type >= ETH_P_802_3_MIN) return type;
  return first && first[0] == 0xff && first[1] == 0xff ? ETH_P_802_3 : ETH_P_802_2;
}

struct fw_extension_search {
  struct fw_cursor ip;
  __u32 offset; /* of the header that next_header names, from the IPv6 header */
  __u32 next_header;
  __u32 found; /* FW_EXTHDR_* */
};

static __always_inline __u32 fw_extension_bit(__u32 type) {
  switch (type) {
    case IPPROTO_HOPOPTS:
      return FW_EXTHDR_HOP_BY_HOP;
    case IPPROTO_ROUTING:
      return FW_EXTHDR_ROUTING;
    case IPPROTO_FRAGMENT:
      return FW_EXTHDR_FRAGMENT;
    case IPPROTO_DSTOPTS:
      return FW_EXTHDR_DESTINATION;
    case IPPROTO_MH:
      return FW_EXTHDR_MOBILITY;
    default:
      return 0;
  }
}

/* One extension header of ipv6_find_hdr() in search of all types at once: it goes on through authentication headers,
 * and ends at a later fragment. What is cut off counts as not there. */
static long fw_find_extension(__u64 index, struct fw_extension_search* search) {
  __u32 type = search->next_header;
  __u32 offset = search->offset;
  const __u8* header;
  __u32 length;
  (void)index;

  if (!fw_is_extension(type)) {
    search->found |= fw_extension_bit(type);
    return 1;
  }
  if (offset > FW_MAX_OFFSET) return 1;
  header = fw_bytes(&search->ip, offset, 2);
  if (!header) return 1;
  search->next_header = header[0];
  length = type == IPPROTO_AH ? (header[1] + 2u) * 4 : (header[1] + 1u) * 8;
  if (type == IPPROTO_ROUTING && !fw_bytes(&search->ip, offset, 4)) return 1;
  if (type == IPPROTO_FRAGMENT) {
    header = fw_bytes(&search->ip, offset, 4);
    if (!header) return 1;
    search->found |= FW_EXTHDR_FRAGMENT;
    if (fw_be16(header + 2) & 0xfff8) return 1;
    length = 8;
  }
  search->found |= fw_extension_bit(type);
  search->offset = offset + length;
  return 0;
}

static __always_inline void fw_parse_rare_ipv4(const struct fw_cursor* ip, struct fw_packet* packet) {
  const __u8* header;

  if ((header = fw_bytes(ip, 0, 2))) {
    packet->ip_tos = header[1];
    packet->present |= FW_BIT(FW_IP_TOS);
  }
  if ((header = fw_bytes(ip, 0, 4))) {
    packet->ip_length = fw_be16(header + 2);
    packet->present |= FW_BIT(FW_IP_LENGTH);
  }
  if ((header = fw_bytes(ip, 0, 8))) {
    packet->ip_frag_off = fw_be16(header + 6);
    packet->present |= FW_BIT(FW_IP_FRAG_OFF);
  }
  if ((header = fw_bytes(ip, 0, 9))) {
    packet->ip_ttl = header[8];
    packet->present |= FW_BIT(FW_IP_TTL);
  }
}

static __always_inline void fw_parse_rare_ipv6(const struct fw_cursor* ip, struct fw_packet* packet) {
  struct fw_extension_search search = {.ip = *ip, .offset = FW_IPV6_LENGTH};
  const __u8* header;

  if ((header = fw_bytes(ip, 0, 2))) {
    packet->ip6_class = fw_be16(header) >> 4;
    packet->present |= FW_BIT(FW_IP6_CLASS);
  }
  if ((header = fw_bytes(ip, 0, 7))) {
    packet->ip6_nexthdr = header[6];
    packet->present |= FW_BIT(FW_IP6_NEXTHDR);
  }
  if ((header = fw_bytes(ip, 0, 8))) {
    packet->ip6_hoplimit = header[7];
    packet->present |= FW_BIT(FW_IP6_HOPLIMIT);
  }
  header = fw_bytes(ip, 0, FW_IPV6_LENGTH);
  if (!header) return;
  search.next_header = header[6];
  bpf_loop(FW_MAX_EXTENSIONS, fw_find_extension, &search, 0);
  packet->exthdrs = search.found;
  packet->present |= FW_BIT(FW_EXTHDRS);
}

/* A VLAN tag that the kernel has taken out of the frame before the hook: type field and tag control information, both
 * in host byte order. 0: it has taken none, and a tag stands in the frame. */
#define FW_TAG(type, tci) ((__u32)(type) << 16 | (__u16)(tci))

/* What stands behind the Ethernet header and one VLAN tag; *type becomes the type field in front of it, or FW_CUT_TAG.
 * Behind a tag that was taken out there is no other to take: it is a type of its own. */
static __always_inline struct fw_cursor fw_untag(const void* data, const void* data_end, __u32 taken, __u32* type) {
  struct fw_cursor payload = {(const __u8*)data + ETH_HLEN, data_end};
  const __u8* tag;

  if (taken || (*type != ETH_P_8021Q && *type != ETH_P_8021AD)) return payload;
  tag = fw_bytes(&payload, 0, FW_TAG_LENGTH);
  *type = tag ? fw_be16(tag + 2) : FW_CUT_TAG;
  if (tag) payload.at += FW_VLAN_LENGTH;
  return payload;
}

/* The fields that few rulesets look at. To be called before or after fw_parse(), or after a straight line; never twice.
 */
static __noinline void fw_parse_rare(const void* data, const void* data_end, __u32 taken, struct fw_packet* packet) {
  const __u8* ethernet = data;
  struct fw_cursor whole = {ethernet + ETH_HLEN, data_end};
  struct fw_cursor payload;
  const __u8* tag;
  __u32 type_field, type;

  if (ethernet + ETH_HLEN > (const __u8*)data_end) return;
  type = fw_be16(ethernet + 12);
  packet->eth_daddr = (__u64)fw_be16(ethernet) << 32 | fw_be32(ethernet + 2);
  packet->eth_saddr = (__u64)fw_be16(ethernet + 6) << 32 | fw_be32(ethernet + 8);
  type_field = taken ? taken >> 16 : type;
  packet->eth_type = type_field;
  payload = fw_untag(data, data_end, taken, &type);
  packet->length = (__u64)(payload.end - payload.at);
  packet->present |= FW_BIT(FW_ETH_DADDR) | FW_BIT(FW_ETH_SADDR) | FW_BIT(FW_ETH_TYPE) | FW_BIT(FW_LENGTH);
  tag = 0;
  if (!taken && (type_field == ETH_P_8021Q || type_field == ETH_P_8021AD)) tag = fw_bytes(&whole, 0, FW_TAG_LENGTH);
  if (taken || tag) {
    packet->vlan_id = (tag ? fw_be16(tag) : taken) & 0xfff;
    packet->present |= FW_BIT(FW_VLAN_ID);
  }
  if (type == ETH_P_IP) fw_parse_rare_ipv4(&payload, packet);
  if (type == ETH_P_IPV6) fw_parse_rare_ipv6(&payload, packet);
}

/* Any frame at all, but for what fw_parse_rare() does. `packet` must be zeroed by the caller. False for a frame that
 * the kernel drops before any rule. */
static __noinline bool fw_parse(const void* data, const void* data_end, __u32 taken, struct fw_packet* packet) {
  struct fw_cursor payload = {(const __u8*)data + ETH_HLEN, data_end};
  __u32 type;

  if (payload.at > payload.end) return true;
  type = fw_be16(payload.at - 2);
  payload = fw_untag(data, data_end, taken, &type);
  if (type == FW_CUT_TAG) return false;
  packet->ether_type = fw_protocol(&payload, type);
  packet->present |= FW_BIT(FW_ETHER_TYPE);
  if (type == ETH_P_IP) fw_parse_ipv4(&payload, packet);
  if (type == ETH_P_IPV6) fw_parse_ipv6(&payload, packet);
  return true;
}
