/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/* struct fw_packet -> action, through the compiled policy (bpf/abi.h). Touches maps only, no bytes of the frame.
 *
 * The image is looked up once a packet and then indexed. Reads beyond it give 0: that cannot happen with an image that
 * fwbench::Classifier::open() accepts, but the verifier wants a bound. Its cost does not depend on the policy: rules,
 * rows and tries are all data.
 *
 * The image promises (harness/engine/compile.cpp) that a rule which looks at an IPv4 or IPv6 address or at the IPv4
 * protocol byte objects to every other ether type: an IPv4 packet needs no look at the rows of absent IPv6 fields. */

#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#include "bpf/abi.h"
#include "bpf/parse.h"

/* Both are sized by the loader before the program is loaded. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 2); /* generations: the one that is not active can be written while packets flow */
  __uint(key_size, sizeof(__u32));
  __uint(value_size, sizeof(struct fw_image_header));
} policy SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1); /* rules + 1, the last for the chain's policy */
  __type(key, __u32);
  __type(value, __u64);
} rule_hits SEC(".maps");

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

static __always_inline bool fw_is_leaf(__u32 entry) {
  return (__s32)entry < 0;
}

/* The trie entry (or action) at word `index`. */
static __always_inline __u32 fw_word(struct fw_image image, __u64 index) {
  fw_barrier(index);
  if (index >= image.words) return 0;
  return ((const __u32*)image.header)[index];
}

/* The 64-bit word `index` of the row that a leaf or a row offset names. The shift drops the leaf's bit. */
static __always_inline __u64 fw_row_word(struct fw_image image, __u32 leaf, __u32 index) {
  __u64 offset = (__u32)((leaf + index) << 3);

  fw_barrier(offset);
  if (offset > image.words * 4 - sizeof(__u64)) return 0;
  return *(const __u64*)((const char*)image.header + offset);
}

static __always_inline __u32 fw_find_byte(struct fw_image image, __u32 entry, __u32 value) {
  if (fw_is_leaf(entry)) return entry;
  return fw_word(image, entry + value);
}

static __always_inline __u32 fw_find_u16(struct fw_image image, __u32 entry, __u32 value) {
  if (fw_is_leaf(entry)) return entry;
  return fw_find_byte(image, fw_word(image, entry + (value >> 8)), value & 0xff);
}

static __always_inline __u32 fw_find_ipv4(struct fw_image image, __u32 entry, __u32 value) {
  if (fw_is_leaf(entry)) return entry;
  return fw_find_u16(image, fw_word(image, entry + (value >> 16)), value & 0xffff);
}

/* `levels` more bytes of an address, the next one foremost in `rest`. */
static __always_inline __u32 fw_find_bytes(struct fw_image image, __u32 entry, __u64 rest, int levels) {
#pragma clang loop unroll(disable)
  for (int level = 0; level < levels && !fw_is_leaf(entry); level++) {
    entry = fw_word(image, entry + (rest >> 56));
    rest <<= 8;
  }
  return entry;
}

static __always_inline __u32 fw_find_ipv6(struct fw_image image, __u32 entry, const __u64 value[2]) {
  if (fw_is_leaf(entry)) return entry;
  entry = fw_word(image, entry + (value[0] >> 48));
  entry = fw_find_bytes(image, entry, value[0] << 16, 6);
  return fw_find_bytes(image, entry, value[1], 8);
}

