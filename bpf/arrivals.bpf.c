// SPDX-License-Identifier: BSD-2-Clause
/* The far end of a replay: keeps every frame that arrives, whole and in order, and drops it. */

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bpf/replay.h"

struct { /* sized by the loader */
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __uint(key_size, sizeof(__u32));
  __uint(value_size, FW_CHUNK_BYTES);
} chunks SEC(".maps");

struct { /* by order of arrival; sized by the loader */
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct arrival_entry);
} entries SEC(".maps");

/* s0 has one receive queue, so one NAPI instance runs this at a time: plain memory that user space maps will do. */
struct arrivals_state state;

SEC("xdp")
int keep(struct xdp_md* ctx) {
  __u32 length = (__u32)(ctx->data_end - ctx->data);
  __u32 index = (__u32)state.stored;
  __u32 chunk = state.chunk;
  __u32 offset = state.offset;
  struct arrival_entry* entry;
  __u8* bytes;

  if (length < 14 || length > FW_MAX_FRAME) {
    state.unstored++;
    return XDP_DROP;
  }
  if (offset > FW_CHUNK_BYTES - FW_MAX_FRAME) {
    chunk++;
    offset = 0;
  }
  entry = bpf_map_lookup_elem(&entries, &index);
  bytes = bpf_map_lookup_elem(&chunks, &chunk);
  if (!entry || !bytes) {
    state.full++;
    return XDP_DROP;
  }
  if (bpf_xdp_load_bytes(ctx, 0, bytes + offset, length) != 0) {
    state.unstored++;
    return XDP_DROP;
  }
  entry->chunk = chunk;
  entry->offset = offset;
  entry->length = length;
  state.chunk = chunk;
  state.offset = offset + ((length + 7) & ~7u);
  state.stored++;
  return XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
