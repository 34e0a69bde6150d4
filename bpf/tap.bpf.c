// SPDX-License-Identifier: BSD-2-Clause
/* Behind a firewall of the user's own: sends on to the far end what it handed to the host (XDP_PASS), and counts what
 * it aborted. */

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bpf/tap.h"

/* Set before load. */
const volatile __u32 egress_ifindex;
const volatile __u32 watched_ifindex;
const volatile __u32 watched_netns; /* inode of the network namespace: link numbers repeat in others */

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct tap_counters);
} counters SEC(".maps");

/* The part of the kernel's structures that is looked at; libbpf finds the offsets (CO-RE). */
struct ns_common {
  unsigned int inum;
} __attribute__((preserve_access_index));
struct net {
  struct ns_common ns;
} __attribute__((preserve_access_index));
typedef struct {
  struct net* net;
} __attribute__((preserve_access_index)) possible_net_t;
struct net_device {
  int ifindex;
  possible_net_t nd_net;
} __attribute__((preserve_access_index));

SEC("tc")
int tap(struct __sk_buff* skb __attribute__((unused))) {
  __u32 zero = 0;
  struct tap_counters* c = bpf_map_lookup_elem(&counters, &zero);

  if (c) c->passed++;
  return (int)bpf_redirect(egress_ifindex, 0);
}

/* For XDP_ABORTED, for a value that is no action, and for an XDP_TX that failed, which is none of the program's doing
 * (include/trace/events/xdp.h; drivers/net/veth.c; bpf_prog_run_generic_xdp() in net/core/dev.c). */
SEC("tp_btf/xdp_exception")
int exception(__u64* arguments) { /* device, program, action */
  const struct net_device* dev = (const struct net_device*)arguments[0];
  __u32 action = (__u32)arguments[2];
  __u32 zero = 0;
  struct tap_counters* c = bpf_map_lookup_elem(&counters, &zero);

  if (!c || dev->ifindex != (int)watched_ifindex || dev->nd_net.net->ns.inum != watched_netns) return 0;
  if (action == XDP_ABORTED || action > XDP_REDIRECT) c->aborted++;
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