/* Leaf for a field of `packet`: of the class its value is in, or of the packets without it. */
static __always_inline __u32 fw_find(struct fw_image image, enum fw_field field, __u32 present,
                                     const struct fw_packet* packet) {
  const struct fw_image_header* header = image.header;
  __u32 root = header->root[field];

  if (!(present & FW_BIT(field))) return header->absent[field];
  switch (field) {
    case FW_ETHER_TYPE:
      return fw_find_u16(image, root, packet->ether_type);
    case FW_IP_SADDR:
      return fw_find_ipv4(image, root, packet->ip_saddr);
    case FW_IP_DADDR:
      return fw_find_ipv4(image, root, packet->ip_daddr);
    case FW_IP6_SADDR:
      return fw_find_ipv6(image, root, packet->ip6_saddr);
    case FW_IP6_DADDR:
      return fw_find_ipv6(image, root, packet->ip6_daddr);
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

/* Number of the lowest set bit; BPF has no instruction for it. De Bruijn sequence (Leiserson, Prokop, Randall 1998). */
static const __u8 fw_bit_index[64] = {
    0,  1,  2,  53, 3,  7,  54, 27, 4,  38, 41, 8,  34, 55, 48, 28, 62, 5,  39, 46, 44, 42,
    22, 9,  24, 35, 59, 56, 49, 18, 29, 11, 63, 52, 6,  26, 37, 40, 33, 47, 61, 45, 43, 21,
    23, 58, 17, 10, 51, 25, 36, 32, 60, 20, 57, 16, 50, 31, 19, 15, 30, 14, 13, 12,
};

static __always_inline __u32 fw_lowest_bit(__u64 bits) {
  return fw_bit_index[((bits & -bits) * 0x022fdd63cc95386dull) >> 58];
}

static __always_inline void fw_count_hit(__u32 action, __u32 rule) {
  __u64* hits;

  if (!(action & FW_ACTION_COUNTED)) return;
  hits = bpf_map_lookup_elem(&rule_hits, &rule);
  if (hits) ++*hits;
}

/* The chain's policy: no terminal rule matched. */
static __always_inline __u32 fw_default_action(struct fw_image image) {
  __u32 action = image.header->default_action;

  fw_count_hit(action, image.header->rules);
  return action;
}

/* First terminal rule among the bits of a one-word row; the rules before it only count. */
static __always_inline __u32 fw_decide_word(struct fw_image image, __u64 matching) {
  __u32 rule, action;

#pragma clang loop unroll(disable)
  for (int i = 0; i < 64 && matching; i++) {
    rule = fw_lowest_bit(matching);
    action = fw_word(image, image.header->actions + rule);
    fw_count_hit(action, rule);
    if (action & FW_ACTION_TERMINAL) return action;
    matching &= matching - 1;
  }
  return fw_default_action(image);
}

/* Where the search through rows of many words stands. */
struct fw_search {
  const struct fw_image_header* header;
  __u64 summary;  /* words still to look at, of the 64 that start at word_base */
  __u64 matching; /* rules still to look at, of the 64 that start at rule_base */
  __u32 word_base;
  __u32 rule_base;
  __u32 summary_next;
  __u32 action; /* 0: no terminal rule yet */
  __u32 rows[FW_FIELD_COUNT];
};

/* AND of word `index` of the rows of all fields that rules look at. */
static __always_inline __u64 fw_and_rows(const struct fw_search* search, __u32 index) {
  struct fw_image image = {search->header, image_words};
  __u32 used = image.header->used_fields;
  __u64 bits = ~0ull;

#pragma unroll
  for (int field = 0; field < FW_FIELD_COUNT; field++)
    if (used & FW_BIT(field)) bits &= fw_row_word(image, search->rows[field], index);
  return bits;
}

/* One matching rule, or one word that may hold some, or the next 64 words' summary: whatever is at hand. */
static long fw_search_step(__u64 index, struct fw_search* search) {
  struct fw_image image = {search->header, image_words};
  const struct fw_image_header* header = image.header;
  __u32 rule, action, word;
  (void)index;

  if (search->matching) {
    rule = search->rule_base + fw_lowest_bit(search->matching);
    search->matching &= search->matching - 1;
    action = fw_word(image, (__u64)header->actions + rule);
    fw_count_hit(action, rule);
    if (!(action & FW_ACTION_TERMINAL)) return 0;
    search->action = action;
    return 1;
  }
  if (search->summary) {
    word = search->word_base + fw_lowest_bit(search->summary);
    search->summary &= search->summary - 1;
    search->rule_base = word * 64;
    search->matching = fw_and_rows(search, header->summary_words + word);
    return 0;
  }
  if (search->summary_next >= header->summary_words) return 1;
  search->word_base = search->summary_next * 64;
  search->summary = fw_and_rows(search, search->summary_next++);
  return 0;
}

/* Every rule, word and summary word once: enough for the largest policy. */
#define FW_SEARCH_STEPS (65536 + 1024 + 16)

/* The image in force, or NULL, which cannot happen. */
static __always_inline const struct fw_image_header* fw_active_image(void) {
  __u32 generation = active_generation;

  return bpf_map_lookup_elem(&policy, &generation);
}

/* Any packet, any policy; 0 when there is none. A global function: the verifier takes any packet for possible and looks
 * at it once, not once for each of the ways fw_parse() may have filled `packet`. */
__noinline __u32 fw_classify(struct fw_packet* packet) {
  const struct fw_image_header* header = fw_active_image();
  struct fw_image image = {header, image_words};
  struct fw_search search = {.header = header};
  __u32 present;

  if (!header || !packet) return 0;
  present = packet->present;

#pragma unroll
  for (int field = 0; field < FW_FIELD_COUNT; field++) search.rows[field] = fw_find(image, field, present, packet);
  if (header->row_words == 1) return fw_decide_word(image, fw_and_rows(&search, 0));
  bpf_loop(FW_SEARCH_STEPS, fw_search_step, &search, 0);
  return search.action ? search.action : fw_default_action(image);
}

/* A policy of up to 64 rules and a packet that has `present`, FW_IPV4_FIELDS or FW_IPV6_FIELDS, known when this is
 * compiled: no field is asked whether it is there, and no loop but over rules that only count. */
static __always_inline __u32 fw_classify_plain(const struct fw_image_header* header, __u32 present,
                                               const struct fw_packet* packet) {
  struct fw_image image = {header, image_words};
  __u32 used = header->used_fields;
  __u64 matching = ~0ull;

#pragma unroll
  for (int field = 0; field < FW_FIELD_COUNT; field++) {
    if (!(present & FW_BIT(field)) || !(used & FW_BIT(field))) continue;
    matching &= fw_row_word(image, fw_find(image, field, present, packet), 0);
  }
  return fw_decide_word(image, matching);
}
