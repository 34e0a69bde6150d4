// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A file that is in memory only: nothing is left behind, whatever the end.

#include <cstddef>
#include <span>

#include "core/result.h"
#include "core/unique_fd.h"

namespace fwbench {

/// A whole file in memory, to be opened by number, here or by a child. Errors: ErrorKind::environment.
[[nodiscard]] Result<UniqueFd> memory_file(const char* name, std::span<const std::byte> bytes);

}  // namespace fwbench
