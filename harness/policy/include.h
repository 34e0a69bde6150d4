// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// `include "file"`: the file's text takes the line's place.

#include <filesystem>
#include <string>
#include <vector>

#include "core/diagnostic.h"
#include "policy/policy.h"

namespace fwbench {

struct SplicedText {
  std::string text;
  std::vector<TextPart> parts;
  std::vector<Diagnostic> diagnostics;  ///< what could not be included; the text is then of no use
};

/// nft's own limit (MAX_INCLUDE_DEPTH).
inline constexpr size_t kMaxIncludeDepth = 16;
inline constexpr size_t kMaxIncludes = 1000;

/// Reads `root` and everything it includes. A name is looked up beside the file that includes it, and must lead to a
/// regular file in the root's folder or below: a policy that somebody sends must not read /etc/shadow into a message.
[[nodiscard]] SplicedText read_with_includes(const std::filesystem::path& root);

}  // namespace fwbench
