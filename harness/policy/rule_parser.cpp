// SPDX-License-Identifier: BSD-2-Clause
#include "policy/rule_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "policy/expression_reader.h"
#include "policy/match_parser.h"

namespace fwbench {
namespace {

struct ComparisonWord {
  std::string_view symbol;
  std::string_view word;
  Comparison comparison;
};
constexpr auto kComparisons = std::to_array<ComparisonWord>({
    {"==", "eq", Comparison::eq},
    {"!=", "ne", Comparison::ne},
    {"<", "lt", Comparison::lt},
    {">", "gt", Comparison::gt},
    {"<=", "le", Comparison::le},
    {">=", "ge", Comparison::ge},
    {"!", "", Comparison::absent},
});

/// The rule as written, without comments and with single blanks.
std::string rule_text(const Cursor& begin, const Cursor& end) {
  std::string text;
  const char* previous_end = nullptr;
  for (Cursor at = begin; at.peek().raw.data() != end.peek().raw.data() && !at.at_end();) {
    const Token& token = at.take();
    if (token.kind == TokenKind::newline) continue;
    if (previous_end != nullptr && token.raw.data() != previous_end) text += ' ';
    text += token.raw;
    previous_end = token.raw.data() + token.raw.size();
  }
  return text;
}

}  // namespace

Comparison read_comparison(Cursor& cursor) {
  for (const auto& [symbol, word, comparison] : kComparisons) {
    if (cursor.accept(symbol) || (!word.empty() && cursor.accept_word(word))) return comparison;
  }
  return Comparison::implicit;
}

std::optional<ParsedRule> RuleParser::parse(Cursor& cursor) {
  parsed_ = {};
  layers_ = Layers(source_, family_);
  ended_ = commented_ = false;
  const Cursor begin = cursor;
  while (!cursor.at_statement_end()) {
    if (!parse_statement(cursor)) return std::nullopt;
  }
  parsed_.rule.pos = begin.peek().pos();
  parsed_.rule.text = rule_text(begin, cursor);
  if (cursor.peek().line == parsed_.rule.pos.line) parsed_.rule.pos.length = static_cast<int>(parsed_.rule.text.size());
  return std::move(parsed_);
}

bool RuleParser::parse_statement(Cursor& cursor) {
  const Token& token = cursor.peek();
  if (commented_) {
    source_.error(token.pos(), fmt::format("{} behind the comment", token.quoted_name()),
                  "nft wants the comment at the end of the rule");
    return false;
  }
  if (cursor.accept_word("comment")) {
    commented_ = true;
    if (cursor.peek().kind != TokenKind::quoted) {
      source_.error(cursor.peek().pos(), "a comment wants a string in double quotes");
      return false;
    }
    cursor.take();
    return true;
  }
  if (ended_) {
    source_.error(token.pos(),
                  fmt::format("{} behind the {} has no effect", token.quoted_name(),
                              parsed_.rule.verdict_map ? "vmap" : "verdict"),
                  "put the verdict last; begin a new rule on a new line or behind ';'");
    return false;
  }
  if (is_verdict_word(token)) {
    const auto verdict = read_verdict(cursor, source_);
    if (!verdict) return false;
    parsed_.verdict = *verdict;
    parsed_.rule.outcome.action = verdict->action;
    ended_ = true;
    return true;
  }
  if (token.is_word("counter")) return parse_counter(cursor);
  return parse_match(cursor);
}

bool RuleParser::parse_counter(Cursor& cursor) {
  cursor.take();
  parsed_.rule.counted = true;
  if (cursor.peek().is_word("name")) {
    source_.error(cursor.peek().pos(), "named counters are not supported",
                  "supported: counter, counter packets N bytes N");
    return false;
  }
  for (const std::string_view unit : {"packets", "bytes"}) {
    if (!cursor.accept_word(unit)) return true;
    if (!parse_number(cursor.peek().raw)) {
      source_.error(cursor.peek().pos(),
                    fmt::format("expected the number of {}, got {}", unit, cursor.peek().quoted_name()));
      return false;
    }
    cursor.take();
  }
  return true;
}

bool RuleParser::parse_match(Cursor& cursor) {
  const std::vector<NamedExpression> named = read_expressions(cursor, source_);
  if (named.empty()) return false;
  if (parsed_.rule.counted) {
    source_.error(named.front().pos, fmt::format("'{}' behind the counter", named.front().expression->name()),
                  "nft would count packets that the rule does not match: put the counter behind the last match");
    return false;
  }
  Expressions expressions;
  for (const auto& [expression, pos] : named) {
    if (!layers_.require(*expression, pos, parsed_.rule.matches)) return false;
    expressions.push_back(expression);
  }
  if (!MatchParser(source_, values_, layers_, parsed_).parse(cursor, expressions, named.front().pos)) return false;
  if (parsed_.rule.verdict_map) ended_ = true;
  return true;
}

}  // namespace fwbench
