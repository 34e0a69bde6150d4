// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What follows the name of a field: a comparison, a concatenation with more fields, or a verdict map.

#include <vector>

#include "policy/rule_parser.h"

namespace fwbench {

class MatchParser {
 public:
  MatchParser(Source& source, ValueReader& values, Layers& layers, ParsedRule& parsed)
      : source_(source), values_(values), layers_(layers), parsed_(parsed) {}

  /// From behind the fields' names. @param pos of the first name
  [[nodiscard]] bool parse(Cursor& cursor, const Expressions& expressions, SourcePos pos);

 private:
  [[nodiscard]] bool parse_tuples(Cursor& cursor, const Expressions& expressions, SourcePos pos);
  [[nodiscard]] bool parse_map(Cursor& cursor, const Expressions& expressions);
  [[nodiscard]] bool parse_values(Cursor& cursor, const Expression& expression, SourcePos pos);
  [[nodiscard]] bool read_values(Cursor& cursor, const Expression& expression, bool masked,
                                 std::vector<Element>& elements);
  [[nodiscard]] std::optional<FieldValue> read_mask(Cursor& cursor, const Expression& expression);
  [[nodiscard]] bool add_set_reference(Cursor& cursor, const Expression& expression, Comparison comparison,
                                       bool masked);
  [[nodiscard]] std::optional<IntervalSet> read_ordered(Cursor& cursor, const Expression& expression,
                                                        Comparison comparison);
  [[nodiscard]] bool add_flags(Cursor& cursor, const Expression& expression, SourcePos pos);
  void add_match(const Expression& expression, bool negated, IntervalSet values, SourcePos pos);

  Source& source_;
  ValueReader& values_;
  Layers& layers_;
  ParsedRule& parsed_;
};

/// What the elements come to in the fields: a part of a field may take several tuples.
[[nodiscard]] std::vector<Tuple> field_tuples(const Expressions& expressions, const std::vector<Element>& parts);
[[nodiscard]] std::vector<ValueType> value_types(const Expressions& expressions);
[[nodiscard]] std::vector<Field> fields_of(const Expressions& expressions);

}  // namespace fwbench
