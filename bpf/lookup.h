/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/* The compiled policy (bpf/abi.h) in its map, and the way from a field's value to its leaf.
 *
 * The image is looked up once in a function and then indexed. Reads beyond it give 0: that cannot happen with an image
 * that fwbench::Classifier::open() accepts, but the verifier wants a bound. What a lookup costs does not depend on the
 * policy: rules, rows and tries are all data.
 *
 * Global functions are there for the verifier: it takes their arguments for anything and looks at them once, not once
 * for each way that leads there. */

#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#include "bpf/abi.h"
#include "bpf/parse.h"

/* Sized by the loader before the program is loaded. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE); /* values start on a page: lists keep to their cache lines */
  __uint(max_entries, 2); /* generations: those that no packet is judged by can be written while packets flow */
  __uint(key_size, sizeof(__u32));
  __uint(value_size, sizeof(struct fw_image_header));
} policy SEC(".maps");

/* Size of a value of `policy` in 32-bit words, at least that of the image. */
const volatile __u32 image_words = sizeof(struct fw_image_header) / 4;

/* Generation that decides packets; written by user space once the other one is complete. */
__u32 active_generation = 0;

/* Keeps the compiler from checking one register and using another. */
#define fw_barrier(value) asm volatile("" : "+r"(value))

struct fw_image {
  const struct fw_image_header* header;
  __u64 words;
};

/* The image of a generation; its header is NULL for one that does not exist. */
static __always_inline struct fw_image fw_image_of(__u32 generation) {
  struct fw_image image = {bpf_map_lookup_elem(&policy, &generation), image_words};

  return image;
}

static __always_inline bool fw_is_leaf(__u32 entry) {
  return (__s32)entry < 0;
}

/* The trie entry at word `index`. */
static __always_inline __u32 fw_word(struct fw_image image, __u64 index) {
  fw_barrier(index);
  if (index >= image.words) return 0;
  return ((const __u32*)image.header)[index];
}

/* A list that an entry names, of `words` words; NULL for an image that is none. */
static __always_inline const void* fw_list(struct fw_image image, __u32 entry, __u32 words) {
  __u64 index = entry & ~(FW_TRIE_LIST | FW_TRIE_PAIR);

  fw_barrier(index);
  if (index + words > image.words) return 0;
  fw_barrier(index); /* the address is made behind the check */
  return (const __u32*)image.header + index;
}

/* Without a branch: which of few values it is, nobody can predict. */
static __always_inline __u32 fw_find_pair16(struct fw_image image, __u32 entry, __u32 value) {
  const struct fw_pair16* pair = fw_list(image, entry, sizeof(*pair) / 4);
  __u32 signs = 0; /* the highest bit: whether an odd number of pieces lies below */

  if (!pair) return 0;
  fw_barrier(value); /* one known to have 16 bits would be compared, with a branch for each */
#pragma unroll
  for (int i = 0; i < FW_PAIR16_LENGTH; i++) signs ^= pair->last[i] - value;
  return pair->leaf[signs >> 31];
}

static __always_inline __u32 fw_find_list16(struct fw_image image, __u32 entry, __u32 value) {
  const struct fw_list16* list;
  __u32 place = 0;

  if (entry & FW_TRIE_PAIR) return fw_find_pair16(image, entry, value);
  list = fw_list(image, entry, sizeof(*list) / 4);
  if (!list) return 0;
  value++;
#pragma unroll
  for (int i = 1; i < FW_LIST16_LENGTH; i++) place += (list->start[i] - value) >> 31; /* 1 when start <= value */
  return list->leaf[place & (FW_LIST16_LENGTH - 1)];
}

static __always_inline __u32 fw_find_list128(struct fw_image image, __u32 entry, __u64 high, __u64 low) {
  const struct fw_list128* list = fw_list(image, entry, sizeof(*list) / 4);
  __u32 place = 0;

  if (!list) return 0;
#pragma unroll
  for (int i = 0; i < FW_LIST128_LENGTH - 1; i++) {
    if (list->start[i][0] < high || (list->start[i][0] == high && list->start[i][1] <= low)) place = i + 1;
  }
  return list->leaf[place & (FW_LIST128_LENGTH - 1)];
}

static __always_inline bool fw_is_list(__u32 entry) {
  return entry & FW_TRIE_LIST;
}

static __always_inline __u32 fw_find_byte(struct fw_image image, __u32 entry, __u32 value) {
  if (fw_is_leaf(entry)) return entry;
  return fw_word(image, entry + value);
}

static __always_inline __u32 fw_find_u16(struct fw_image image, __u32 entry, __u32 value) {
  if (!fw_is_leaf(entry) && !fw_is_list(entry)) {
    entry = fw_word(image, entry + (value >> 8));
    value &= 0xff;
    if (!fw_is_leaf(entry) && !fw_is_list(entry)) return fw_word(image, entry + value);
  }
  return fw_is_leaf(entry) ? entry : fw_find_list16(image, entry, value);
}

