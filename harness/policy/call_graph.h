// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Which chain calls which, by jump, goto or a verdict map.

#include <cstdint>
#include <vector>

#include "policy/policy.h"
#include "policy/source.h"

namespace fwbench {

struct ChainCall {
  uint32_t from = 0;  ///< index into Policy::chains
  uint32_t to = 0;
  SourcePos pos;  ///< of the name
};

/// Reports loops and calls that are too deep (nft_chain_validate in net/netfilter/nf_tables_api.c), and warns of chains
/// that nobody reaches.
void check_calls(Source& source, const Policy& policy, const std::vector<ChainCall>& calls);

}  // namespace fwbench
