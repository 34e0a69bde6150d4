// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Programs that fwbench uses but does not contain: started directly, never through a shell.

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace fwbench {

/// The file that `name` runs: from $PATH, then the system folders that users' paths often lack.
[[nodiscard]] std::optional<std::string> find_tool(const std::string& name);

struct ToolResult {
  int status = 0;   ///< as after exit; 128 + signal when it was killed
  std::string out;  ///< what it said
  std::string err;
};

/// Runs it to its end in the calling thread's namespaces, with `input` as standard input. In the lab it dies
/// with the lab.
/// Errors: ErrorKind::environment when it is missing or cannot be started.
[[nodiscard]] Result<ToolResult> run_tool(const std::string& name, const std::vector<std::string>& arguments,
                                          const std::string& input = {});

/// The same, and what it said on standard output.
/// Errors: also when it ends with anything but 0; then with the first line of what it complained about.
[[nodiscard]] Result<std::string> run_tool_or_fail(const std::string& name, const std::vector<std::string>& arguments,
                                                   const std::string& input = {});

}  // namespace fwbench
