// SPDX-License-Identifier: BSD-2-Clause
#include <fmt/format.h>

#include "export/export.h"
#include "export/outcome.h"
#include "report/table.h"

namespace fwbench {
namespace {

/// At a line's end where there is one, else between two characters: a cut UTF-8 sequence is no text.
std::string cut(std::string text) {
  if (text.size() <= kMaxSummaryBytes) return text;
  const auto note = [&](size_t kept) {
    return fmt::format("\n\n**Cut here: {} more bytes. The whole report is in the run's folder, report.md.**\n",
                       text.size() - kept);
  };
  size_t end = kMaxSummaryBytes - note(0).size();
  if (const size_t line = text.rfind('\n', end); line != std::string::npos && line > end / 2) end = line;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + note(end);
}

}  // namespace

std::string github_summary(const Record& record) {
  const Outcome outcome = outcome_of(record);
  return cut(fmt::format("**{}**: {}\n\n{}", outcome.word, outcome.text, markdown_report(record, {})));
}

}  // namespace fwbench
