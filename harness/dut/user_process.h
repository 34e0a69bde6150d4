// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A program of the user's: in a PID namespace of its own, so that whatever it starts ends with it, and with /proc and
/// /sys as they look from the network namespace that it is started in.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "afxdp/child.h"
#include "core/result.h"
#include "core/unique_fd.h"
#include "dut/output_drain.h"
#include "scenario/plan.h"

namespace fwbench {

struct UserProcessConfig {
  CommandWords words;                                                 ///< nothing left to be filled in
  std::string folder;                                                 ///< to start in; "" is where fwbench was started
  std::vector<std::pair<std::string, std::string>> environment = {};  ///< added to our own
  std::string wanted_line = {};                                       ///< for seen_line()
  int cpu = 0;                                                        ///< the only one it may use
};

/// Killed with everything it started when destroyed, when the caller's thread ends, and when the lab ends.
class UserProcess {
 public:
  /// In the network namespace of the calling thread, which must outlive it. Standard input is empty; both outputs are
  /// read and their last lines kept.
  /// Errors: ErrorKind::environment, also when there is no such program.
  [[nodiscard]] static Result<UserProcess> start(const UserProcessConfig& config);
  UserProcess(UserProcess&&) = default;
  UserProcess& operator=(UserProcess&&) = delete;
  UserProcess(const UserProcess&) = delete;
  UserProcess& operator=(const UserProcess&) = delete;
  ~UserProcess();

  /// The program's wait status once it has ended, whether or not something that it started goes on. Cheap.
  [[nodiscard]] std::optional<int> ended();
  [[nodiscard]] bool seen_line() const { return drain_->seen(); }
  /// "; the last it said:" and the lines, or "" when it printed nothing.
  [[nodiscard]] std::string last_words() const;
  /// SIGTERM to all of it, then, after a grace period, SIGKILL.
  void stop();

 private:
  UserProcess(Child init, UniqueFd status_pipe, UniqueFd output, std::string wanted_line);

  std::unique_ptr<OutputDrain> drain_;  ///< before init_: ends when all of the program has
  UniqueFd status_pipe_;
  Child init_;  ///< PID 1 of the namespace
  std::optional<int> status_;
};

}  // namespace fwbench
