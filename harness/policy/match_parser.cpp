// SPDX-License-Identifier: BSD-2-Clause
#include "policy/match_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "policy/bits.h"

namespace fwbench {
namespace {

IntervalSet intervals_of(const std::vector<Element>& elements) {
  IntervalSet intervals;
  intervals.reserve(elements.size());
  for (const Element& element : elements) intervals.push_back(element.interval);
  return normalize(std::move(intervals));
}

bool is_mask(const Token& token) {
  return token.is_symbol("&") || token.is_word("and");
}

}  // namespace

std::vector<ValueType> value_types(const Expressions& expressions) {
  std::vector<ValueType> types;
  for (const Expression* expression : expressions) types.push_back(expression->type);
  return types;
}

std::vector<Field> fields_of(const Expressions& expressions) {
  std::vector<Field> fields;
  for (const Expression* expression : expressions) fields.push_back(expression->field);
  return fields;
}

std::vector<Tuple> field_tuples(const Expressions& expressions, const std::vector<Element>& parts) {
  std::vector<Tuple> tuples(1);
  for (size_t i = 0; i < expressions.size(); ++i) {
    const IntervalSet values = field_values(*expressions[i], {parts[i].interval});
    std::vector<Tuple> longer;
    for (const Tuple& tuple : tuples) {
      for (const Interval& interval : values) {
        longer.push_back(tuple);
        longer.back().push_back(interval);
      }
    }
    tuples = std::move(longer);
  }
  return tuples;
}

bool MatchParser::parse(Cursor& cursor, const Expressions& expressions, SourcePos pos) {
  if (cursor.accept_word("vmap")) return parse_map(cursor, expressions);
  if (expressions.size() > 1) return parse_tuples(cursor, expressions, pos);
  return parse_values(cursor, *expressions.front(), pos);
}

bool MatchParser::parse_tuples(Cursor& cursor, const Expressions& expressions, SourcePos pos) {
  const Comparison comparison = read_comparison(cursor);
  const Token& next = cursor.peek();
  const bool is_set = next.kind == TokenKind::set_name || values_.at_set(cursor);
  if (!is_equality(comparison) || !is_set) {
    source_.error(cursor.at_statement_end() ? pos : next.pos(),
                  is_set ? "a set can only be compared with == and !=" : "several fields want a set of values",
                  "such as 'ip saddr . tcp dport { 198.18.0.1 . 80 }', or a set's name with '@'");
    return false;
  }
  TupleMatch match{.fields = fields_of(expressions), .negated = comparison == Comparison::ne, .tuples = nullptr};
  if (next.kind == TokenKind::set_name) {
    const Token name = cursor.take();
    parsed_.references.push_back(
        {SetReference::Kind::tuple, parsed_.rule.tuple_matches.size(), name.text(), expressions, name.pos()});
  } else {
    std::vector<TupleElement> elements;
    if (!read_tuples(cursor, source_, values_, value_types(expressions), false, elements)) return false;
    check_overlaps(source_, elements);
    std::vector<Tuple> tuples;
    for (const TupleElement& element : elements) {
      for (Tuple& tuple : field_tuples(expressions, element.parts)) tuples.push_back(std::move(tuple));
    }
    match.tuples = std::make_shared<const std::vector<Tuple>>(std::move(tuples));
  }
  parsed_.rule.tuple_matches.push_back(std::move(match));
  return true;
}

bool MatchParser::parse_map(Cursor& cursor, const Expressions& expressions) {
  parsed_.rule.verdict_map = VerdictMap{.fields = fields_of(expressions), .entries = nullptr};
  parsed_.map_expressions = expressions;
  const Token next = cursor.peek();
  if (next.kind == TokenKind::set_name) {
    cursor.take();
    parsed_.references.push_back({SetReference::Kind::map, 0, next.text(), expressions, next.pos()});
    return true;
  }
  if (!values_.at_set(cursor)) {
    source_.error(next.pos(), fmt::format("expected '{{' or a map's name with '@', got {}", next.quoted_name()),
                  "such as 'tcp dport vmap { 22 : accept, 80-90 : jump web }'");
    return false;
  }
  if (!read_tuples(cursor, source_, values_, value_types(expressions), true, parsed_.map_elements)) return false;
  check_overlaps(source_, parsed_.map_elements);
  return true;
}

void MatchParser::add_match(const Expression& expression, bool negated, IntervalSet values, SourcePos pos) {
  if (values.empty() && !negated) {
    source_.warning(pos, fmt::format("this '{}' matches no packet", expression.name()));
  }
  parsed_.rule.matches.push_back({expression.field, negated, std::make_shared<const IntervalSet>(std::move(values))});
}

bool MatchParser::add_set_reference(Cursor& cursor, const Expression& expression, Comparison comparison, bool masked) {
  const Token name = cursor.take();
  if (!is_equality(comparison)) {
    source_.error(name.pos(), "a set can only be compared with == and !=");
    return false;
  }
  if (masked) {
    source_.error(name.pos(), "a named set behind a mask is not supported", "write the values: { ... }");
    return false;
  }
  parsed_.references.push_back(
      {SetReference::Kind::match, parsed_.rule.matches.size(), name.text(), {&expression}, name.pos()});
  parsed_.rule.matches.push_back({expression.field, comparison == Comparison::ne, nullptr});
  return true;
}

bool MatchParser::add_flags(Cursor& cursor, const Expression& expression, SourcePos pos) {
  auto values = read_tcp_flags(cursor, source_, values_);
  if (!values) return false;
  add_match(expression, false, std::move(*values), pos);
  return true;
}

/// `& 255.255.0.0`; parentheses around it are fine.
std::optional<FieldValue> MatchParser::read_mask(Cursor& cursor, const Expression& expression) {
  const SourcePos pos = cursor.take().pos();
  const bool shifted_in_network_order = expression.field == Field::ip6_class;
  if (shifted_in_network_order || expression.field == Field::length || expression.type == ValueType::boolean) {
    source_.error(pos, fmt::format("a mask on '{}' is not supported", expression.name()),
                  "nft 1.0.6 would apply it in the wrong byte order: write the values, or a range");
    return std::nullopt;
  }
  const bool open = cursor.accept("(");
  const auto mask = values_.read_scalar(cursor, expression.type);
  if (!mask) return std::nullopt;
  if (open && !cursor.accept(")")) {
    source_.error(cursor.peek().pos(), fmt::format("expected ')', got {}", cursor.peek().quoted_name()));
    return std::nullopt;
  }
  for (const std::string_view symbol : {"|", "^", "<<", ">>", "&"}) {
    if (!cursor.peek().is_symbol(symbol)) continue;
    source_.error(cursor.peek().pos(), fmt::format("'{}' behind a mask is not supported", symbol),
                  "supported: one mask with '&'");
    return std::nullopt;
  }
  return mask;
}

/// The right-hand side of == and !=.
bool MatchParser::read_values(Cursor& cursor, const Expression& expression, bool masked,
                              std::vector<Element>& elements) {
  if (values_.at_set(cursor)) return values_.read_set(cursor, expression.type, elements);
  const auto element = values_.read_element(cursor, expression.type);
  if (!element) return false;
  elements.push_back(*element);
  if (masked && element->is_interval && element->prefix) {
    source_.error(element->pos, "a prefix behind a mask", "nft 1.0.6 gets it wrong: leave out one of them");
    return false;
  }
  if (cursor.peek().is_symbol(",")) {
    source_.error(cursor.peek().pos(), "a list of values wants braces", "write { a, b }");
    return false;
  }
  return true;
}

bool MatchParser::parse_values(Cursor& cursor, const Expression& expression, SourcePos pos) {
  if (expression.type == ValueType::tcp_flag) {
    Cursor ahead = cursor;
    const Comparison comparison = read_comparison(ahead);
    if (ahead.peek().kind != TokenKind::set_name && !ahead.at_statement_end()) {
      return add_flags(cursor, expression, pos);
    }
    if (ahead.peek().kind == TokenKind::set_name) {
      cursor = ahead;
      return add_set_reference(cursor, expression, comparison, false);
    }
  }
  std::optional<FieldValue> mask;
  const bool masked = is_mask(cursor.peek());
  if (masked && !(mask = read_mask(cursor, expression))) return false;
  const Comparison comparison = read_comparison(cursor);
  if (cursor.at_statement_end()) {
    source_.error(cursor.peek().kind == TokenKind::newline || cursor.at_end() ? pos : cursor.peek().pos(),
                  fmt::format("'{}' wants a value", expression.name()));
    return false;
  }
  if (cursor.peek().kind == TokenKind::set_name) return add_set_reference(cursor, expression, comparison, masked);
  IntervalSet values;
  if (is_equality(comparison)) {
    const bool is_set = values_.at_set(cursor);
    std::vector<Element> elements;
    if (!read_values(cursor, expression, masked, elements)) return false;
    if (comparison != Comparison::ne && !masked) layers_.learn(expression, elements, is_set);
    values = intervals_of(elements);
  } else {
    const auto ordered = read_ordered(cursor, expression, comparison);
    if (!ordered) return false;
    values = *ordered;
  }
  if (masked) {
    auto unmasked = values_behind_mask(*mask, values, value_bits(expression));
    if (!unmasked) {
      source_.error(pos,
                    fmt::format("this mask on '{}' comes to more than {} ranges", expression.name(), kMaxMaskIntervals),
                    "masks whose low bits are 0 come to few");
      return false;
    }
    values = std::move(*unmasked);
  }
  add_match(expression, comparison == Comparison::ne, field_values(expression, values), pos);
  return true;
}

std::optional<IntervalSet> MatchParser::read_ordered(Cursor& cursor, const Expression& expression,
                                                     Comparison comparison) {
  const Token first = cursor.peek();
  if (comparison == Comparison::absent) {
    source_.error(first.pos(), "'!' is for 'tcp flags' only", "write '!='");
    return std::nullopt;
  }
  std::optional<Element> element;
  if (!values_.at_set(cursor)) {
    element = values_.read_element(cursor, expression.type);
    if (!element) return std::nullopt;
  }
  if (!element || element->is_interval) {
    source_.error(first.pos(), "only a single value can be compared with <, >, <= and >=");
    return std::nullopt;
  }
  const FieldValue value = element->interval.first;
  const FieldValue top = max_value(value_bits(expression));
  IntervalSet values;
  switch (comparison) {
    case Comparison::lt:
      if (value > 0) values.push_back({0, value - 1});
      break;
    case Comparison::gt:
      if (value < top) values.push_back({value + 1, top});
      break;
    case Comparison::le:
      values.push_back({0, value});
      break;
    default:
      values.push_back({value, top});
      break;
  }
  return values;
}

}  // namespace fwbench
