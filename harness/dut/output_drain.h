// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What a program of the user's prints: read to its end in a thread, so that the program never waits for us, and kept
/// up to a bound, so that we need not believe it to be brief.

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

#include "core/unique_fd.h"

namespace fwbench {

class OutputDrain {
 public:
  /// @param pipe the reading end
  /// @param wanted text to look for within a line; empty: none
  OutputDrain(UniqueFd pipe, std::string wanted);
  OutputDrain(const OutputDrain&) = delete;
  OutputDrain& operator=(const OutputDrain&) = delete;
  /// Waits until all writing ends are closed: first end everybody who has one.
  ~OutputDrain();

  /// The wanted text has been printed.
  [[nodiscard]] bool seen() const { return seen_.load(); }
  /// Everything that will ever be printed has been read.
  [[nodiscard]] bool at_end() const { return at_end_.load(); }
  /// The last lines, safe to show; "" when nothing was printed.
  [[nodiscard]] std::string last_lines() const;

 private:
  void run();
  void take(std::string_view chunk);

  UniqueFd pipe_;
  std::string wanted_;
  std::string overlap_;  ///< what the wanted text may have begun in
  mutable std::mutex mutex_;
  std::string tail_;  ///< guarded by mutex_
  std::atomic<bool> seen_ = false;
  std::atomic<bool> at_end_ = false;
  std::thread thread_;
};

}  // namespace fwbench
