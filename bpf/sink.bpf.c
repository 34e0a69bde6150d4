// SPDX-License-Identifier: BSD-2-Clause
/* The far end: counts what arrives, per frame index and per probe, and drops it. */

#include "bpf/content_hash.h"
#include "bpf/identity.h"

/* Set before load. */
const volatile __u32 run_id;
const volatile __u32 stamp_distance; /* from the identity to the stamp, in all probes of this run */

/* s0 has one receive queue, so one NAPI instance runs this at a time: plain memory that user space maps will do. */
struct sink_counters counters;

struct { /* arrivals of each frame index; sized by the loader */
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} arrivals SEC(".maps");

struct { /* by probe sequence number; sized by the loader */
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct probe_arrival);
} probe_arrivals SEC(".maps");

struct { /* the first frame index of each content; sized by the loader */
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1);
  __type(key, __u64);
  __type(value, __u32);
} contents SEC(".maps");

__u32 newest_probe; /* sequence + 1 */

static __always_inline void take_probe(const struct probe_stamp* stamp, __u32 sequence) {
  __u64 now = bpf_ktime_get_ns();
  struct probe_arrival* arrival = bpf_map_lookup_elem(&probe_arrivals, &sequence);
  if (!arrival) {
    counters.foreign++;
    return;
  }
  counters.probes++;
  if (arrival->arrivals++ == 0) {
    arrival->delay_ns = now - stamp->scheduled_ns;
    arrival->lateness_ns = (__u32)(stamp->sent_ns - stamp->scheduled_ns);
  }
  if (sequence + 1 < newest_probe)
    counters.reordered++;
  else
    newest_probe = sequence + 1;
}

static __always_inline int take_frame(__u32 index) {
  __u64* count = bpf_map_lookup_elem(&arrivals, &index);
  if (!count) {
    counters.foreign++;
    return XDP_DROP;
  }
  ++*count;
  counters.frames++;
  return XDP_DROP;
}

SEC("xdp")
int sink(struct xdp_md* ctx) {
  const void* data = (const void*)(long)ctx->data;
  const void* end = (const void*)(long)ctx->data_end;
  __s64 in_mac = identity_in_mac(data, end, run_id);
  if (in_mac >= 0) return take_frame((__u32)in_mac);
  __u32 offset = identity_offset(data, end);
  const struct frame_identity* id = data + offset;
  if (offset == 0 || offset > FW_MAX_FRAME || (const void*)(id + 1) > end || id->run_id != bpf_htonl(run_id)) {
    counters.foreign++;
    return XDP_DROP;
  }
  __u32 index = bpf_ntohl(id->index);
  if (index & FW_PROBE_BIT) {
    const struct probe_stamp* stamp = (const void*)id + stamp_distance;
    if ((const void*)(stamp + 1) > end)
      counters.foreign++;
    else
      take_probe(stamp, index & ~FW_PROBE_BIT);
    return XDP_DROP;
  }
  return take_frame(index);
}

/* For frames of a capture, which are known by their own bytes; probes have an identity all the same. */
SEC("xdp")
int sink_of_contents(struct xdp_md* ctx) {
  const void* data = (const void*)(long)ctx->data;
  const void* end = (const void*)(long)ctx->data_end;
  __u32 offset = identity_offset(data, end);
  const struct frame_identity* id = data + offset;
  __u64 hash;
  const __u32* index;

  if (offset != 0 && offset <= FW_MAX_FRAME && (const void*)(id + 1) <= end && id->run_id == bpf_htonl(run_id) &&
      (id->index & bpf_htonl(FW_PROBE_BIT))) {
    const struct probe_stamp* stamp = (const void*)id + stamp_distance;
    if ((const void*)(stamp + 1) <= end) {
      take_probe(stamp, bpf_ntohl(id->index) & ~FW_PROBE_BIT);
      return XDP_DROP;
    }
  }
  hash = fw_content_hash(data, end);
  index = bpf_map_lookup_elem(&contents, &hash);
  if (!index) {
    counters.foreign++;
    return XDP_DROP;
  }
  return take_frame(*index);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
