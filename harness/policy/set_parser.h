// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// One named set: `set NAME { type T; flags interval; auto-merge; elements = { ... } }`.

#include <optional>
#include <vector>

#include "policy/policy.h"
#include "policy/value.h"

namespace fwbench {

struct ParsedSet {
  NamedSet set;  ///< values are never null
  ValueType type{};
};

class SetParser {
 public:
  SetParser(Source& source, const Defines& defines) : source_(source), values_(source, defines) {}

  /// Reads from behind the opening brace up to the closing one, which is not taken. Errors are reported.
  [[nodiscard]] ParsedSet parse(Cursor& cursor, const Token& name);

 private:
  void parse_item(Cursor& cursor);
  [[nodiscard]] bool parse_type(Cursor& cursor);
  [[nodiscard]] bool parse_flags(Cursor& cursor);
  [[nodiscard]] bool parse_elements(Cursor& cursor);
  [[nodiscard]] bool parse_size(Cursor& cursor);
  /// What nft would refuse to load: intervals without `flags interval`, overlaps without `auto-merge`, too many.
  void check_elements();
  void report_overlaps();
  bool error(const Token& token, std::string message, std::string hint = {});

  Source& source_;
  ValueReader values_;
  std::optional<ValueType> type_;
  bool has_type_ = false;  ///< even a bad one: no second message for it
  bool interval_ = false;
  bool auto_merge_ = false;
  std::optional<uint64_t> size_;
  std::vector<Element> elements_;
};

}  // namespace fwbench
