/* SPDX-License-Identifier: BSD-2-Clause */
/* The XDP firewall: what passes leaves by egress_ifindex, what is dropped ends here, each counted once. */

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bpf/abi.h"
#include "bpf/firewall_core.h"

/* Where permitted frames go; 0: up this host's own stack. */
const volatile __u32 egress_ifindex = 0;

/* Deliberate faults, off at 0: every Nth frame is judged the other way, counted over all that the policy judges so.
 * They prove that the judge catches a broken firewall. Exact on one CPU only, which is where the lab runs them. */
const volatile __u32 fault_pass_every = 0; /* of the frames to be dropped */
const volatile __u32 fault_drop_every = 0; /* of the frames to be passed */
__u64 fault_judged = 0;

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct dut_counters);
} counters SEC(".maps");

static __always_inline bool is_faulty(__u32 every) {
  return every && ++fault_judged % every == 0;
}

/* The one exit. `action` 0: there was no policy to decide by. */
static __always_inline int finish(__u32 action) {
  __u32 zero = 0;
  struct dut_counters* count = bpf_map_lookup_elem(&counters, &zero);

  if (!count) return XDP_ABORTED;
  count->seen++;
  if (!action) {
    count->aborted++;
    return XDP_ABORTED;
  }
  if (action & FW_ACTION_DROP) {
    count->dropped++;
    return XDP_DROP;
  }
  count->passed++;
  return egress_ifindex ? bpf_redirect(egress_ifindex, 0) : XDP_PASS;
}

static __always_inline int judge(const struct xdp_md* ctx) {
  __u32 action = fw_decide((const void*)(long)ctx->data, (const void*)(long)ctx->data_end);

  if (fault_pass_every && action & FW_ACTION_DROP && is_faulty(fault_pass_every)) action = FW_ACTION_TERMINAL;
  if (fault_drop_every && action && !(action & FW_ACTION_DROP) && is_faulty(fault_drop_every)) action = FW_ACTION_DROP;
  return finish(action);
}

SEC("xdp")
int firewall(struct xdp_md* ctx) {
  return judge(ctx);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
