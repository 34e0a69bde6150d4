// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What is happening, on stderr: one line that renews itself on a terminal, a line a trial otherwise.

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "core/result.h"
#include "measure/campaign.h"
#include "record/record.h"

namespace fwbench {

class Progress {
 public:
  explicit Progress(bool terminal) : terminal_(terminal), began_(std::chrono::steady_clock::now()) {}

  /// `done` of `total` trials have ended.
  void before(const Trial& upcoming, int done, int total);
  void after(const Trial& trial);
  /// Leaves the terminal's line empty for what comes next.
  void finish() const;

 private:
  bool terminal_;
  std::chrono::steady_clock::time_point began_;
  int done_ = 0;
  int total_ = 0;
  std::string last_;
};

/// In the lab process: shows how far `measure` is, and saves its record in `folder` after every trial. The exit code.
[[nodiscard]] int measure_and_save(const std::filesystem::path& folder,
                                   const std::function<Result<void>(const CampaignListener&)>& measure);

}  // namespace fwbench
