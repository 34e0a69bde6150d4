// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// One rule: matches, counter, comment, verdict.

#include <optional>
#include <string_view>
#include <vector>

#include "policy/expression.h"
#include "policy/policy.h"
#include "policy/value.h"

namespace fwbench {

/// A match on @name. nft reads all sets of a table before its rules, wherever they stand, so the values come later.
struct SetReference {
  size_t match = 0;  ///< index into Rule::matches
  std::string_view name;
  ValueType type{};
  SourcePos pos;
};

struct ParsedRule {
  Rule rule;
  std::vector<SetReference> references;
};

/// How a value is compared; `implicit` is no operator at all, `absent` is nft's '!'.
enum class Comparison : uint8_t { implicit, eq, ne, lt, gt, le, ge, absent };

[[nodiscard]] Comparison read_comparison(Cursor& cursor);

class RuleParser {
 public:
  RuleParser(Source& source, const Defines& defines) : source_(source), values_(source, defines) {}

  /// Reads up to the end of the statement, which is not taken. Nothing when the rule has errors; the cursor is then
  /// somewhere inside it.
  [[nodiscard]] std::optional<ParsedRule> parse(Cursor& cursor);

 private:
  /// What the matches so far say about a header; nft decides by it which dependencies to add.
  struct Layer {
    bool known = false;
    bool several = false;  ///< known to be one of a set
    uint16_t value = 0;
  };

  [[nodiscard]] bool parse_statement(Cursor& cursor);
  [[nodiscard]] bool parse_counter(Cursor& cursor);
  [[nodiscard]] bool parse_match(Cursor& cursor);
  [[nodiscard]] bool parse_values(Cursor& cursor, const Expression& expression, SourcePos pos);
  [[nodiscard]] bool add_set_reference(Cursor& cursor, const Expression& expression, Comparison comparison);
  [[nodiscard]] bool add_ordered(Cursor& cursor, const Expression& expression, Comparison comparison, SourcePos pos);
  [[nodiscard]] bool add_flags(Cursor& cursor, const Expression& expression, SourcePos pos);
  [[nodiscard]] bool add_dependencies(const Expression& expression, SourcePos pos);
  [[nodiscard]] bool need(Layer& layer, Field field, uint16_t value, const Expression& expression, SourcePos pos);
  void learn(const Expression& expression, const std::vector<Element>& elements, bool is_set);
  void add_match(const Expression& expression, bool negated, IntervalSet values, SourcePos pos);
  bool report_unsupported(const Token& object, const Token& key);

  Source& source_;
  ValueReader values_;
  ParsedRule parsed_;
  Layer network_;
  Layer transport_;
  bool ended_ = false;      ///< a verdict was read
  bool commented_ = false;  ///< a comment was read: nothing may follow
};

/// `tcp flags` in all of nft's forms, from behind the word "flags": the values of the flags byte that satisfy it.
/// Nothing when there are errors.
[[nodiscard]] std::optional<IntervalSet> read_tcp_flags(Cursor& cursor, Source& source, ValueReader& values);

}  // namespace fwbench
