// SPDX-License-Identifier: BSD-2-Clause
#include "core/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>

namespace fwbench {
namespace {

constexpr std::string_view kRed = "\033[1;31m";
constexpr std::string_view kYellow = "\033[1;33m";
constexpr std::string_view kBold = "\033[1m";
constexpr std::string_view kGreen = "\033[1;32m";
constexpr std::string_view kReset = "\033[0m";

/// Edits (insert, delete, change, swap of neighbours) from a to b: optimal string alignment, so that the commonest
/// typing error, two letters swapped, counts as one.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

/// The blanks that bring a caret under `column`: tabs stay tabs, so that it lines up in any terminal.
std::string caret_indent(std::string_view line, int column) {
  std::string indent;
  for (int i = 0; i + 1 < column; ++i) {
    indent += static_cast<size_t>(i) < line.size() && line[static_cast<size_t>(i)] == '\t' ? '\t' : ' ';
  }
  return indent;
}

}  // namespace

std::string render(const Diagnostic& d, bool color) {
  const auto paint = [color](std::string_view code) { return color ? code : std::string_view{}; };
  const bool is_error = d.severity == Diagnostic::Severity::error;
  std::string place = d.file;
  if (d.pos.line > 0) place += fmt::format(":{}:{}", d.pos.line, d.pos.column);
  std::string out =
      fmt::format("{}{}:{} {}{}:{} {}\n", paint(kBold), place, paint(kReset), paint(is_error ? kRed : kYellow),
                  is_error ? "error" : "warning", paint(kReset), d.message);
  if (!d.source_line.empty() && d.pos.column > 0) {
    out += fmt::format("  {}\n  {}{}{}", d.source_line, caret_indent(d.source_line, d.pos.column), paint(kGreen), '^');
    if (d.pos.length > 1) out += std::string(static_cast<size_t>(d.pos.length - 1), '~');
    out += fmt::format("{}\n", paint(kReset));
  }
  if (!d.hint.empty()) out += fmt::format("  {}\n", d.hint);
  return out;
}

std::string render(const std::vector<Diagnostic>& diagnostics, bool color) {
  std::string out;
  for (const Diagnostic& d : diagnostics) out += render(d, color);
  return out;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Diagnostic::Severity::error; });
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  // A third of the word may be wrong; more would suggest unrelated names.
  size_t best = std::max<size_t>(1, word.size() / 3) + 1;
  std::string_view nearest;
  for (const std::string_view candidate : candidates) {
    const size_t distance = edit_distance(word, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return std::string(nearest);
}

}  // namespace fwbench
