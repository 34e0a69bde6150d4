/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/* struct fw_packet -> action: the rows of its fields, and the first rule that they have in common. Touches maps only,
 * no bytes of the frame.
 *
 * The image promises (harness/engine/conditions.cpp) that a rule which looks at a field of IPv4 or of IPv6 objects to
 * every other ether type: an IPv4 packet needs no look at the rows of absent IPv6 fields. */

#include "bpf/lookup.h"

/* Sized by the loader before the program is loaded. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1); /* one for each rule of the policy's file, and a last one for the chain's policy */
  __type(key, __u32);
  __type(value, __u64);
} rule_hits SEC(".maps");

/* The 64-bit word `index` of the row that a leaf or a row offset names. The shift drops the leaf's flags. */
static __always_inline __u64 fw_row_word(struct fw_image image, __u32 leaf, __u32 index) {
  __u64 offset = (__u32)((leaf + index) << 3);

  fw_barrier(offset);
  if (offset > image.words * 4 - sizeof(__u64)) return 0;
  return *(const __u64*)((const char*)image.header + offset);
}

/* The first word of the row that a leaf or a row offset stands for: its rules, or its blocks. */
static __always_inline __u64 fw_first_word(struct fw_image image, __u32 leaf) {
  if (leaf & FW_LEAF_RULE) return 1ull << (leaf >> FW_LEAF_BLOCK_SHIFT & 63);
  return fw_row_word(image, leaf, 0);
}

/* Word `word` of its block by a leaf that is a rule. */
static __always_inline __u64 fw_rule_word(__u32 leaf, __u32 word) {
  __u32 bit = leaf & FW_LEAF_BIT_MASK;

  return bit >> 6 == word ? 1ull << (bit & 63) : 0;
}

/* A packet on its way through the rules. */
struct fw_search {
  __u64 bits; /* AND of the first words of its rows */
  __u32 generation;
  __u32 fields;            /* whose rows take part */
  __u32 from;              /* flat rules before this one were skipped */
  __u32 row[FW_ICMP_CODE]; /* of the common fields: a leaf or a row offset */
};

/* The rows of the rare fields, and what they are read from beside the frame: apart, so that the straight lines need no
 * stack for them. */
struct fw_rare_rows {
  __u32 row[FW_FIELD_COUNT - FW_ICMP_CODE];
  __u32 taken_tag; /* the FW_TAG() that the kernel took out of the frame, 0 for none */
};

