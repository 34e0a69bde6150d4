// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The text being parsed and the messages about it.

#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostic.h"
#include "policy/policy.h"

namespace fwbench {

/// did_you_mean(), and two letters in the wrong order ('tpc'); nothing for words too short to be misspelt.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string_view>& candidates);

class Source {
 public:
  /// @param text must outlive the Source.
  /// @param parts which lines come from which file (policy.h); empty when all of them are `file`'s
  Source(std::string_view text, std::string_view file, std::vector<TextPart> parts = {});

  [[nodiscard]] std::string_view text() const { return text_; }

  void error(SourcePos pos, std::string message, std::string hint = {});
  void warning(SourcePos pos, std::string message, std::string hint = {});

  /// A place for messages that stand in the text's own file or elsewhere: "12", "line 12" of "lists.nft:12".
  [[nodiscard]] std::string place(SourcePos pos) const;  ///< "12:5" or "lists.nft:12:5"
  [[nodiscard]] std::string line_name(int line) const;   ///< "line 12" or "lists.nft:12"
  [[nodiscard]] const std::vector<TextPart>& parts() const { return parts_; }

  /// After this many errors the rest is noise: parsing stops.
  [[nodiscard]] bool gave_up() const { return errors_ >= kMaxErrors; }

  /// All messages in the order of the text, with the files and lines they are about. Call once, at the end.
  [[nodiscard]] std::vector<Diagnostic> take_diagnostics();

 private:
  static constexpr int kMaxErrors = 50;

  void add(Diagnostic::Severity severity, SourcePos pos, std::string message, std::string hint);
  [[nodiscard]] std::string_view line(int number) const;

  std::string_view text_;
  std::string file_;
  std::vector<TextPart> parts_;
  std::vector<size_t> line_starts_;
  std::vector<Diagnostic> diagnostics_;
  int errors_ = 0;
};

}  // namespace fwbench
