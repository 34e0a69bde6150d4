// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The part of the key table that is about [class.NAME]. Internal to the scenario module; see keys.h.

#include <span>
#include <string_view>

#include "scenario/keys.h"

namespace fwbench {

inline constexpr std::string_view kIpVersions[] = {"4", "6"};               ///< enum IpVersion
inline constexpr std::string_view kExpects[] = {"policy", "pass", "drop"};  ///< enum UserDutExpect, ClassExpect

[[nodiscard]] std::span<const Key> class_keys();

}  // namespace fwbench
