// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/engines/tx_engine.h"

#include "traffic/engines/live_engine.h"
#include "traffic/engines/packet_engine.h"

namespace fwbench {

Result<std::unique_ptr<TxEngineBase>> open_tx_engine(const TxEngineConfig& config) {
  switch (config.kind) {
    case TxEngine::live:
      return open_live_engine(config);
    case TxEngine::packet:
      return open_packet_engine(config);
  }
  return fail(ErrorKind::internal, "unknown TX engine");
}

}  // namespace fwbench