/* Adds the rows of the rare fields that rules look at. */
__noinline int fw_add_rare_rows(const struct fw_packet* packet, struct fw_search* search, struct fw_rare_rows* rare) {
  struct fw_image image;
  __u32 used, row;

  if (!packet || !search || !rare) return 0;
  image = fw_image_of(search->generation);
  if (!image.header) return 0;
  used = image.header->used_fields;
#pragma unroll
  for (int field = FW_ICMP_CODE; field < FW_FIELD_COUNT; field++) {
    if (!(used & FW_BIT(field))) continue;
    row = packet->present & FW_BIT(field) ? fw_find_rare(image, search->generation, field, packet)
                                          : image.header->absent[field];
    rare->row[field - FW_ICMP_CODE] = row;
    search->bits &= fw_first_word(image, row);
  }
  return 0;
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

static __always_inline void fw_count_hit(__u32 rule) {
  __u64* hits = bpf_map_lookup_elem(&rule_hits, &rule);

  if (hits) ++*hits;
}

static __always_inline const struct fw_action* fw_action_of(struct fw_image image, __u32 rule) {
  __u64 index = image.header->actions + sizeof(struct fw_action) / 4 * (__u64)rule;

  fw_barrier(index);
  if (index + sizeof(struct fw_action) / 4 > image.words) return 0;
  return (const struct fw_action*)((const __u32*)image.header + index);
}

/* The matching rules of one word that are not decided yet; flat rule `base` is its lowest bit. */
struct fw_rest {
  __u64 matching;
  __u32 base;
  __u32 from; /* flat rules before it were skipped */
  __u32 flags;
};

/* Takes the first of the matching rules: counts it, skips what it says. True when it decides, by rest->flags. */
static __always_inline bool fw_take_rule(struct fw_image image, struct fw_rest* rest) {
  const struct fw_action* action = fw_action_of(image, rest->base + fw_lowest_bit(rest->matching));
  __u32 flags, target;

  if (!action) return true;
  flags = action->flags;
  if (flags & FW_ACTION_COUNTED) fw_count_hit(action->rule);
  rest->flags = flags;
  if (flags & FW_ACTION_TERMINAL) return true;
  rest->flags = 0;
  rest->matching &= rest->matching - 1;
  if (flags & FW_ACTION_SKIP) {
    target = flags >> FW_ACTION_TARGET_SHIFT;
    rest->from = target;
    target -= rest->base;
    rest->matching = target < 64 ? rest->matching & ~0ull << target : 0;
  }
  return false;
}

/* Rules behind one that only counts or skips: rarely any. FW_ACTION_* of the one that decides or 0, and in the upper
 * half where to go on. */
__noinline __u64 fw_decide_rest(__u32 generation, __u64 matching, __u32 base, __u32 from) {
  struct fw_rest rest = {.matching = matching, .base = base, .from = from};
  struct fw_image image = fw_image_of(generation);

  if (!image.header) return 0;
#pragma clang loop unroll(disable)
  for (int i = 0; i < 64 && rest.matching; i++)
    if (fw_take_rule(image, &rest)) break;
  return (__u64)rest.from << 32 | rest.flags;
}

/* Goes through the matching rules of one word, of which the first is `base`: FW_ACTION_* of the one that decides, or 0.
 * @from: flat rules before it were skipped; moved on by skips. */
static __always_inline __u32 fw_decide_word(struct fw_image image, __u32 generation, __u64 matching, __u32 base,
                                            __u32* from) {
  struct fw_rest rest = {.matching = matching, .base = base, .from = *from};
  __u64 decided;

  if (!matching) return 0;
  if (fw_take_rule(image, &rest)) return rest.flags;
  *from = rest.from;
  if (!rest.matching) return 0;
  decided = fw_decide_rest(generation, rest.matching, base, rest.from);
  *from = decided >> 32;
  return decided;
}

static __always_inline __u32 fw_count_bits(__u64 bits) {
  bits -= bits >> 1 & 0x5555555555555555ull;
  bits = (bits & 0x3333333333333333ull) + (bits >> 2 & 0x3333333333333333ull);
  bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0full;
  return (bits * 0x0101010101010101ull) >> 56;
}

/* Word `word` of a block of one row; the block is not 0 there. */
static __always_inline __u64 fw_block_word(struct fw_image image, __u32 row, __u32 block, __u32 word) {
  __u64 before;

  if (row & FW_LEAF_RULE) return fw_rule_word(row, word);
  before = fw_row_word(image, row, 0) & ((1ull << (block & 63)) - 1);
  if (before) word += fw_count_bits(before) * image.header->block_words;
  return fw_row_word(image, row, 1 + word);
}

/* Word `word` of a block, of which flat rule `base` is the lowest bit: FW_ACTION_* of the rule that decides, or 0.
 * @rare: NULL when no rare field takes part, here and below. */
__noinline __u32 fw_search_word(struct fw_search* search, const struct fw_rare_rows* rare, __u32 block, __u32 word,
                                __u32 base) {
  struct fw_image image;
  __u64 bits = ~0ull;
  __u32 fields;

  if (!search) return 0;
  image = fw_image_of(search->generation);
  if (!image.header) return 0;
  if (search->from > base) {
    if (search->from - base >= 64) return 0;
    bits <<= search->from - base;
  }
  fields = search->fields;
#pragma unroll
  for (int field = 0; field < FW_ICMP_CODE; field++)
    if (fields & FW_BIT(field)) bits &= fw_block_word(image, search->row[field], block, word);
  if (rare && fields & FW_RARE_FIELDS) {
#pragma unroll
    for (int field = FW_ICMP_CODE; field < FW_FIELD_COUNT; field++)
      if (fields & FW_BIT(field)) bits &= fw_block_word(image, rare->row[field - FW_ICMP_CODE], block, word);
  }
  return fw_decide_word(image, search->generation, bits, base, &search->from);
}

/* One block that is not 0 in any of the packet's rows. */
__noinline __u32 fw_search_block(struct fw_search* search, const struct fw_rare_rows* rare, __u32 block) {
  __u32 words, action;
  struct fw_image image;

  if (!search) return 0;
  image = fw_image_of(search->generation);
  if (!image.header) return 0;
  words = image.header->block_words;
#pragma clang loop unroll(disable)
  for (__u32 word = 0; word < FW_MAX_BLOCK_WORDS && word < words; word++) {
    action = fw_search_word(search, rare, block, word, (block * words + word) * 64);
    if (action) return action;
  }
  return 0;
}

/* All blocks that the packet's rows have in common: FW_ACTION_* of the rule that decides, or 0. */
static __always_inline __u32 fw_search_blocks(struct fw_search* search, const struct fw_rare_rows* rare) {
  __u64 blocks = search->bits;
  __u32 action;

#pragma clang loop unroll(disable)
  for (int i = 0; i < 64 && blocks; i++) {
    action = fw_search_block(search, rare, fw_lowest_bit(blocks));
    if (action) return action;
    blocks &= blocks - 1;
  }
  return 0;
}

/* Sets the rows of the common fields that rules look at, whether the packet has them or not. */
__noinline int fw_add_rows(const struct fw_packet* packet, struct fw_search* search) {
  struct fw_image image;
  __u32 used, row;

  if (!packet || !search) return 0;
  image = fw_image_of(search->generation);
  if (!image.header) return 0;
  used = image.header->used_fields;
#pragma unroll
  for (int field = 0; field < FW_ICMP_CODE; field++) {
    if (!(used & FW_BIT(field))) continue;
    row = packet->present & FW_BIT(field) ? fw_find_common(image, search->generation, field, packet)
                                          : image.header->absent[field];
    search->row[field] = row;
    search->bits &= fw_first_word(image, row);
  }
  return 0;
}

/* Any packet whose rows are found, any policy; 0 when there is none. */
__noinline __u32 fw_search_all(struct fw_search* search, const struct fw_rare_rows* rare) {
  struct fw_image image;
  __u32 action, from = 0;

  if (!search || !rare) return 0;
  image = fw_image_of(search->generation);
  if (!image.header) return 0;
  action = image.header->block_words ? fw_search_blocks(search, rare)
                                     : fw_decide_word(image, search->generation, search->bits, 0, &from);
  return action ? action : image.header->default_action;
}

/* Read anew each time: were it kept in a register, the verifier would follow every set of fields on its own. */
static __always_inline bool fw_takes_part(const struct fw_search* search, enum fw_field field) {
  return *(const volatile __u32*)&search->fields & FW_BIT(field);
}

/* Words of a block that fw_search_first_block() looks at: all of them up to 16,384 rules. */
#define FW_STRAIGHT_WORDS 4

/* The first of the blocks that are left, on a straight line, for packets whose rows are of common fields only: where it
 * has the deciding rule, as it nearly always does, its FW_ACTION_*. Else 0, and search->from says where to go on. */
__noinline __u32 fw_search_first_block(struct fw_search* search) {
  __u32 at[FW_ICMP_CODE]; /* where each field's row has the block */
  struct fw_image image;
  __u32 words, block, base, row, action;
  __u64 before, mask, bits;

  if (!search) return 0;
  image = fw_image_of(search->generation);
  if (!image.header) return 0;
  words = image.header->block_words;
  block = fw_lowest_bit(search->bits);
  mask = (1ull << block) - 1;
  base = block * words * 64;
#pragma unroll
  for (int field = 0; field < FW_ICMP_CODE; field++) {
    row = search->row[field];
    at[field] = row;
    if (!fw_takes_part(search, field) || row & FW_LEAF_RULE) continue;
    before = fw_row_word(image, row, 0) & mask;
    /* Most rows have all the blocks or one: branches that are always the same for a field. */
    if (before == mask)
      row += block * words;
    else if (before)
      row += fw_count_bits(before) * words;
    at[field] = row + 1;
  }
#pragma clang loop unroll(disable)
  for (__u32 word = 0; word < FW_STRAIGHT_WORDS && word < words; word++, base += 64) {
    bits = ~0ull;
#pragma unroll
    for (int field = 0; field < FW_ICMP_CODE; field++) {
      if (!fw_takes_part(search, field)) continue;
      row = at[field];
      fw_barrier(row); /* keeps the compiler from moving the shift out of the loop: see fw_takes_part() */
      bits &= row & FW_LEAF_RULE ? fw_rule_word(row, word) : fw_row_word(image, row, word);
    }
    if (!bits) continue;
    action = fw_decide_word(image, search->generation, bits, base, &search->from);
    if (action) return action;
    base += 64;
    break;
  }
  if (search->from < base) search->from = base;
  return 0;
}

/* A packet with a field whose value only the rule of leaf `only` accepts: FW_ACTION_* of that rule, or 0 when it does
 * not match or does not decide. No other rule can. */
__noinline __u32 fw_decide_only(const struct fw_search* search, __u32 only) {
  __u32 block = only >> FW_LEAF_BLOCK_SHIFT & 63;
  __u32 bit = only & FW_LEAF_BIT_MASK;
  struct fw_rest rest = {.matching = 1ull << (bit & 63)};
  struct fw_image image;
  __u32 row;

  if (!search) return 0;
  image = fw_image_of(search->generation);
  if (!image.header) return 0;
#pragma unroll
  for (int field = 0; field < FW_ICMP_CODE; field++) {
    if (!fw_takes_part(search, field)) continue;
    row = search->row[field];
    if (row == only) continue;
    if (row & FW_LEAF_RULE) return 0;
    if (!(fw_block_word(image, row, block, bit >> 6) & rest.matching)) return 0;
  }
  rest.base = (block * image.header->block_words + (bit >> 6)) * 64;
  fw_take_rule(image, &rest);
  return rest.flags;
}

/* For a packet that has `present`, which the compiler knows: no field is asked whether it is there, and rows that say
 * nothing about this kind of packet are left out. */
static __always_inline bool fw_looks_at(__u32 used, __u32 present, int field) {
  return present & FW_BIT(field) && used & FW_BIT(field);
}

static __always_inline __u32 fw_ether_type_row(struct fw_image image, __u32 present) {
  return present & FW_BIT(FW_IP_SADDR) ? image.header->ipv4_row : image.header->ipv6_row;
}

/* A frame that fw_is_plain_ipv4() takes, through up to 64 rules. Each field is loaded where it is looked up, if it is:
 * together they would be kept on the stack. */
static __always_inline __u32 fw_classify_ipv4_word(struct fw_image image, __u32 generation, const void* data) {
  __u32 used = image.header->used_fields;
  __u64 bits = fw_row_word(image, image.header->ipv4_row, 0);
  __u32 action, from = 0;

#pragma unroll
  for (int field = FW_IP_SADDR; field < FW_ICMP_CODE; field++) {
    struct fw_packet packet;

    if (!fw_looks_at(used, FW_IPV4_FIELDS, field)) continue;
    fw_load_plain_ipv4(data, &packet);
    bits &= fw_row_word(image, fw_find_common(image, generation, field, &packet), 0);
  }
  action = fw_decide_word(image, generation, bits, 0, &from);
  return action ? action : image.header->default_action;
}

/* Whether a plain IPv4 packet is what a rule of FW_ACTION_EXACT asks for. */
static __always_inline bool fw_matches(const struct fw_action* rule, const struct fw_packet* packet) {
  return packet->ip_saddr - rule->saddr[0] <= rule->saddr[1] && packet->ip_daddr - rule->daddr[0] <= rule->daddr[1] &&
         (__u32)(packet->th_sport - rule->sport[0]) <= rule->sport[1] &&
         (__u32)(packet->th_dport - rule->dport[0]) <= rule->dport[1] &&
         (!(rule->flags & FW_ACTION_PROTOCOL) || packet->l4proto == rule->protocol);
}

/* A plain IPv4 packet with an address that only one rule accepts: FW_ACTION_* of what decides it. 0 when there is no
 * such address, or when the rule asks for more than its ranges. For policies of more than 64 rules. */
static __always_inline __u32 fw_classify_by_address(struct fw_image image, __u32 generation,
                                                    const struct fw_packet* packet) {
  const struct fw_action* rule;
  __u32 leaf, flags;

#pragma unroll
  for (int field = FW_IP_SADDR; field <= FW_IP_DADDR; field++) {
    leaf = fw_find_common(image, generation, field, packet);
    if (!(leaf & FW_LEAF_RULE)) continue;
    rule = fw_action_of(
        image, (leaf >> FW_LEAF_BLOCK_SHIFT & 63) * image.header->block_words * 64 + (leaf & FW_LEAF_BIT_MASK));
    if (!rule || !(rule->flags & FW_ACTION_EXACT)) continue;
    if (!fw_matches(rule, packet)) return image.header->default_action; /* no other rule can match */
    flags = rule->flags;
    if (flags & FW_ACTION_COUNTED) fw_count_hit(rule->rule);
    return flags & FW_ACTION_TERMINAL ? flags : image.header->default_action;
  }
  return 0;
}

/* A packet that has `present`, FW_IPV4_FIELDS or FW_IPV6_FIELDS. */
static __always_inline __u32 fw_classify_plain(struct fw_image image, __u32 generation, __u32 present,
                                               const struct fw_packet* packet) {
  __u32 used = image.header->used_fields;
  __u32 blocks = image.header->block_words;
  __u32 row, action, from = 0, only = 0;
  struct fw_search search;
  __u64 bits;

  if (blocks) __builtin_memset(&search, 0, sizeof(search));
  search.row[FW_ETHER_TYPE] = fw_ether_type_row(image, present);
  bits = fw_row_word(image, search.row[FW_ETHER_TYPE], 0);
#pragma unroll
  for (int field = FW_IP_SADDR; field < FW_ICMP_CODE; field++) {
    if (!fw_looks_at(used, present, field)) continue;
    row = fw_find_common(image, generation, field, packet);
    search.row[field] = row;
    bits &= fw_first_word(image, row);
    if (row & FW_LEAF_RULE) only = row;
  }
  if (!blocks) {
    action = fw_decide_word(image, generation, bits, 0, &from);
    return action ? action : image.header->default_action;
  }
  if (!bits) return image.header->default_action;
  search.bits = bits;
  search.generation = generation;
  search.fields = used & present & ~FW_RARE_FIELDS;
  if (only) {
    action = fw_decide_only(&search, only);
  } else {
    action = fw_search_first_block(&search);
    if (!action) action = fw_search_blocks(&search, 0);
  }
  return action ? action : image.header->default_action;
}
