// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What is said of a scenario as a whole, in the order people read it. Internal to the scenario module.

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/diagnostic.h"

namespace fwbench {

/// Said once already.
[[nodiscard]] inline bool same(const Diagnostic& a, const Diagnostic& b) {
  return a.file == b.file && a.pos == b.pos && a.message == b.message;
}

/// All messages of a scenario, each once, however many cases have it: of the file in its order, then of the overrides
/// and the policies as they came.
class Messages {
 public:
  explicit Messages(std::string scenario) : scenario_(std::move(scenario)) {}

  void add(const std::vector<Diagnostic>& more) {
    for (const Diagnostic& d : more) {
      if (std::none_of(all_.begin(), all_.end(), [&](const Diagnostic& known) { return same(d, known); })) {
        all_.push_back(d);
      }
    }
  }

  std::vector<Diagnostic> take() {
    // Overrides stay as they were given, and before policies: each is a source of its own.
    const auto order = [this](const Diagnostic& d) {
      const bool in_file = d.file == scenario_;
      const bool is_override = d.file.rfind("--", 0) == 0;
      return std::tuple(in_file ? 0 : is_override ? 1 : 2, in_file ? d.pos.line : 0, in_file ? d.pos.column : 0);
    };
    std::stable_sort(all_.begin(), all_.end(),
                     [&](const Diagnostic& a, const Diagnostic& b) { return order(a) < order(b); });
    return std::move(all_);
  }

 private:
  std::string scenario_;
  std::vector<Diagnostic> all_;
};

}  // namespace fwbench
