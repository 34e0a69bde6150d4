// SPDX-License-Identifier: BSD-2-Clause
#include "policy/rule_parser.h"

#include <fmt/format.h>

#include <array>
#include <memory>

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

std::string_view layer_value_name(Field field, uint16_t value) {
  const ValueType type = field == Field::ether_type ? ValueType::ether_type : ValueType::inet_proto;
  for (const ValueSymbol& symbol : value_type_info(type).symbols) {
    if (symbol.value == value) return symbol.name;
  }
  return "another";
}

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
  network_ = transport_ = {};
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
    source_.error(token.pos(), fmt::format("{} behind the verdict has no effect", token.quoted_name()),
                  "put the verdict last; begin a new rule on a new line or behind ';'");
    return false;
  }
  if (token.is_word("accept") || token.is_word("drop")) {
    parsed_.rule.outcome.action = cursor.take().is_word("drop") ? Action::drop : Action::accept;
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
  const Token object = cursor.peek();
  const Token key = cursor.peek(1);
  const Expression* expression = find_expression(object.raw, key.raw);
  if (object.kind != TokenKind::word || expression == nullptr) return report_unsupported(object, key);
  if (parsed_.rule.counted) {
    source_.error(object.pos(), fmt::format("'{}' behind the counter", expression->name()),
                  "nft would count packets that the rule does not match: put the counter behind the last match");
    return false;
  }
  cursor.take();
  cursor.take();
  SourcePos pos = object.pos();
  if (key.line == object.line) pos.length = key.pos().column + key.pos().length - pos.column;
  return add_dependencies(*expression, pos) && parse_values(cursor, *expression, pos);
}

bool RuleParser::report_unsupported(const Token& object, const Token& key) {
  if (object.kind != TokenKind::word) {
    source_.error(object.pos(), fmt::format("expected a match or a statement, got {}", object.quoted_name()),
                  fmt::format("supported: {}", supported_words()));
    return false;
  }
  if (const Unsupported* known = find_unsupported(object.raw, key.raw)) {
    const bool with_key = !known->key.empty() || known->object == "ct";
    source_.error(
        object.pos(),
        fmt::format("unsupported expression '{}{}{}'", object.raw, with_key ? " " : "", with_key ? key.raw : ""),
        std::string(known->hint));
    return false;
  }
  if (is_expression_object(object.raw)) {
    const std::string near = nearest_key(object.raw, key.raw);
    const bool has_key = key.kind == TokenKind::word;
    source_.error(has_key ? key.pos() : object.pos(),
                  has_key ? fmt::format("unsupported expression '{} {}'", object.raw, key.raw)
                          : fmt::format("'{}' wants the name of a field, got {}", object.raw, key.quoted_name()),
                  has_key && !near.empty()
                      ? fmt::format("did you mean '{} {}'?", object.raw, near)
                      : fmt::format("supported behind '{}': {}", object.raw, supported_keys(object.raw)));
    return false;
  }
  const std::string near = nearest_object(object.raw);
  source_.error(
      object.pos(), fmt::format("unknown expression or statement '{}'", object.raw),
      near.empty() ? fmt::format("supported: {}", supported_words()) : fmt::format("did you mean '{}'?", near));
  return false;
}

bool RuleParser::need(Layer& layer, Field field, uint16_t value, const Expression& expression, SourcePos pos) {
  if (layer.known) {
    if (!layer.several && layer.value == value) return true;
    source_.error(pos,
                  layer.several
                      ? fmt::format("'{}' behind a set of several protocols", expression.name())
                      : fmt::format("'{}' contradicts what the rule says before: {}, not {}", expression.name(),
                                    layer_value_name(field, layer.value), layer_value_name(field, value)),
                  layer.several ? "nft refuses it: leave out the set, or use 'th sport' and 'th dport'"
                                : "nft refuses it: the rule could never match");
    return false;
  }
  layer = {.known = true, .value = value};
  parsed_.rule.matches.push_back(
      {field, false, std::make_shared<const IntervalSet>(IntervalSet{Interval{value, value}})});
  return true;
}

bool RuleParser::add_dependencies(const Expression& expression, SourcePos pos) {
  const uint16_t needed = expression.needed;
  switch (expression.needs) {
    case Needs::nothing:
      return true;
    case Needs::network:
      return need(network_, Field::ether_type, needed, expression, pos);
    case Needs::transport:
      return need(transport_, Field::l4proto, needed, expression, pos);
    case Needs::icmp_transport:
      // ICMP of the other IP version is a matter of the packet, not of the rule: nft asks for the version only where
      // the rule says nothing at all.
      if (!network_.known && !transport_.known &&
          !need(network_, Field::ether_type, needed == 1 ? kEtherIpv4 : kEtherIpv6, expression, pos)) {
        return false;
      }
      return need(transport_, Field::l4proto, needed, expression, pos);
  }
  return false;
}

