// SPDX-License-Identifier: BSD-2-Clause
/* Firewalls of somebody else's, right and wrong, for custom_test. Right is: IPv4 from 203.0.113.0/24 is dropped. */

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct { /* where redirects() sends frames; set by a `setup` command */
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} egress SEC(".maps");

static __always_inline int is_blocked(struct xdp_md* ctx) {
  void* end = (void*)(long)ctx->data_end;
  struct ethhdr* eth = (void*)(long)ctx->data;
  struct iphdr* ip = (void*)(eth + 1);

  return (void*)(ip + 1) <= end && eth->h_proto == bpf_htons(ETH_P_IP) &&
         (ip->saddr & bpf_htonl(0xffffff00)) == bpf_htonl(0xcb007100);
}

SEC("xdp")
int is_right(struct xdp_md* ctx) {
  return is_blocked(ctx) ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int passes_all(struct xdp_md* ctx __attribute__((unused))) {
  return XDP_PASS;
}

SEC("xdp")
int aborts(struct xdp_md* ctx) {
  return is_blocked(ctx) ? XDP_ABORTED : XDP_PASS;
}

SEC("xdp")
int redirects(struct xdp_md* ctx) {
  __u32 zero = 0;
  __u32* ifindex = bpf_map_lookup_elem(&egress, &zero);

  if (!ifindex || is_blocked(ctx)) return XDP_DROP;
  return (int)bpf_redirect(*ifindex, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
