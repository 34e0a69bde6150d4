// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// TX engine `packet`: an AF_PACKET socket with PACKET_QDISC_BYPASS. For kernels without live frames, and for driving
/// the skb path on purpose: with it, the kernel has built an skb before the DUT sees the frame, native XDP included.

#include "traffic/engines/tx_engine.h"

namespace fwbench {

[[nodiscard]] Result<std::unique_ptr<TxEngineBase>> open_packet_engine(const TxEngineConfig& config);

}  // namespace fwbench
