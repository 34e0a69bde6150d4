/* SPDX-License-Identifier: BSD-2-Clause */
/* For harness/engine/engine_bench.cpp only: the firewall as it is, under another source address every run. */

#include "bpf/firewall.bpf.c"

__u64 bench_random = 88172645463325252ull;

/* Marsaglia's xorshift64 into the source address of an untagged IPv4 frame. */
static __always_inline bool randomize(struct xdp_md* ctx) {
  __u8* data = (__u8*)(long)ctx->data;
  __u64 random = bench_random;

  if (data + ETH_HLEN + FW_IPV4_LENGTH > (__u8*)(long)ctx->data_end) return false;
  random ^= random << 13;
  random ^= random >> 7;
  random ^= random << 17;
  bench_random = random;
  *(__u32*)(data + ETH_HLEN + 12) = (__u32)random;
  return true;
}

/* What a run costs without any of our code. */
SEC("xdp")
int empty(struct xdp_md* ctx) {
  (void)ctx;
  return XDP_DROP;
}

/* What the other address costs. */
SEC("xdp")
int empty_randomized(struct xdp_md* ctx) {
  return randomize(ctx) ? XDP_DROP : XDP_ABORTED;
}

SEC("xdp")
int firewall_randomized(struct xdp_md* ctx) {
  return randomize(ctx) ? judge(ctx) : XDP_ABORTED;
}
