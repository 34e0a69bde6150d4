// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The part of the key table that is about rate searches, in [trial]. Internal to the scenario module; see keys.h.

#include <span>

#include "scenario/keys.h"

namespace fwbench {

[[nodiscard]] std::span<const Key> search_keys();

}  // namespace fwbench
