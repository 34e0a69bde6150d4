// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The one link that the doctor's attempts need. The lab has its own, richer code: the doctor must work when the lab
/// cannot.

#include "core/result.h"

namespace fwbench {

inline constexpr const char* kSenderLink = "g0";
inline constexpr const char* kReceiverLink = "d0";

struct VethPair {
  int sender = 0;    ///< interface index of kSenderLink
  int receiver = 0;  ///< interface index of kReceiverLink
};

/// Makes the pair in the current network namespace, both ends up. It goes with the namespace.
[[nodiscard]] Result<VethPair> make_veth_pair();

}  // namespace fwbench
