// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A file that is in memory only: nothing is left behind, whatever the end.

#include <cstddef>
#include <span>
#include <string>

#include "core/result.h"
#include "core/unique_fd.h"

namespace fwbench {

/// A whole file in memory, to be opened by number or read from its beginning, here or by a child.
/// Errors: ErrorKind::environment.
[[nodiscard]] Result<UniqueFd> memory_file(const char* name, std::span<const std::byte> bytes);

/// All that is in it by now; "" for one that cannot be read.
[[nodiscard]] std::string read_memory_file(int fd);

}  // namespace fwbench
