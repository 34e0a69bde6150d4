// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What the commands of a user's firewall are given: folders, placeholders, environment.

#include "dut/dut.h"
#include "dut/user_files.h"
#include "dut/user_process.h"
#include "scenario/command_line.h"

namespace fwbench {

class UserEnvironment {
 public:
  /// In the DUT's namespace. `inputs.user` and the policy outlive it.
  [[nodiscard]] static Result<UserEnvironment> make(const DutInputs& inputs);

  [[nodiscard]] const UserFiles& files() const { return files_; }
  [[nodiscard]] UserProcessConfig config_for(const CommandWords& words) const;
  /// The commands of `setup`, one after the other.
  /// Errors: ErrorKind::environment for one that fails or does not end in time, with the last that it said.
  [[nodiscard]] Result<void> run_setup() const;

 private:
  UserEnvironment(const DutInputs& inputs, UserFiles files);
  [[nodiscard]] Result<void> run_one(const CommandWords& words) const;

  const UserDut& user_;
  UserFiles files_;
  int cpu_;
  PlaceholderValues values_;
};

}  // namespace fwbench
