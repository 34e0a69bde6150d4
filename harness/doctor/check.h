// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What `fwbench doctor` found out about this machine, as plain values, and how it is shown.

#include <string>
#include <vector>

namespace fwbench {

struct Check {
  enum class Status { ok, warn, fail };

  std::string id;     ///< stable, kebab-case: "xdp-live-frames"
  std::string title;  ///< what was tried: "live frames through BPF_PROG_RUN"
  Status status = Status::ok;
  std::string detail{};   ///< what was seen, with the figure or the kernel's error
  std::string remedy{};   ///< what to do about it; empty when ok
  bool required = false;  ///< without it `fwbench run` cannot run at all
};

/// True when no required check failed; false is exit code 3.
[[nodiscard]] bool can_run(const std::vector<Check>& checks);

/// One line a check, its remedy below it, and a last line that says whether fwbench can run.
[[nodiscard]] std::string render_checks(const std::vector<Check>& checks, bool color);

/// {"can_run": bool, "checks": [{"id", "title", "status": "ok|warn|fail", "required", "detail", "remedy"}]}, indented;
/// `remedy` is absent when empty.
[[nodiscard]] std::string checks_to_json(const std::vector<Check>& checks);

}  // namespace fwbench
