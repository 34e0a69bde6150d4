// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Whole files in and out.

#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"

namespace fwbench {

/// Reads at most `max_bytes`; a larger file, a folder or an unreadable file is ErrorKind::usage.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path, size_t max_bytes = size_t{64} << 20);

/// Writes and syncs a file without a name (O_TMPFILE, where the file system has it), then gives it this one: readers
/// see the old file or the new one whole, and a process that is killed while writing leaves nothing.
[[nodiscard]] Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content);

}  // namespace fwbench
