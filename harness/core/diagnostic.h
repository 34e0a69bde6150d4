// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Messages about text files the user wrote: file:line:col, the source line, a caret, a hint.
/// Scenario and policy parsers collect all of them in one pass.

#include <string>
#include <string_view>
#include <vector>

namespace fwbench {

/// A place in a text file. Lines and columns count from 1, columns in bytes; length is in bytes.
struct SourcePos {
  int line = 0;
  int column = 0;
  int length = 1;

  bool operator==(const SourcePos&) const = default;
};

struct Diagnostic {
  enum class Severity { error, warning };

  Severity severity = Severity::error;
  std::string file;
  SourcePos pos;
  std::string message;      ///< the reason, lower case, no full stop
  std::string hint;         ///< the remedy ("did you mean 'rounds'?"); may be empty
  std::string source_line;  ///< the line of text that pos is in; may be empty
};

/// Renders like a compiler:
///   file:3:7: error: unknown key 'rouns' in [trial]
///     rouns = 7
///     ^~~~~
///     did you mean 'rounds'?
[[nodiscard]] std::string render(const Diagnostic& diagnostic, bool color);
[[nodiscard]] std::string render(const std::vector<Diagnostic>& diagnostics, bool color);
[[nodiscard]] bool has_errors(const std::vector<Diagnostic>& diagnostics);

/// The candidate nearest to `word` by edit distance, or "" when none is near enough to be worth a hint.
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace fwbench
