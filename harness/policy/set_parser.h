// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// One named set or map: `set NAME { type T; flags interval; auto-merge; elements = { ... } }`.

#include <optional>
#include <vector>

#include "policy/policy.h"
#include "policy/tuple_reader.h"
#include "policy/value.h"

namespace fwbench {

struct ParsedSet {
  NamedSet set;                        ///< values of a set of one type; never null
  std::vector<ValueType> types;        ///< empty when there were errors
  std::vector<TupleElement> elements;  ///< of a concatenation or a map
  bool is_map = false;
};

class SetParser {
 public:
  SetParser(Source& source, const Defines& defines, bool is_map)
      : source_(source), values_(source, defines), is_map_(is_map) {}

  /// Reads from behind the opening brace up to the closing one, which is not taken. Errors are reported.
  [[nodiscard]] ParsedSet parse(Cursor& cursor, const Token& name);

 private:
  void parse_item(Cursor& cursor);
  [[nodiscard]] bool parse_word(Cursor& cursor, const Token& token);
  [[nodiscard]] bool parse_type(Cursor& cursor);
  [[nodiscard]] bool parse_typeof(Cursor& cursor);
  [[nodiscard]] bool parse_map_target(Cursor& cursor);
  [[nodiscard]] bool parse_flags(Cursor& cursor);
  [[nodiscard]] bool parse_elements(Cursor& cursor);
  [[nodiscard]] bool parse_size(Cursor& cursor);
  [[nodiscard]] bool has_tuples() const { return is_map_ || types_.size() > 1; }
  /// What nft would refuse to load: intervals without `flags interval`, overlaps without `auto-merge`, too many.
  void check_elements();
  void check_tuples();
  void check_size(size_t elements, SourcePos first);
  void report_overlaps();
  bool error(const Token& token, std::string message, std::string hint = {});

  Source& source_;
  ValueReader values_;
  bool is_map_;
  std::vector<ValueType> types_;
  bool has_type_ = false;  ///< even a bad one: no second message for it
  bool interval_ = false;
  std::optional<SourcePos> auto_merge_;
  std::optional<uint64_t> size_;
  std::vector<Element> elements_;
  std::vector<TupleElement> tuples_;
};

}  // namespace fwbench
