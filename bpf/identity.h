/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/* Finds the identity (abi.h, struct frame_identity) in a frame of the generator. Deliberately not parse.h: the
 * instrument must not share a bug with the firewall that it judges. */

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/abi.h"

#define IDENTITY_MAX_EXTENSION_HEADERS 8
#define IDENTITY_IP_FRAGMENT_OFFSET 0x1fff

/* Where the identity is behind the transport header that starts at `offset`. */
static __always_inline __u32 identity_behind(__u8 protocol, __u32 offset) {
  switch (protocol) {
    case IPPROTO_TCP:
      return offset + 4; /* sequence and acknowledgement number */
    case IPPROTO_UDP:
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
      return offset + 8;
    default:
      return offset;
  }
}

static __always_inline __u32 identity_offset_ipv6(const void* data, const void* end, __u32 offset) {
  const struct ipv6hdr* ip = data + offset;
  if ((const void*)(ip + 1) > end) return 0;
  __u8 next = ip->nexthdr;
  offset += sizeof(*ip);
  for (int i = 0; i < IDENTITY_MAX_EXTENSION_HEADERS; i++) {
    if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS && next != IPPROTO_FRAGMENT)
      break;
    const __u8* extension = data + offset;
    if ((const void*)(extension + 8) > end) return 0;
    __u32 length = next == IPPROTO_FRAGMENT ? 8 : ((__u32)extension[1] + 1) * 8;
    int later_fragment = next == IPPROTO_FRAGMENT && ((extension[2] << 8 | extension[3]) & 0xfff8);
    next = later_fragment ? IPPROTO_NONE : extension[0];
    offset += length;
    if (offset > FW_MAX_FRAME) return 0;
  }
  return identity_behind(next, offset);
}

/* The frame index of a frame that carries it in its source address (abi.h, FW_MAC_IDENTITY); -1 of any other, and of
 * one of another run. */
static __always_inline __s64 identity_in_mac(const void* data, const void* end, __u32 run_id) {
  const struct ethhdr* eth = data;
  if ((const void*)(eth + 1) > end || eth->h_source[0] != FW_MAC_IDENTITY) return -1;
  if (eth->h_source[1] != ((run_id >> 8) & 0xff) || eth->h_source[2] != (run_id & 0xff)) return -1;
  return (__s64)eth->h_source[3] << 16 | eth->h_source[4] << 8 | eth->h_source[5];
}

/* Offset of the identity, or 0 when the frame is too short to have one. */
static __always_inline __u32 identity_offset(const void* data, const void* end) {
  const struct ethhdr* eth = data;
  if ((const void*)(eth + 1) > end) return 0;
  __be16 type = eth->h_proto;
  __u32 offset = sizeof(*eth);
  for (int i = 0; i < 2; i++) { /* 802.1ad: at most two tags */
    if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD)) break;
    const __be16* tag = data + offset;
    if ((const void*)(tag + 2) > end) return 0;
    type = tag[1];
    offset += 4;
  }
  if (type == bpf_htons(ETH_P_IPV6)) return identity_offset_ipv6(data, end, offset);
  if (type != bpf_htons(ETH_P_IP)) return offset;
  const struct iphdr* ip = data + offset;
  if ((const void*)(ip + 1) > end) return 0;
  __u32 header = ip->ihl * 4u;
  __u8 protocol = ip->frag_off & bpf_htons(IDENTITY_IP_FRAGMENT_OFFSET) ? IPPROTO_NONE : ip->protocol;
  return identity_behind(protocol, offset + header);
}
