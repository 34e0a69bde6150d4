// SPDX-License-Identifier: BSD-2-Clause
#include "policy/expression_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace fwbench {
namespace {

/// What cannot be part of a concatenation.
bool check_concatenation(Source& source, const std::vector<NamedExpression>& expressions) {
  for (size_t i = 0; i < expressions.size(); ++i) {
    const Expression& expression = *expressions[i].expression;
    if (i == kMaxConcatenation) {
      source.error(expressions[i].pos, fmt::format("more than {} fields in a concatenation", kMaxConcatenation));
      return false;
    }
    if (expression.field == Field::ip6_class) {
      source.error(expressions[i].pos, "'ip6 dscp' in a concatenation is not supported",
                   "nft 1.0.6 would shift it in the wrong byte order: write a match of its own");
      return false;
    }
    if (expression.type == ValueType::tcp_flag) {
      source.error(expressions[i].pos, "'tcp flags' in a concatenation is not supported",
                   "nft 1.0.6 aborts when it lists such a rule: write a match of its own");
      return false;
    }
    const auto twin = std::find_if(expressions.begin(), expressions.begin() + static_cast<std::ptrdiff_t>(i),
                                   [&](const NamedExpression& e) { return e.expression->field == expression.field; });
    if (twin != expressions.begin() + static_cast<std::ptrdiff_t>(i)) {
      source.error(expressions[i].pos,
                   fmt::format("'{}' and '{}' in a concatenation are the same field", twin->expression->name(),
                               expression.name()),
                   "write a match for one of them");
      return false;
    }
  }
  return true;
}

}  // namespace

std::vector<NamedExpression> read_expressions(Cursor& cursor, Source& source) {
  std::vector<NamedExpression> expressions;
  do {
    const Token object = cursor.peek();
    const Token key = cursor.peek(1);
    const Expression* expression = find_expression(object.raw, key.raw);
    if (object.kind != TokenKind::word || expression == nullptr) {
      report_unsupported(source, object, key);
      return {};
    }
    cursor.take();
    cursor.take();
    SourcePos pos = object.pos();
    if (key.line == object.line) pos.length = key.pos().column + key.pos().length - pos.column;
    expressions.push_back({expression, pos});
  } while (cursor.accept("."));
  if (expressions.size() > 1 && !check_concatenation(source, expressions)) return {};
  return expressions;
}

void report_unsupported(Source& source, const Token& object, const Token& key) {
  if (object.kind != TokenKind::word) {
    source.error(object.pos(), fmt::format("expected a match or a statement, got {}", object.quoted_name()),
                 fmt::format("supported: {}", supported_words()));
    return;
  }
  if (const Unsupported* known = find_unsupported(object.raw, key.raw)) {
    const bool with_key = !known->key.empty() || known->object == "ct";
    source.error(
        object.pos(),
        fmt::format("unsupported expression '{}{}{}'", object.raw, with_key ? " " : "", with_key ? key.raw : ""),
        std::string(known->hint));
    return;
  }
  if (is_expression_object(object.raw)) {
    const std::string near = nearest_key(object.raw, key.raw);
    const bool has_key = key.kind == TokenKind::word;
    source.error(has_key ? key.pos() : object.pos(),
                 has_key ? fmt::format("unsupported expression '{} {}'", object.raw, key.raw)
                         : fmt::format("'{}' wants the name of a field, got {}", object.raw, key.quoted_name()),
                 has_key && !near.empty()
                     ? fmt::format("did you mean '{} {}'?", object.raw, near)
                     : fmt::format("supported behind '{}': {}", object.raw, supported_keys(object.raw)));
    return;
  }
  const std::string near = nearest_object(object.raw);
  source.error(
      object.pos(), fmt::format("unknown expression or statement '{}'", object.raw),
      near.empty() ? fmt::format("supported: {}", supported_words()) : fmt::format("did you mean '{}'?", near));
}

}  // namespace fwbench
