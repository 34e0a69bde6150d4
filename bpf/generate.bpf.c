// SPDX-License-Identifier: BSD-2-Clause
/* The live TX engine: run by BPF_PROG_RUN with BPF_F_TEST_XDP_LIVE_FRAMES, once per frame. Each frame is written whole
 * from a table, since the page it gets still holds what the DUT left in it (net/bpf/test_run.c, xdp_test_run_batch). */

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/abi.h"
#include "bpf/probe_patch.h"

/* Set before load. */
const volatile __u32 frame_count;
const volatile __u32 probe_count;
const volatile __u32 has_bursts; /* some frames follow others: FW_SLOT_FOLLOWS */
/* Bytes of frame in a slot, 4 more than a multiple of 8: with its header a slot is a whole number of 64-bit words. */
const volatile __u32 frame_room;
/* Ascending, the first one 0. */
const volatile __u32 poisson_times[FW_POISSON_CYCLE];

/* Frames up to this are copied word by word in the program, longer ones by a helper: the call costs more than 16
 * stores. */
#define INLINE_ROOM 124

struct { /* struct frame_slot_header and frame_room bytes each; sized by the loader; mmapable: starts on a page */
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __uint(key_size, sizeof(__u32));
  __uint(value_size, 64);
} frames SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct probe_slot);
} probes SEC(".maps");

/* The devices that frames leave by, a second one only for turns: a map knows it already, bpf_redirect() would look its
 * number up for every frame. */
struct {
  __uint(type, BPF_MAP_TYPE_DEVMAP);
  __uint(max_entries, FW_LANES);
  __type(key, __u32);
  __type(value, __u32);
} egress SEC(".maps");

struct generator_state state; /* one call at a time, one CPU: no locking */
struct generator_turns turns;

/* Copies a slot of a size the verifier knows: the branches are gone from the loaded program. */
static __always_inline int copy_inline(void* data, const void* end, const __u8* bytes) {
  __u32 room = frame_room;
  if (data + room > end) return 0;
#pragma unroll
  for (__u32 i = 0; i < INLINE_ROOM / 8; i++) {
    if (room >= 8 * i + 8) ((__u64*)data)[i] = ((const __u64*)bytes)[i];
    if (room == 8 * i + 4) ((__u32*)data)[2 * i] = ((const __u32*)bytes)[2 * i];
  }
  if (room == INLINE_ROOM) ((__u32*)data)[INLINE_ROOM / 4 - 1] = ((const __u32*)bytes)[INLINE_ROOM / 4 - 1];
  return 1;
}

static __always_inline int resize(struct xdp_md* ctx, __u32 length) {
  int delta = (int)length - (int)(ctx->data_end - ctx->data);
  return delta == 0 || bpf_xdp_adjust_tail(ctx, delta) == 0;
}

static __always_inline int put_frame(struct xdp_md* ctx, __u32 index) {
  const struct frame_slot_header* slot = bpf_map_lookup_elem(&frames, &index);
  if (!slot) return 0;
  __u32 length = slot->length;
  const __u8* bytes = (const __u8*)(slot + 1);
  if (frame_room <= INLINE_ROOM) {
    return copy_inline((void*)(long)ctx->data, (const void*)(long)ctx->data_end, bytes) && resize(ctx, length);
  }
  if (length < 14 || length > frame_room) return 0;
  return resize(ctx, length) && bpf_xdp_store_bytes(ctx, 0, (void*)bytes, length) == 0;
}

/* 1 when the next load frame goes out with the one before it. */
static __always_inline __u64 next_follows(void) {
  __u32 index = (__u32)state.cursor;
  const struct frame_slot_header* slot;
  if (!has_bursts || state.evenly) return 0;
  slot = bpf_map_lookup_elem(&frames, &index);
  return slot && (slot->flags & FW_SLOT_FOLLOWS);
}

