// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The commands of a [dut.NAME], without a shell: words separated by blanks, in which
///
///   'text'    is text as it stands
///   "text"    is text in which \" and \\ stand for " and \.
///   \x        outside of quotes is x
///   {iface}   and the others of placeholders() are filled in when the command is started, in quotes as well
///   &&        as a word of its own ends a command where several may stand

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenario/ini.h"
#include "scenario/plan.h"

namespace fwbench {

/// Something that a command cannot know before it is started.
struct Placeholder {
  std::string_view name;
  std::string_view help;
};
[[nodiscard]] std::span<const Placeholder> placeholders();

/// The commands of a value; what is wrong is added to `diagnostics`, and the result is then of no use.
[[nodiscard]] std::vector<CommandWords> split_commands(const SourceText& source, const IniText& value,
                                                       std::vector<Diagnostic>& diagnostics);

/// True when some word has {name} in it.
[[nodiscard]] bool uses_placeholder(const CommandWords& words, std::string_view name);

/// `words` with every {name} replaced by its value. Names that are not given stay as they are.
using PlaceholderValues = std::vector<std::pair<std::string_view, std::string>>;
[[nodiscard]] CommandWords fill_in(const CommandWords& words, const PlaceholderValues& values);

}  // namespace fwbench
