/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/* Shared between bpf/replay.bpf.c, bpf/arrivals.bpf.c and C++, as bpf/abi.h is. */

#include "bpf/abi.h"

/* Frames stand one behind the other in chunks, the values of an array map; none lies in two of them. Half a page short
 * of kernel/bpf/arraymap.c's old limit for one value (KMALLOC_MAX_SIZE), far above a frame. */
#define FW_CHUNK_BYTES (1u << 20)

struct replay_entry {
  __u32 chunk;
  __u32 offset;
  __u32 length;
  __u32 reserved;
  __u64 due_ns; /* since the beginning of the pass */
};
FW_STATIC_ASSERT(sizeof(struct replay_entry) == 24, "replay_entry");

struct replay_state {
  /* set by user space before a call; CLOCK_MONOTONIC ns */
  __u64 start_ns;
  __u64 pass_ns;       /* from the beginning of a pass to that of the next */
  __u64 entries;       /* of a pass */
  __u64 limit;         /* stop emitting after this many */
  __u64 pass_start_ns; /* start_ns; moved on by the program, as all below */
  __u64 cursor;        /* next entry */
  __u64 emitted;
  __u64 first_ns; /* when the first and the last frame of `limit` went out */
  __u64 last_ns;
  __u64 first_error_ns; /* sent less due, of the first and the newest frame */
  __u64 last_error_ns;
};
FW_STATIC_ASSERT(sizeof(struct replay_state) == 88, "replay_state");

struct arrival_entry {
  __u32 chunk;
  __u32 offset;
  __u32 length;
  __u32 reserved;
};
FW_STATIC_ASSERT(sizeof(struct arrival_entry) == 16, "arrival_entry");

struct arrivals_state {
  __u64 stored;
  __u64 full;     /* arrived, and no room to store them */
  __u64 unstored; /* arrived, and cannot be read as one frame */
  __u32 chunk;    /* where the next one goes */
  __u32 offset;
};
FW_STATIC_ASSERT(sizeof(struct arrivals_state) == 32, "arrivals_state");
