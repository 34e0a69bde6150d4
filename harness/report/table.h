// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What a run found out, for a terminal and for Markdown. From the Record alone. An absent number is "-"; a trial that
/// is not valid is named with its reason and never shown as a number.

#include <string>

#include "record/record.h"

namespace fwbench {

/// Title, caption (host, placement, TX engine, method), the main table, delays, judged packets, invalid trials, wrong
/// verdicts, warnings with advice. Plain ASCII (texts of the record aside), at most 120 columns for usual DUT names.
[[nodiscard]] std::string render_table(const Record& record, bool color);

/// The main table as Markdown.
[[nodiscard]] std::string markdown_table(const Record& record);

/// The whole of render_table() as a Markdown page with links to the plots that are there.
/// @param plots names without extension, relative to the page: "plots/mrr"
[[nodiscard]] std::string markdown_report(const Record& record, const std::vector<std::string>& plots);

}  // namespace fwbench
