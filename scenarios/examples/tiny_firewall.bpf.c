// SPDX-License-Identifier: BSD-2-Clause
/* A firewall to try fwbench on: README, "Test your own firewall". It drops what comes from a blocked /24 and lets HTTPS
 * and DNS through to the host. -DBUG builds it with a mistake in it. */

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define BLOCKED 0xcb007100u /* 203.0.113.0/24 */
#ifdef BUG
#define MASK 0xfffffe00u /* one bit too wide: 203.0.112.0/23 */
#else
#define MASK 0xffffff00u
#endif

SEC("xdp")
int tiny_firewall(struct xdp_md* ctx) {
  void* end = (void*)(long)ctx->data_end;
  struct ethhdr* eth = (void*)(long)ctx->data;
  struct iphdr* ip = (void*)(eth + 1);

  if ((void*)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5) return XDP_DROP;
  if ((bpf_ntohl(ip->saddr) & MASK) == (BLOCKED & MASK)) return XDP_DROP;
  if (ip->protocol == IPPROTO_TCP) {
    struct tcphdr* tcp = (void*)(ip + 1);
    if ((void*)(tcp + 1) <= end && tcp->dest == bpf_htons(443)) return XDP_PASS;
  }
  if (ip->protocol == IPPROTO_UDP) {
    struct udphdr* udp = (void*)(ip + 1);
    if ((void*)(udp + 1) <= end && udp->dest == bpf_htons(53)) return XDP_PASS;
  }
  return XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
