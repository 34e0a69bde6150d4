// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Makes a policy and a packet as small as they can be while something still holds (Zeller, Hildebrandt: "Simplifying
/// and isolating failure-inducing input", 2002).

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace fwbench::verify {

struct Case {
  std::string policy;  ///< nft text
  std::vector<std::byte> frame;
};

/// Asked about texts that need not parse; says false then.
using StillWrong = std::function<bool(const std::string& policy, std::span<const std::byte> frame)>;

/// Returns the smallest case found within the time, for which `still_wrong` holds as it does for `start`.
[[nodiscard]] Case shrink(Case start, const StillWrong& still_wrong, std::chrono::milliseconds limit);

}  // namespace fwbench::verify
