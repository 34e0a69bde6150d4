// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Programs that fwbench uses but does not contain.

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace fwbench {

/// The file that `name` runs: from $PATH, then the system folders that users' paths often lack.
[[nodiscard]] std::optional<std::string> find_tool(const std::string& name);

/// Runs it to its end with `input` as standard input and nothing on standard output.
/// Errors: ErrorKind::environment when it is missing, or ends with anything but 0; then with the first line it said.
[[nodiscard]] Result<void> run_tool(const std::string& name, const std::vector<std::string>& arguments,
                                    const std::string& input);

}  // namespace fwbench
