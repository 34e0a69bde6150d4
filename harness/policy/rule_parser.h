// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// One rule: matches, counter, comment, verdict.

#include <optional>
#include <string_view>
#include <vector>

#include "policy/expression.h"
#include "policy/layers.h"
#include "policy/policy.h"
#include "policy/tuple_reader.h"
#include "policy/value.h"

namespace fwbench {

/// Fields joined with '.', or one alone.
using Expressions = std::vector<const Expression*>;

/// @name. nft reads all sets of a table before its rules, wherever they stand, so the values come later.
struct SetReference {
  enum class Kind : uint8_t { match, tuple, map };
  Kind kind = Kind::match;
  size_t index = 0;  ///< into Rule::matches or Rule::tuple_matches
  std::string_view name;
  Expressions expressions;
  SourcePos pos;
};

/// A rule before names are resolved.
struct ParsedRule {
  Rule rule;              ///< with the action of its verdict, but not the chain
  ParsedVerdict verdict;  ///< as written
  std::vector<SetReference> references;
  Expressions map_expressions;  ///< what is looked up in map_elements: the rule's `vmap { ... }`
  std::vector<TupleElement> map_elements;
};

/// How a value is compared; `implicit` is no operator at all, `absent` is nft's '!'.
enum class Comparison : uint8_t { implicit, eq, ne, lt, gt, le, ge, absent };

[[nodiscard]] Comparison read_comparison(Cursor& cursor);
[[nodiscard]] inline bool is_equality(Comparison comparison) {
  return comparison == Comparison::implicit || comparison == Comparison::eq || comparison == Comparison::ne;
}

class RuleParser {
 public:
  /// @param family of the table
  RuleParser(Source& source, const Defines& defines, std::string_view family)
      : source_(source), values_(source, defines), family_(family), layers_(source, family) {}

  /// Reads up to the end of the statement, which is not taken. Nothing when the rule has errors; the cursor is then
  /// somewhere inside it.
  [[nodiscard]] std::optional<ParsedRule> parse(Cursor& cursor);

 private:
  [[nodiscard]] bool parse_statement(Cursor& cursor);
  [[nodiscard]] bool parse_counter(Cursor& cursor);
  [[nodiscard]] bool parse_match(Cursor& cursor);

  Source& source_;
  ValueReader values_;
  std::string_view family_;
  Layers layers_;
  ParsedRule parsed_;
  bool ended_ = false;      ///< a verdict was read
  bool commented_ = false;  ///< a comment was read: nothing may follow
};

/// `tcp flags` in all of nft's forms, from behind the word "flags": the values of the flags byte that satisfy it.
/// Nothing when there are errors.
[[nodiscard]] std::optional<IntervalSet> read_tcp_flags(Cursor& cursor, Source& source, ValueReader& values);

}  // namespace fwbench