void RuleParser::learn(const Expression& expression, const std::vector<Element>& elements, bool is_set) {
  if (expression.tells == Tells::nothing) return;
  Layer& layer = expression.tells == Tells::network ? network_ : transport_;
  const Interval first = elements.front().interval;
  if (!is_set && elements.front().is_interval) return;  // nft learns nothing from a range
  const bool several = elements.size() > 1 || first.first != first.last;
  layer = {.known = true, .several = several, .value = static_cast<uint16_t>(first.first)};
}

void RuleParser::add_match(const Expression& expression, bool negated, IntervalSet values, SourcePos pos) {
  if (values.empty()) {
    source_.warning(pos, fmt::format("this '{}' matches no packet", expression.name()));
  }
  parsed_.rule.matches.push_back({expression.field, negated, std::make_shared<const IntervalSet>(std::move(values))});
}

bool RuleParser::add_set_reference(Cursor& cursor, const Expression& expression, Comparison comparison) {
  const Token name = cursor.take();
  if (comparison != Comparison::implicit && comparison != Comparison::eq && comparison != Comparison::ne) {
    source_.error(name.pos(), "a set can only be compared with == and !=");
    return false;
  }
  parsed_.references.push_back({parsed_.rule.matches.size(), name.text(), expression.type, name.pos()});
  parsed_.rule.matches.push_back({expression.field, comparison == Comparison::ne, nullptr});
  return true;
}

bool RuleParser::add_flags(Cursor& cursor, const Expression& expression, SourcePos pos) {
  auto values = read_tcp_flags(cursor, source_, values_);
  if (!values) return false;
  add_match(expression, false, std::move(*values), pos);
  return true;
}

bool RuleParser::parse_values(Cursor& cursor, const Expression& expression, SourcePos pos) {
  Cursor ahead = cursor;
  const Comparison comparison = read_comparison(ahead);
  if (ahead.peek().kind == TokenKind::set_name) {
    cursor = ahead;
    return add_set_reference(cursor, expression, comparison);
  }
  if (ahead.at_statement_end()) {
    source_.error(ahead.peek().kind == TokenKind::newline || ahead.at_end() ? pos : ahead.peek().pos(),
                  fmt::format("'{}' wants a value", expression.name()));
    return false;
  }
  if (expression.type == ValueType::tcp_flag) return add_flags(cursor, expression, pos);
  if (ahead.peek().is_symbol("&")) {
    source_.error(ahead.peek().pos(), fmt::format("a mask on '{}' is not supported", expression.name()),
                  "supported: a value, a prefix, a range, a set; masks on 'tcp flags' only");
    return false;
  }
  cursor = ahead;
  if (comparison != Comparison::implicit && comparison != Comparison::eq && comparison != Comparison::ne) {
    return add_ordered(cursor, expression, comparison, pos);
  }
  std::vector<Element> elements;
  const bool is_set = values_.at_set(cursor);
  if (is_set) {
    if (!values_.read_set(cursor, expression.type, elements)) return false;
  } else {
    const auto element = values_.read_element(cursor, expression.type);
    if (!element) return false;
    elements.push_back(*element);
    if (cursor.peek().is_symbol(",")) {
      source_.error(cursor.peek().pos(), "a list of values wants braces", "write { a, b }");
      return false;
    }
  }
  if (comparison != Comparison::ne) learn(expression, elements, is_set);
  IntervalSet intervals;
  intervals.reserve(elements.size());
  for (const Element& element : elements) intervals.push_back(element.interval);
  add_match(expression, comparison == Comparison::ne, normalize(std::move(intervals)), pos);
  return true;
}

bool RuleParser::add_ordered(Cursor& cursor, const Expression& expression, Comparison comparison, SourcePos pos) {
  const Token first = cursor.peek();
  if (comparison == Comparison::absent) {
    source_.error(first.pos(), "'!' is for 'tcp flags' only", "write '!='");
    return false;
  }
  std::optional<Element> element;
  if (!values_.at_set(cursor)) {
    element = values_.read_element(cursor, expression.type);
    if (!element) return false;
  }
  if (!element || element->is_interval) {
    source_.error(first.pos(), "only a single value can be compared with <, >, <= and >=");
    return false;
  }
  const FieldValue value = element->interval.first;
  const FieldValue top = max_value(field_bits(expression.field));
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
  add_match(expression, false, std::move(values), pos);
  return true;
}

}  // namespace fwbench
