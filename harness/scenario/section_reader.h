// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The sections of a scenario, or of one case of its sweep, into a Draft by way of the key table. Internal to the
/// scenario module.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/class_checks.h"
#include "scenario/inputs.h"
#include "scenario/keys.h"

namespace fwbench {

class SectionReader {
 public:
  using Found = Inputs::Found;

  /// @param settings of the case; they stand above the file and below the command line. All arguments outlive this.
  SectionReader(const Inputs& inputs, const std::filesystem::path& file, const std::vector<Setting>& settings);
  SectionReader(const SectionReader&) = delete;
  SectionReader& operator=(const SectionReader&) = delete;
  ~SectionReader() = default;

  [[nodiscard]] Draft& draft() { return draft_; }
  [[nodiscard]] const ParsedIni& ini() const { return inputs_.ini(); }
  [[nodiscard]] const ScenarioOptions& options() const { return inputs_.options(); }
  /// Of one case of a sweep.
  [[nodiscard]] bool is_case() const { return !settings_.empty(); }
  /// Where relative paths in the scenario start.
  [[nodiscard]] std::filesystem::path folder() const { return file_.parent_path(); }

  [[nodiscard]] const IniSection* find_section(std::string_view name) const { return inputs_.find_section(name); }
  [[nodiscard]] std::optional<Found> find_value(std::string_view section, std::string_view key) const;

  /// All keys of the kind.
  void read_section(std::string_view section, std::string_view kind);
  /// Default first, then file or override, then --quick: the later one wins. False when the value is wrong or missing.
  bool read_key(const Key& key, std::string_view section);

  void report(Diagnostic diagnostic) { diagnostics_.push_back(std::move(diagnostic)); }
  void report_missing(const Key& key, std::string_view section);
  /// Nothing when the key has no value.
  /// @param without "proto = icmp": what makes the key meaningless
  void report_without_meaning(const Key& key, std::string_view section, const std::string& without);
  void report_problem(const KeyProblem& problem);

  /// What was reported here: not what was wrong with the Inputs.
  [[nodiscard]] std::vector<Diagnostic>& diagnostics() { return diagnostics_; }

 private:
  void store_fixed(const Key& key, std::string_view text, bool only_lower);

  const Inputs& inputs_;
  const std::filesystem::path& file_;
  const std::vector<Setting>& settings_;
  Draft draft_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace fwbench
