/* SPDX-License-Identifier: BSD-2-Clause */
/* In front of the AF_XDP firewall: every frame goes to the socket bound to its receive queue, unread and undecided.
 * Also serves as a counting drop program where no socket is inserted. */

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bpf/abi.h"

/* By this name DPDK's af_xdp driver looks for it (devarg xdp_prog). More queues than any veth of the lab has. */
#define STEER_MAX_QUEUES 64

struct {
  __uint(type, BPF_MAP_TYPE_XSKMAP);
  __uint(max_entries, STEER_MAX_QUEUES);
  __type(key, __u32);
  __type(value, __u32);
} xsks_map SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct steer_counters);
} counters SEC(".maps");

SEC("xdp")
int steer(struct xdp_md* ctx) {
  __u32 zero = 0;
  struct steer_counters* count = bpf_map_lookup_elem(&counters, &zero);
  /* The helper looks the socket up and gives the fallback action back when there is none. */
  long action = bpf_redirect_map(&xsks_map, ctx->rx_queue_index, XDP_DROP);

  if (!count) /* cannot be: the map has this entry; the verifier does not know */
    return XDP_ABORTED;
  count->seen++;
  if (action != XDP_REDIRECT) count->no_socket++;
  return (int)action;
}

char _license[] SEC("license") = "Dual BSD/GPL";
