/* SPDX-License-Identifier: BSD-2-Clause */
/* For harness/engine/engine_bench.cpp only: the firewall as it is, under another source address every run. */

#include "bpf/firewall.bpf.c"

#define FW_BENCH_ADDRESSES 65536

__u64 bench_random = 88172645463325252ull;

/* Source addresses to draw from, in network byte order. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, FW_BENCH_ADDRESSES);
  __type(key, __u32);
  __type(value, __be32);
} bench_addresses SEC(".maps");

/* The kernel's own prefix table, to be compared with. */
struct lpm_key {
  __u32 length;
  __be32 address;
};
struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 200000);
  __type(key, struct lpm_key);
  __type(value, __u32);
} bench_lpm SEC(".maps");

/* A source address from the table into an untagged IPv4 frame; Marsaglia's xorshift64 chooses. */
static __always_inline bool randomize(struct xdp_md* ctx) {
  __u8* data = (__u8*)(long)ctx->data;
  __u64 random = bench_random;
  __be32* address;
  __u32 index;

  if (data + ETH_HLEN + FW_IPV4_LENGTH > (__u8*)(long)ctx->data_end) return false;
  random ^= random << 13;
  random ^= random >> 7;
  random ^= random << 17;
  bench_random = random;
  index = random % FW_BENCH_ADDRESSES;
  address = bpf_map_lookup_elem(&bench_addresses, &index);
  if (!address) return false;
  *(__be32*)(data + ETH_HLEN + 12) = *address;
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

/* Two reads of the frame and one lookup: what any firewall on an LPM trie pays at least. */
SEC("xdp")
int lpm_randomized(struct xdp_md* ctx) {
  const __u8* data = (const __u8*)(long)ctx->data;
  struct lpm_key key = {.length = 32};

  if (!randomize(ctx)) return XDP_ABORTED;
  data = (const __u8*)(long)ctx->data;
  if (data + ETH_HLEN + FW_IPV4_LENGTH > (const __u8*)(long)ctx->data_end) return XDP_ABORTED;
  key.address = *(const __be32*)(data + ETH_HLEN + 12);
  return bpf_map_lookup_elem(&bench_lpm, &key) ? XDP_DROP : XDP_PASS;
}
