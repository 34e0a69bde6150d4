// SPDX-License-Identifier: BSD-2-Clause
/* On d0, where a stack is to see every packet by itself: NAPI runs where there is a program, with or without GRO. */

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("xdp")
int let_through(struct xdp_md* ctx __attribute__((unused))) {
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
