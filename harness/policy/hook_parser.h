// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// `type filter hook ingress device "d0" priority 0`: where the base chain hangs.

#include <string_view>

#include "policy/lexer.h"
#include "policy/value.h"

namespace fwbench {

class HookParser {
 public:
  /// @param family of the table
  HookParser(Source& source, const Defines& defines, std::string_view family)
      : source_(source), defines_(defines), family_(family) {}

  /// Reads from behind the word "type". False when there were errors; the cursor is then anywhere in the statement.
  [[nodiscard]] bool parse(Cursor& cursor);

 private:
  [[nodiscard]] bool parse_hook(Cursor& cursor);
  [[nodiscard]] bool parse_device(Cursor& cursor);
  [[nodiscard]] bool parse_priority(Cursor& cursor);
  bool error_at(const Token& token, std::string message, std::string hint = {});
  bool expected(const Cursor& cursor, std::string_view what, std::string hint = {});

  Source& source_;
  const Defines& defines_;
  std::string_view family_;
};

}  // namespace fwbench
