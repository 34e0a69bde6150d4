// SPDX-License-Identifier: BSD-2-Clause
/* The live TX engine for a capture: run as bpf/generate.bpf.c is, but frames are of any size, go out in their order,
 * and have a time each. */

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bpf/replay.h"

/* Looks at the clock in one run: a run costs ten times a look, and a look is as exact as we can be. At most 10 us, so
 * that a signal is soon seen. */
#define CLOCK_LOOKS 256

struct { /* sized by the loader */
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __uint(key_size, sizeof(__u32));
  __uint(value_size, FW_CHUNK_BYTES);
} chunks SEC(".maps");

struct { /* sized by the loader */
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct replay_entry);
} entries SEC(".maps");

struct { /* sent less due of each emitted frame, in ns; sized by the loader */
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} errors SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_DEVMAP);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} egress SEC(".maps");

struct replay_state state; /* one call at a time, one CPU: no locking */

static __always_inline int emit(struct xdp_md* ctx, const struct replay_entry* entry) {
  __u32 chunk = entry->chunk;
  __u32 offset = entry->offset;
  __u32 length = entry->length;
  __u8* bytes = bpf_map_lookup_elem(&chunks, &chunk);
  int delta;

  if (!bytes || offset > FW_CHUNK_BYTES - FW_MAX_FRAME) return XDP_ABORTED;
  if (length < 14 || length > FW_MAX_FRAME) return XDP_ABORTED;
  delta = (int)length - (int)(ctx->data_end - ctx->data);
  if (delta != 0 && bpf_xdp_adjust_tail(ctx, delta) != 0) return XDP_ABORTED;
  if (bpf_xdp_store_bytes(ctx, 0, bytes + offset, length) != 0) return XDP_ABORTED;
  if (state.emitted == 0) state.first_ns = bpf_ktime_get_ns();
  state.emitted++;
  if (state.emitted == state.limit) state.last_ns = bpf_ktime_get_ns();
  return (int)bpf_redirect_map(&egress, 0, 0);
}

SEC("xdp")
int replay_flood(struct xdp_md* ctx) {
  __u32 index = (__u32)state.cursor;
  const struct replay_entry* entry = bpf_map_lookup_elem(&entries, &index);

  if (!entry || state.emitted >= state.limit) return XDP_DROP;
  state.cursor = index + 1 >= state.entries ? 0 : index + 1;
  return emit(ctx, entry);
}

static __always_inline void take_error(__u64 late) {
  __u32 index = (__u32)state.emitted;
  __u32* error = bpf_map_lookup_elem(&errors, &index);

  if (state.emitted == 0) state.first_error_ns = late;
  state.last_error_ns = late;
  if (error) *error = late > 0xffffffff ? 0xffffffff : (__u32)late;
}

/* The schedule is absolute: a late frame delays no other. */
SEC("xdp")
int replay_timed(struct xdp_md* ctx) {
  __u32 index = (__u32)state.cursor;
  const struct replay_entry* entry = bpf_map_lookup_elem(&entries, &index);
  __u64 due, now = 0;

  if (!entry || state.emitted >= state.limit) return XDP_DROP;
  due = state.pass_start_ns + entry->due_ns;
  for (int i = 0; i < CLOCK_LOOKS; i++) {
    now = bpf_ktime_get_ns();
    if (now >= due) break;
  }
  if (now < due) return XDP_DROP;
  take_error(now - due);
  state.cursor = index + 1;
  if (state.cursor >= state.entries) {
    state.cursor = 0;
    state.pass_start_ns += state.pass_ns;
  }
  return emit(ctx, entry);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