static __always_inline __u32 fw_find_ipv4(struct fw_image image, __u32 entry, __u32 value) {
  if (fw_is_leaf(entry)) return entry;
  return fw_find_u16(image, fw_word(image, entry + (value >> 16)), value & 0xffff);
}

__noinline __u32 fw_find_ipv6(__u32 generation, __u32 entry, __u64 high, __u64 low) {
  struct fw_image image = fw_image_of(generation);
  __u64 rest = high << 16;

  if (!image.header) return 0;
  if (!fw_is_leaf(entry) && !fw_is_list(entry)) entry = fw_word(image, entry + (high >> 48));
#pragma clang loop unroll(disable)
  for (int level = 0; level < 14 && !fw_is_leaf(entry) && !fw_is_list(entry); level++) {
    entry = fw_word(image, entry + (rest >> 56));
    rest = level == 5 ? low : rest << 8;
  }
  return fw_is_leaf(entry) ? entry : fw_find_list128(image, entry, high, low);
}

static __always_inline __u32 fw_find_mac(struct fw_image image, __u32 entry, __u64 address) {
#pragma clang loop unroll(disable)
  for (int shift = 40; shift >= 0 && !fw_is_leaf(entry); shift -= 8)
    entry = fw_word(image, entry + (address >> shift & 0xff));
  return entry;
}

/* For fields that are looked up off the straight lines. */
__noinline __u32 fw_find_number(__u32 generation, __u32 entry, __u32 value, __u32 bits) {
  struct fw_image image = fw_image_of(generation);

  if (!image.header) return 0;
  if (bits == 8) return fw_find_byte(image, entry, value & 0xff);
  return fw_find_u16(image, entry, value & 0xffff);
}

/* Leaf for a common field that `packet` has: of the class its value is in. */
static __always_inline __u32 fw_find_common(struct fw_image image, __u32 generation, enum fw_field field,
                                            const struct fw_packet* packet) {
  const struct fw_image_header* header = image.header;
  __u32 root = header->root[field];

  switch (field) {
    case FW_ETHER_TYPE:
      return fw_find_u16(image, root, packet->ether_type);
    case FW_IP_SADDR:
      return fw_find_ipv4(image, root, packet->ip_saddr);
    case FW_IP_DADDR:
      return fw_find_ipv4(image, root, packet->ip_daddr);
    case FW_IP6_SADDR:
      return fw_find_ipv6(generation, root, packet->ip6_saddr[0], packet->ip6_saddr[1]);
    case FW_IP6_DADDR:
      return fw_find_ipv6(generation, root, packet->ip6_daddr[0], packet->ip6_daddr[1]);
    case FW_L4PROTO:
      return fw_find_byte(image, root, packet->l4proto);
    case FW_IP_PROTOCOL:
      return fw_find_byte(image, root, packet->ip_protocol);
    case FW_TH_SPORT:
      return fw_find_u16(image, root, packet->th_sport);
    case FW_TH_DPORT:
      return fw_find_u16(image, root, packet->th_dport);
    case FW_TCP_FLAGS:
      return fw_find_byte(image, root, packet->tcp_flags);
    case FW_ICMP_TYPE:
      return fw_find_byte(image, root, packet->icmp_type);
    default:
      return header->absent[FW_ETHER_TYPE];
  }
}

static __always_inline __u32 fw_find_rare(struct fw_image image, __u32 generation, enum fw_field field,
                                          const struct fw_packet* packet) {
  const struct fw_image_header* header = image.header;
  __u32 root = header->root[field];

  switch (field) {
    case FW_ICMP_CODE:
      return fw_find_number(generation, root, packet->icmp_code, 8);
    case FW_IP_TOS:
      return fw_find_number(generation, root, packet->ip_tos, 8);
    case FW_IP_LENGTH:
      return fw_find_number(generation, root, packet->ip_length, 16);
    case FW_IP_FRAG_OFF:
      return fw_find_number(generation, root, packet->ip_frag_off, 16);
    case FW_IP_TTL:
      return fw_find_number(generation, root, packet->ip_ttl, 8);
    case FW_IP6_CLASS:
      return fw_find_number(generation, root, packet->ip6_class, 8);
    case FW_IP6_NEXTHDR:
      return fw_find_number(generation, root, packet->ip6_nexthdr, 8);
    case FW_IP6_HOPLIMIT:
      return fw_find_number(generation, root, packet->ip6_hoplimit, 8);
    case FW_EXTHDRS:
      return fw_find_number(generation, root, packet->exthdrs, 8);
    case FW_ETH_SADDR:
      return fw_find_mac(image, root, packet->eth_saddr);
    case FW_ETH_DADDR:
      return fw_find_mac(image, root, packet->eth_daddr);
    case FW_ETH_TYPE:
      return fw_find_number(generation, root, packet->eth_type, 16);
    case FW_VLAN_ID:
      return fw_find_number(generation, root, packet->vlan_id, 16);
    case FW_LENGTH:
      return fw_find_number(generation, root, packet->length, 16);
    default:
      return header->absent[FW_ETHER_TYPE];
  }
}
