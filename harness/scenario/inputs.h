// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What the user said, before it is a Plan: the scenario's file and the overrides of the command line, with their names
/// checked against the key table. Internal to the scenario module.

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/ini.h"
#include "scenario/scenario.h"
#include "scenario/value_reader.h"

namespace fwbench {

inline constexpr std::string_view kClassPrefix = "class.";
inline constexpr std::string_view kUserDutPrefix = "dut.";
inline constexpr std::string_view kRatioPrefix = "ratio.";

[[nodiscard]] bool is_class_section(std::string_view section);
[[nodiscard]] bool is_user_dut_section(std::string_view section);
/// As the key table has it: "class" for "class.web", kUserDutSection for "dut.mine"; most sections are their own kind.
[[nodiscard]] std::string_view section_kind(std::string_view section);

/// "did you mean '...'?", or nothing when there is nothing near.
[[nodiscard]] std::string quoted_hint(const std::string& nearest);
/// The neighbour that was perhaps meant, for a file that is not there.
[[nodiscard]] std::string nearest_file(const std::filesystem::path& missing);
/// Message and strerror, without the remedy.
[[nodiscard]] std::string error_text(const Error& error);

/// A value for a key, and where its text stands.
struct Setting {
  std::string section;
  std::string key;
  Value value;
};

class Inputs {
 public:
  struct Found {
    Value value;
    SourcePos key_pos;
    bool is_override = false;
  };

  /// Reports every wrong name. Both arguments outlive the Inputs.
  Inputs(const ParsedIni& ini, const ScenarioOptions& options);
  Inputs(const Inputs&) = delete;
  Inputs& operator=(const Inputs&) = delete;
  ~Inputs() = default;

  [[nodiscard]] const ParsedIni& ini() const { return ini_; }
  [[nodiscard]] const ScenarioOptions& options() const { return options_; }
  [[nodiscard]] const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }

  [[nodiscard]] const IniSection* find_section(std::string_view name) const;
  /// The last override, else what the file says.
  [[nodiscard]] std::optional<Found> find_value(std::string_view section, std::string_view key) const;
  /// Overrides of one section, in the order they were given.
  [[nodiscard]] std::vector<Setting> overrides_of(std::string_view section) const;

 private:
  struct Override {
    SourceText source;
    Setting setting;
  };

  void read_overrides();
  void read_override(const std::string& text);
  void override_threshold(Override& o, const std::string& text);
  Override& add_override(const std::string& name, const std::string& text);
  bool check_override_section(const Override& o, SourcePos pos);
  void check_names();
  bool check_section(const SourceText& source, std::string_view name, SourcePos pos);
  void check_key(const SourceText& source, std::string_view section, std::string_view name, SourcePos pos);
  void check_swept_key(const SourceText& source, std::string_view name, SourcePos pos);
  bool check_named(const SourceText& source, std::string_view section, SourcePos pos);
  void report(Diagnostic diagnostic) { diagnostics_.push_back(std::move(diagnostic)); }

  const ParsedIni& ini_;
  const ScenarioOptions& options_;
  std::deque<Override> overrides_;  ///< a deque: values point into it
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace fwbench
