// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The gnuplot program: quoting for it, and running it.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace fwbench {

/// Any text as a gnuplot string: single-quoted, where gnuplot substitutes nothing. A single quote becomes U+2019, for
/// gnuplot 5.4 reads the documented escape '' as the end of the string when it comes first. Control characters become
/// '?'. Terminals are set to `noenhanced`, so '_', '^', '{' and '@' show as they are.
[[nodiscard]] std::string gnuplot_quote(std::string_view text);

/// As gnuplot_quote(), for labels in `set xtics (...)`, which gnuplot takes for printf formats.
[[nodiscard]] std::string gnuplot_tic_label(std::string_view text);

/// Runs the scripts (names within `folder`) in one gnuplot, with `folder` as its working directory, without a shell and
/// without the user's start-up files.
/// @param program found in PATH
/// Errors: ErrorKind::environment with a remedy when it is not installed; ErrorKind::internal with the first lines of
/// its complaint when it fails.
[[nodiscard]] Result<void> run_gnuplot(const std::filesystem::path& folder, const std::vector<std::string>& scripts,
                                       const std::string& program = "gnuplot");

}  // namespace fwbench
