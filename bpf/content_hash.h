/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/* Which packet a frame of a capture is, by its own bytes: the same in the sink and in user space. Legal C and C++. The
 * length and the first FW_HASHED_BYTES go in: headers, and enough behind them. Mixed word by word as splitmix64 does
 * (Steele, Lea, Flood 2014). */

#include <linux/types.h>

#define FW_HASHED_BYTES 128

static inline __attribute__((always_inline)) __u64 fw_mix(__u64 hash, __u64 word) {
  hash = (hash ^ word) * 0xbf58476d1ce4e5b9ULL;
  return hash ^ (hash >> 29);
}

static inline __attribute__((always_inline)) __u64 fw_content_hash(const __u8* at, const __u8* end) {
  __u64 length = end - at;
  __u64 hash = 0x9e3779b97f4a7c15ULL + length;
  __u64 tail = 0;

  for (int i = 0; i < FW_HASHED_BYTES / 8; i++) {
    __u64 word;
    if (at + 8 > end) break;
    __builtin_memcpy(&word, at, 8);
    hash = fw_mix(hash, word);
    at += 8;
  }
  for (int i = 0; i < 7; i++) { /* what is left of less than a word; of a longer frame, some bytes more */
    if (at + 1 > end) break;
    tail = tail << 8 | *at;
    at += 1;
  }
  return fw_mix(hash, tail);
}
