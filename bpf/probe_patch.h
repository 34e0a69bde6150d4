/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/* What a probe's sender writes into a template, for the BPF generator and for C++ alike.
 *
 * A template is a whole frame with identity.index = FW_PROBE_BIT | 0 and a stamp of zeros; its transport checksum is
 * valid. Sending changes the index, the two times and checksum_fix, all of them whole 16-bit words of the checksummed
 * data (both offsets are even from the transport header on). The checksum stays valid if the one's complement sum over
 * the changed words stays what it was (RFC 1071):
 *
 *     sum(index) + sum(scheduled_ns) + sum(sent_ns) + checksum_fix  =  sum(template's index)      (mod 2^16 - 1)
 *
 * so checksum_fix = sum(template's index) + ~(the rest, folded). The sum of words does not depend on the order of bytes
 * in a word as long as all are read the same way (RFC 1071 section 2): these are read as this machine has them in
 * memory. */

#include "bpf/abi.h"

#define FW_PROBE_INLINE static inline __attribute__((always_inline))

/* As it stands in memory: network order. */
FW_PROBE_INLINE __be32 fw_probe_index(__u32 sequence) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  return __builtin_bswap32(FW_PROBE_BIT | sequence);
#else
  return FW_PROBE_BIT | sequence;
#endif
}

FW_PROBE_INLINE __u64 fw_probe_word_sum(__u64 value) {
  return (value & 0xffff) + ((value >> 16) & 0xffff) + ((value >> 32) & 0xffff) + (value >> 48);
}

/* Two steps fold any sum of less than 2^16 words. */
FW_PROBE_INLINE __u64 fw_probe_fold(__u64 sum) {
  sum = (sum & 0xffff) + (sum >> 16);
  return (sum & 0xffff) + (sum >> 16);
}

/* The stamp of a probe that is sent with index fw_probe_index(sequence). */
FW_PROBE_INLINE struct probe_stamp fw_make_probe_stamp(__u32 sequence, __u64 scheduled_ns, __u64 sent_ns) {
  __u64 changed = fw_probe_fold(fw_probe_word_sum(fw_probe_index(sequence)) + fw_probe_word_sum(scheduled_ns) +
                                fw_probe_word_sum(sent_ns));
  __u64 fix = fw_probe_fold(fw_probe_word_sum(fw_probe_index(0)) + (changed ^ 0xffff));
  struct probe_stamp stamp = {scheduled_ns, sent_ns, 0, {0, 0, 0}};

  stamp.checksum_fix = fix & 0xffff;
  return stamp;
}
