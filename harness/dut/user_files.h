// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The folders of a user's firewall: one for files, one for pinned BPF objects. Both are on the lab's private bpffs
/// (the first as a tmpfs of its own), the one place that the lab can make folders in without leaving any.

#include <string>

#include "core/result.h"

namespace fwbench {

class UserFiles {
 public:
  /// In the lab process.
  /// @param policy text for the file policy(); null: there is none
  [[nodiscard]] static Result<UserFiles> make(const std::string& name, const std::string* policy);
  UserFiles(UserFiles&& other) noexcept;
  UserFiles& operator=(UserFiles&&) = delete;
  UserFiles(const UserFiles&) = delete;
  UserFiles& operator=(const UserFiles&) = delete;
  /// Takes both folders away, with what is pinned.
  ~UserFiles();

  [[nodiscard]] std::string workdir() const { return root_ + "/work"; }
  [[nodiscard]] std::string pins() const { return root_ + "/pins"; }
  [[nodiscard]] std::string policy() const { return workdir() + "/policy.nft"; }

 private:
  explicit UserFiles(std::string root) : root_(std::move(root)) {}
  std::string root_;  ///< empty: moved from
};

}  // namespace fwbench
