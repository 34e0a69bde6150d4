/* SPDX-License-Identifier: BSD-2-Clause */
/* The firewall, one core at two hooks, XDP and tc ingress: what passes leaves by egress_ifindex, what is dropped ends
 * here, each counted once. */

#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_helpers.h>

#include "bpf/abi.h"
#include "bpf/firewall_core.h"

/* Where permitted frames go; 0: up this host's own stack. */
const volatile __u32 egress_ifindex = 0;

/* Deliberate faults, off at 0: every Nth frame is judged the other way, counted over all that the policy judges so.
 * They prove that the judge catches a broken firewall. Exact on one CPU only, which is where the lab runs them. */
const volatile __u32 fault_pass_every = 0; /* of the frames to be dropped */
const volatile __u32 fault_drop_every = 0; /* of the frames to be passed */
const volatile __u32 fault_flip_every = 0; /* of all frames */
__u64 fault_judged = 0;

/* Turns of an empty loop before each frame is looked at: a slower firewall with the same verdicts. At 0 the verifier
 * takes the loop out. */
const volatile __u32 fault_delay = 0;

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct dut_counters);
} counters SEC(".maps");

enum fw_end { FW_ABORT, FW_DROP, FW_PASS };

static __always_inline bool is_faulty(__u32 every) {
  return every && ++fault_judged % every == 0;
}

/* The one exit. `action` 0: there was nothing to decide by. */
static __always_inline enum fw_end finish(__u32 action) {
  __u32 zero = 0;
  struct dut_counters* count = bpf_map_lookup_elem(&counters, &zero);

  if (!count) return FW_ABORT;
  count->seen++;
  if (!action) {
    count->aborted++;
    return FW_ABORT;
  }
  if (action & FW_ACTION_DROP) {
    count->dropped++;
    return FW_DROP;
  }
  count->passed++;
  return FW_PASS;
}

/* A turn is an addition and a jump. */
static __always_inline void spend_time(void) {
  for (__u32 turn = 0; turn < fault_delay; turn++) asm volatile("");
}

static __always_inline enum fw_end judge_frame(const void* data, const void* data_end, __u32 taken_tag) {
  spend_time();
  __u32 action = fw_decide(data, data_end, taken_tag);

  if (fault_pass_every && action & FW_ACTION_DROP && is_faulty(fault_pass_every)) action = FW_ACTION_TERMINAL;
  if (fault_drop_every && action && !(action & FW_ACTION_DROP) && is_faulty(fault_drop_every)) action = FW_ACTION_DROP;
  if (fault_flip_every && action && is_faulty(fault_flip_every)) action ^= FW_ACTION_DROP;
  return finish(action);
}

static __always_inline int judge(const struct xdp_md* ctx) {
  switch (judge_frame((const void*)(long)ctx->data, (const void*)(long)ctx->data_end, 0)) {
    case FW_DROP:
      return XDP_DROP;
    case FW_PASS:
      return egress_ifindex ? (int)bpf_redirect(egress_ifindex, 0) : XDP_PASS;
    default:
      return XDP_ABORTED;
  }
}

SEC("xdp")
int firewall(struct xdp_md* ctx) {
  return judge(ctx);
}

/* The same at tc ingress. Until here the kernel has taken the outer VLAN tag out of the frame (skb_vlan_untag() in
 * net/core/dev.c), and a frame need not lie in one piece. The tag goes back in front of the frame when it leaves by a
 * device that does not insert tags by itself (validate_xmit_vlan()). */
SEC("tc")
int firewall_tc(struct __sk_buff* skb) {
  const void* data = (const void*)(long)skb->data;
  __u32 taken_tag;

  if (data + skb->len > (const void*)(long)skb->data_end && bpf_skb_pull_data(skb, skb->len) != 0) {
    finish(0);
    return TC_ACT_SHOT;
  }
  /* No branch: the verifier would go on once with a tag and once without. */
  taken_tag = FW_TAG(bpf_ntohs(skb->vlan_proto), skb->vlan_tci) & -skb->vlan_present;
  if (judge_frame((const void*)(long)skb->data, (const void*)(long)skb->data_end, taken_tag) != FW_PASS)
    return TC_ACT_SHOT;
  return egress_ifindex ? (int)bpf_redirect(egress_ifindex, 0) : TC_ACT_OK;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
