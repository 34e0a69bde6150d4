// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The counters of nftables rules, straight from the kernel: `nft list` 1.0.6 aborts at some concatenations, and takes
/// a process each time.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/result.h"

namespace fwbench::verify {

/// By chain, packets counted by the rules that have a `counter`, in their order.
using NftCounters = std::map<std::string, std::vector<uint64_t>, std::less<>>;

/// Of one table in the calling thread's network namespace. Empty when there is no such table.
[[nodiscard]] Result<NftCounters> read_nft_counters(const std::string& family, const std::string& table);

}  // namespace fwbench::verify