/* Redirects the next load frame. */
static __always_inline int emit_load(struct xdp_md* ctx) {
  __u32 index = (__u32)state.cursor;
  if (!put_frame(ctx, index)) return XDP_ABORTED;
  state.cursor = index + 1 == frame_count ? 0 : index + 1;
  state.emitted++;
  return (int)bpf_redirect_map(&egress, 0, 0);
}

static __always_inline int emit_probe(struct xdp_md* ctx, __u64 due, __u64 now) {
  __u32 sequence = (__u32)state.probes;
  __u32 index = sequence % probe_count;
  struct probe_slot* slot = bpf_map_lookup_elem(&probes, &index);
  if (!slot) return XDP_ABORTED;
  __u32 length = slot->length;
  __u32 identity = slot->identity_offset;
  __u32 stamp = slot->stamp_offset;
  if (length < 14 || length > FW_PROBE_FRAME_MAX) return XDP_ABORTED;
  if (identity > FW_PROBE_FRAME_MAX - sizeof(struct frame_identity)) return XDP_ABORTED;
  if (stamp > FW_PROBE_FRAME_MAX - sizeof(struct probe_stamp)) return XDP_ABORTED;
  /* The template itself is patched: nobody else sends from it. */
  __be32 patched_index = fw_probe_index(sequence);
  struct probe_stamp patched_stamp = fw_make_probe_stamp(sequence, due, now);
  __builtin_memcpy(slot->bytes + identity + sizeof(__be32), &patched_index, sizeof(patched_index));
  __builtin_memcpy(slot->bytes + stamp, &patched_stamp, sizeof(patched_stamp));
  if (!resize(ctx, length) || bpf_xdp_store_bytes(ctx, 0, slot->bytes, length) != 0) return XDP_ABORTED;
  state.probes++;
  return (int)bpf_redirect_map(&egress, 0, 0);
}

SEC("xdp")
int generate_flood(struct xdp_md* ctx) {
  if (state.emitted >= state.limit) return XDP_DROP;
  return emit_load(ctx);
}

/* Each lane has the frames in order, whatever the other has. */
SEC("xdp")
int generate_turns(struct xdp_md* ctx) {
  __u64 lane = *(volatile __u64*)&turns.lane;
  __u32 index;
  if (lane >= FW_LANES) {
    turns.runs++;
    return XDP_DROP;
  }
  index = (__u32)turns.cursor[lane];
  if (!put_frame(ctx, index)) return XDP_ABORTED;
  turns.cursor[lane] = index + 1 == frame_count ? 0 : index + 1;
  turns.emitted[lane]++;
  return (int)bpf_redirect_map(&egress, lane, 0);
}

static __always_inline __u64 load_due(__u64 burst) {
  __u64 gaps_q16 = burst * state.gap_q16;
  if (state.poisson) {
    gaps_q16 = burst / FW_POISSON_CYCLE * FW_POISSON_CYCLE * state.gap_q16;
    gaps_q16 += (poisson_times[burst % FW_POISSON_CYCLE] * state.gap_q16) >> FW_POISSON_SHIFT;
  }
  return state.start_ns + (gaps_q16 >> 16);
}

/* Called over and over; emits when something is due. Both schedules are absolute: a late frame delays no other. */
SEC("xdp")
int generate_paced(struct xdp_md* ctx) {
  __u64 now = bpf_ktime_get_ns();
  if (now < state.start_ns) return XDP_DROP;
  if (state.probe_gap_ns && state.probes < state.probe_limit) {
    __u64 due = state.start_ns + state.probes * state.probe_gap_ns;
    if (now >= due) return emit_probe(ctx, due, now);
  }
  if (state.gap_q16 && state.emitted < state.limit) {
    __u64 follows = next_follows();
    __u64 due = load_due(state.bursts - follows);
    if (now >= due) {
      if (now - due > state.late_max_ns) state.late_max_ns = now - due;
      state.bursts += 1 - follows;
      return emit_load(ctx);
    }
  }
  return XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
