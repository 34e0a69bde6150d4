/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/* Frame -> action, for any program that decides frames: parse, then classify. */

#include "bpf/classify.h"
#include "bpf/parse.h"

/* Off the straight lines: options, extension headers, fragments, VLAN tags, what is malformed; policies of many rules.
 */
static __noinline __u32 fw_decide_any(const void* data, const void* data_end) {
  struct fw_packet packet = {};

  fw_parse(data, data_end, &packet);
  return fw_classify(&packet);
}

/* 0 when the frame is not plain IPv6. A function of its own, so that IPv4 has the registers to itself. */
static __noinline __u32 fw_decide_ipv6(const struct fw_image_header* header, const void* data, const void* data_end) {
  struct fw_packet packet;

  if (!fw_parse_plain_ipv6(data, data_end, &packet)) return 0;
  return fw_classify_plain(header, FW_IPV6_FIELDS, &packet);
}

/* FW_ACTION_* of the deciding rule or of the chain's policy; 0 when there is no policy. */
static __always_inline __u32 fw_decide(const void* data, const void* data_end) {
  const struct fw_image_header* header = fw_active_image();
  struct fw_packet packet;
  __u32 action = 0;

  if (!header) return 0;
  if (header->row_words == 1) {
    if (fw_parse_plain_ipv4(data, data_end, &packet)) return fw_classify_plain(header, FW_IPV4_FIELDS, &packet);
    action = fw_decide_ipv6(header, data, data_end);
  }
  return action ? action : fw_decide_any(data, data_end);
}
