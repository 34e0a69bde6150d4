// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// TX engine `live`: BPF_PROG_RUN with BPF_F_TEST_XDP_LIVE_FRAMES (Linux >= 5.18, net/bpf/test_run.c). The kernel runs
/// bpf/generate.bpf.c in a loop; each run writes one frame and redirects it to g0 as an xdp_frame, without an skb.

#include "traffic/engines/tx_engine.h"

namespace fwbench {

[[nodiscard]] Result<std::unique_ptr<TxEngineBase>> open_live_engine(const TxEngineConfig& config);

}  // namespace fwbench
