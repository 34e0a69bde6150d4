// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The INI subset that scenarios are written in, read by hand because every value must keep its place in the file.
///
///   # comment            `#` or `;` starts a comment at the start of a line or after a blank
///   [section]
///   key = value          one line each; blanks around both are not part of them
///   [thresholds]
///   a.b >= 0.8           a comparison for a value; `a.b = >= 0.8` says the same

#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostic.h"

namespace fwbench {

/// A text the user gave us, by its name in messages and its lines: a file, or one argument of the command line.
struct SourceText {
  std::string name;
  std::vector<std::string> lines;

  [[nodiscard]] Diagnostic error_at(SourcePos pos, std::string message, std::string hint = {}) const;
};

/// A word of a SourceText.
struct IniText {
  std::string text;
  SourcePos pos;
};

struct IniEntry {
  IniText key;
  IniText value;  ///< never empty; in [thresholds] it begins with the comparison
};

struct IniSection {
  IniText name;  ///< without the brackets
  std::vector<IniEntry> entries;
};

struct ParsedIni {
  SourceText source;
  std::vector<IniSection> sections;     ///< in the order of the file, names unique, keys too but in [thresholds]
  std::vector<Diagnostic> diagnostics;  ///< every error in the file; what is wrong is left out of `sections`
};

/// The longest line taken for a line of a scenario, in bytes.
inline constexpr size_t kMaxIniLine = 4096;

/// Never fails on any bytes: a text that is not INI gives diagnostics. A NUL byte ends the reading, since what has one
/// is no text file at all.
[[nodiscard]] ParsedIni parse_ini(std::string_view text, std::string_view file_name);

/// `text` without leading and trailing blanks; `pos` moves along.
[[nodiscard]] IniText trim(std::string_view text, SourcePos pos);

/// "a.b >= 0.8" and "a.b = >= 0.8" in its two parts; the value is empty when there is no comparison.
[[nodiscard]] IniEntry split_comparison(const IniText& content);

/// The comma-separated parts of a value, trimmed. An empty part is kept, for the caller to complain about.
[[nodiscard]] std::vector<IniText> split_list(const IniText& value);

}  // namespace fwbench
