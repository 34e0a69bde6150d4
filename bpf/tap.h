/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
/* Shared between bpf/tap.bpf.c and C++, as bpf/abi.h is. */

#include "bpf/abi.h"

/* Of a firewall of the user's own, counted around it; one per CPU. */
struct tap_counters {
  __u64 passed; /* what it handed to the host */
  __u64 aborted;
};
FW_STATIC_ASSERT(sizeof(struct tap_counters) == 16, "tap_counters");
