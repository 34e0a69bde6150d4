// SPDX-License-Identifier: BSD-2-Clause
/* Programs that decide nothing. At XDP the null devices: what the instrument itself costs, through the same interface
 * as any DUT. At tc ingress what stands behind a DUT that leaves its frames to the stack: it ends them there, or sends
 * them on to the far end. */

#include <linux/bpf.h>
#include <linux/pkt_cls.h>

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

/* Behind a tap, which has had its copy by now (__netif_receive_skb_core() in net/core/dev.c). */
SEC("tc")
int tc_drop(struct __sk_buff* skb __attribute__((unused))) {
  __u32 zero = 0;
  struct dut_counters* c = bpf_map_lookup_elem(&counters, &zero);
  if (!c) return TC_ACT_SHOT;
  c->seen++;
  c->dropped++;
  return TC_ACT_SHOT;
}

/* Behind an XDP program that lets frames pass with XDP_PASS. */
SEC("tc")
int tc_pass(struct __sk_buff* skb __attribute__((unused))) {
  __u32 zero = 0;
  struct dut_counters* c = bpf_map_lookup_elem(&counters, &zero);
  if (!c) return TC_ACT_SHOT;
  c->seen++;
  c->passed++;
  return (int)bpf_redirect(egress_ifindex, 0);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
