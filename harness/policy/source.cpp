// SPDX-License-Identifier: BSD-2-Clause
#include "policy/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace fwbench {

std::string nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.size() < 2) return {};
  for (size_t i = 0; i + 1 < word.size(); ++i) {
    std::string swapped(word);
    std::swap(swapped[i], swapped[i + 1]);
    if (swapped != word && std::find(candidates.begin(), candidates.end(), swapped) != candidates.end()) return swapped;
  }
  return did_you_mean(word, candidates);
}

Source::Source(std::string_view text, std::string_view file, std::vector<TextPart> parts)
    : text_(text), file_(file), parts_(std::move(parts)), line_starts_{0} {
  for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    line_starts_.push_back(at + 1);
  }
}

std::string_view Source::line(int number) const {
  if (number < 1 || static_cast<size_t>(number) > line_starts_.size()) return {};
  const size_t start = line_starts_[static_cast<size_t>(number) - 1];
  return text_.substr(start, text_.find('\n', start) - start);
}

void Source::add(Diagnostic::Severity severity, SourcePos pos, std::string message, std::string hint) {
  diagnostics_.push_back({.severity = severity,
                          .file = file_,
                          .pos = pos,
                          .message = std::move(message),
                          .hint = std::move(hint),
                          .source_line = std::string(line(pos.line))});
}

void Source::error(SourcePos pos, std::string message, std::string hint) {
  if (gave_up()) return;
  add(Diagnostic::Severity::error, pos, std::move(message), std::move(hint));
  ++errors_;
}

void Source::warning(SourcePos pos, std::string message, std::string hint) {
  add(Diagnostic::Severity::warning, pos, std::move(message), std::move(hint));
}

std::string Source::line_name(int number) const {
  const auto [file, local] = locate(parts_, file_, number);
  return file == file_ ? fmt::format("line {}", local) : fmt::format("{}:{}", file, local);
}

std::string Source::place(SourcePos pos) const {
  const auto [file, local] = locate(parts_, file_, pos.line);
  return file == file_ ? fmt::format("{}:{}", local, pos.column) : fmt::format("{}:{}:{}", file, local, pos.column);
}

std::vector<Diagnostic> Source::take_diagnostics() {
  // Names are resolved after the whole file was read, so messages do not arise in the order of the lines.
  std::stable_sort(diagnostics_.begin(), diagnostics_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.pos.line, a.pos.column) < std::tie(b.pos.line, b.pos.column);
  });
  for (Diagnostic& diagnostic : diagnostics_) {
    if (diagnostic.pos.line == 0) continue;
    std::tie(diagnostic.file, diagnostic.pos.line) = locate(parts_, file_, diagnostic.pos.line);
  }
  if (gave_up()) add(Diagnostic::Severity::error, {}, fmt::format("gave up after {} errors", kMaxErrors), {});
  return std::move(diagnostics_);
}

}  // namespace fwbench
