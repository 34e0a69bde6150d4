// SPDX-License-Identifier: BSD-2-Clause
/* The null devices: what the instrument itself costs, through the same interface as any DUT. */

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bpf/abi.h"

const volatile __u32 egress_ifindex;

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct dut_counters);
} counters SEC(".maps");

SEC("xdp")
int null_drop(struct xdp_md* ctx __attribute__((unused))) {
  __u32 zero = 0;
  struct dut_counters* c = bpf_map_lookup_elem(&counters, &zero);
  if (!c) return XDP_ABORTED;
  c->seen++;
  c->dropped++;
  return XDP_DROP;
}

SEC("xdp")
int null_pass(struct xdp_md* ctx __attribute__((unused))) {
  __u32 zero = 0;
  struct dut_counters* c = bpf_map_lookup_elem(&counters, &zero);
  if (!c) return XDP_ABORTED;
  c->seen++;
  c->passed++;
  return (int)bpf_redirect(egress_ifindex, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
