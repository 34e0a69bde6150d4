/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/* Frame -> action, for any program that decides frames: parse, then classify. */

#include "bpf/classify.h"
#include "bpf/parse.h"

/* Nothing is known of the packet yet, to the verifier either: else it would tell apart which of its bytes are still
 * zero, and go on once for each of the ways through the parser. */
__noinline int fw_clear(struct fw_packet* packet) {
  if (packet) packet->present = 0;
  return 0;
}

/* The rows of any frame; false for one to be dropped whatever the rules say. Its packet is off the stack when the rules
 * are gone through. */
static __noinline bool fw_look_up(const void* data, const void* data_end, struct fw_search* search,
                                  struct fw_rare_rows* rare) {
  struct fw_packet packet = {};

  fw_clear(&packet);
  if (!fw_parse(data, data_end, rare->taken_tag, &packet)) return false;
  if (search->fields & FW_RARE_FIELDS) {
    fw_parse_rare(data, data_end, rare->taken_tag, &packet);
    fw_add_rare_rows(&packet, search, rare);
  }
  fw_add_rows(&packet, search);
  return true;
}

/* Off the straight lines: options, extension headers, fragments, VLAN tags, what is malformed; policies with rules that
 * look at rare fields. */
static __noinline __u32 fw_decide_any(const void* data, const void* data_end, __u32 taken_tag, __u32 generation) {
  struct fw_search search = {.generation = generation, .bits = ~0ull};
  struct fw_image image = fw_image_of(generation);
  struct fw_rare_rows rare = {.taken_tag = taken_tag};

  if (!image.header) return 0;
  search.fields = image.header->used_fields;
  if (!fw_look_up(data, data_end, &search, &rare)) return FW_ACTION_TERMINAL | FW_ACTION_DROP;
  return fw_search_all(&search, &rare);
}

/* Up to 64 rules: what most packets of most policies are. 0 when the frame is not plain IPv4. */
static __always_inline __u32 fw_decide_ipv4_word(struct fw_image image, const void* data, const void* data_end,
                                                 __u32 generation) {
  if (!fw_is_plain_ipv4(data, data_end)) return 0;
  return fw_classify_ipv4_word(image, generation, data);
}

/* More than 64 rules; 0 when no address leads to the one rule that can match. */
static __noinline __u32 fw_decide_by_address(const void* data, const void* data_end, __u32 generation) {
  struct fw_image image = fw_image_of(generation);
  struct fw_packet packet;

  if (!image.header || !fw_parse_plain_ipv4(data, data_end, &packet)) return 0;
  return fw_classify_by_address(image, generation, &packet);
}

/* More than 64 rules; 0 when the frame is not plain IPv4. Functions of their own: neither's stack is under what the
 * other calls. */
static __noinline __u32 fw_decide_ipv4(const void* data, const void* data_end, __u32 generation) {
  struct fw_image image = fw_image_of(generation);
  struct fw_packet packet;

  if (!image.header || !fw_parse_plain_ipv4(data, data_end, &packet)) return 0;
  return fw_classify_plain(image, generation, FW_IPV4_FIELDS, &packet);
}

static __noinline __u32 fw_decide_ipv6(const void* data, const void* data_end, __u32 generation) {
  struct fw_image image = fw_image_of(generation);
  struct fw_packet packet;

  if (!image.header || !fw_parse_plain_ipv6(data, data_end, &packet)) return 0;
  return fw_classify_plain(image, generation, FW_IPV6_FIELDS, &packet);
}

/* FW_ACTION_* of the deciding rule or of the chain's policy; 0 when there is no policy.
 * `taken_tag`: the FW_TAG() that the kernel took out of the frame, 0 for none. A frame without its tag goes the
 * straight line: what sees a tag are rare fields. */
static __always_inline __u32 fw_decide(const void* data, const void* data_end, __u32 taken_tag) {
  __u32 generation = active_generation; /* read once: a packet is judged by one policy */
  struct fw_image image = fw_image_of(generation);
  __u32 action = 0;

  if (!image.header) return 0;
  if (!(image.header->used_fields & FW_RARE_FIELDS)) {
    if (image.header->block_words) {
      action = fw_decide_by_address(data, data_end, generation);
      if (!action) action = fw_decide_ipv4(data, data_end, generation);
    } else {
      action = fw_decide_ipv4_word(image, data, data_end, generation);
    }
    if (!action) action = fw_decide_ipv6(data, data_end, generation);
  }
  return action ? action : fw_decide_any(data, data_end, taken_tag, generation);
}
