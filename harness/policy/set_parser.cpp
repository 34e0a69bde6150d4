// SPDX-License-Identifier: BSD-2-Clause
#include "policy/set_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "policy/expression_reader.h"

namespace fwbench {
namespace {

std::string type_names() {
  std::vector<std::string_view> names;
  for (const ValueTypeInfo& info : value_types()) {
    if (!info.name.empty()) names.push_back(info.name);
  }
  return fmt::format("supported: {}", fmt::join(names, ", "));
}

const ValueTypeInfo* find_type(std::string_view name) {
  if (name.empty()) return nullptr;
  const auto types = value_types();
  const auto found = std::find_if(types.begin(), types.end(), [=](const ValueTypeInfo& t) { return t.name == name; });
  return found == types.end() ? nullptr : &*found;
}

}  // namespace

bool SetParser::error(const Token& token, std::string message, std::string hint) {
  source_.error(token.pos(), std::move(message), std::move(hint));
  return false;
}

ParsedSet SetParser::parse(Cursor& cursor, const Token& name) {
  cursor.skip_separators();
  while (!cursor.at_end() && !cursor.peek().is_symbol("}") && !source_.gave_up()) {
    parse_item(cursor);
    cursor.skip_separators();
  }
  if (!has_type_) error(name, fmt::format("the {} '{}' has no type", is_map_ ? "map" : "set", name.raw), type_names());
  has_tuples() ? check_tuples() : check_elements();
  ParsedSet parsed;
  IntervalSet values;
  values.reserve(elements_.size());
  for (const Element& element : elements_) values.push_back(element.interval);
  parsed.set = {.bits = types_.empty() ? 0 : value_type_info(types_.front()).bits,
                .values = std::make_shared<const IntervalSet>(normalize(std::move(values))),
                .pos = name.pos()};
  parsed.types = types_;
  parsed.elements = std::move(tuples_);
  parsed.is_map = is_map_;
  return parsed;
}

void SetParser::parse_item(Cursor& cursor) {
  const int depth = cursor.depth();
  const Token token = cursor.take();
  const bool good = parse_word(cursor, token);
  const bool needs_separator = !token.is_word("elements");
  if (!good || cursor.depth() != depth) cursor.skip_statement(depth);
  if (cursor.at_statement_end() && !(needs_separator && good && cursor.peek().is_symbol("}"))) return;
  error(cursor.peek(), fmt::format("expected a line end or ';', got {}", cursor.peek().quoted_name()));
  cursor.skip_statement(depth);
}

bool SetParser::parse_word(Cursor& cursor, const Token& token) {
  if (token.is_word("type")) return parse_type(cursor);
  if (token.is_word("typeof")) return parse_typeof(cursor);
  if (token.is_word("flags")) return parse_flags(cursor);
  if (token.is_word("elements")) return parse_elements(cursor);
  if (token.is_word("size")) return parse_size(cursor);
  if (token.is_word("auto-merge")) {
    auto_merge_ = token.pos();
    return true;
  }
  if (token.is_word("policy")) {
    cursor.take();  // performance or memory: how the kernel stores it, not what it means
    return true;
  }
  if (token.is_word("comment")) {
    return cursor.take().kind == TokenKind::quoted || error(token, "a comment wants a string in double quotes");
  }
  const std::string near = nearest(token.raw, {"type", "typeof", "flags", "auto-merge", "elements", "size", "comment"});
  return error(token, fmt::format("unsupported {} in a {}", token.quoted_name(), is_map_ ? "map" : "set"),
               near.empty() ? "supported: type, typeof, flags, auto-merge, elements, size, policy, comment"
                            : fmt::format("did you mean '{}'?", near));
}

bool SetParser::parse_type(Cursor& cursor) {
  has_type_ = true;
  std::vector<ValueType> types;
  do {
    const Token name = cursor.take();
    const ValueTypeInfo* info = find_type(name.raw);
    if (info == nullptr) {
      std::vector<std::string_view> names;
      for (const ValueTypeInfo& known : value_types()) names.push_back(known.name);
      const std::string near = nearest(name.raw, names);
      return error(name, fmt::format("unsupported type {}", name.quoted_name()),
                   near.empty() ? type_names() : fmt::format("did you mean '{}'?", near));
    }
    if (types.size() == kMaxConcatenation) {
      return error(name, fmt::format("more than {} fields in a concatenation", kMaxConcatenation));
    }
    types.push_back(info->type);
  } while (cursor.accept("."));
  if (types.size() > 1 && std::find(types.begin(), types.end(), ValueType::tcp_flag) != types.end()) {
    return error(cursor.peek(), "'tcp_flag' in a concatenation is not supported",
                 "nft 1.0.6 aborts when it lists such a set");
  }
  if (!parse_map_target(cursor)) return false;
  types_ = std::move(types);
  return true;
}

bool SetParser::parse_typeof(Cursor& cursor) {
  has_type_ = true;
  const auto expressions = read_expressions(cursor, source_);
  if (expressions.empty() || !parse_map_target(cursor)) return false;
  for (const NamedExpression& named : expressions) types_.push_back(named.expression->type);
  return true;
}

/// `: verdict` behind a map's type.
bool SetParser::parse_map_target(Cursor& cursor) {
  const Token colon = cursor.peek();
  if (!is_map_) {
    return !colon.is_symbol(":") || error(colon, "a set has no verdicts", "write 'map' instead of 'set'");
  }
  if (!cursor.accept(":"))
    return error(colon, "a map wants ': verdict' behind its type", "such as 'type inet_service : verdict'");
  const Token target = cursor.take();
  return target.is_word("verdict") ||
         error(target, fmt::format("unsupported map to {}", target.quoted_name()), "supported: verdict, for 'vmap'");
}

bool SetParser::parse_flags(Cursor& cursor) {
  do {
    const Token flag = cursor.take();
    if (flag.is_word("interval")) {
      interval_ = true;
    } else if (!flag.is_word("constant")) {
      return error(flag, fmt::format("unsupported set flag {}", flag.quoted_name()), "supported: interval, constant");
    }
  } while (cursor.accept(","));
  return true;
}

bool SetParser::parse_size(Cursor& cursor) {
  const Token size = cursor.take();
  size_ = parse_number(size.raw);
  return size_ || error(size, fmt::format("expected a number, got {}", size.quoted_name()));
}

bool SetParser::parse_elements(Cursor& cursor) {
  if (!cursor.accept("=")) {
    return error(cursor.peek(), fmt::format("expected '=', got {}", cursor.peek().quoted_name()));
  }
  if (!has_type_) {
    has_type_ = true;
    return error(cursor.peek(), "elements in front of the set's type", "put 'type' first");
  }
  if (types_.empty()) return false;
  if (!values_.at_set(cursor)) {
    return error(cursor.peek(), fmt::format("expected '{{', got {}", cursor.peek().quoted_name()));
  }
  // Bad members were reported and skipped: the set is read to its end in any case.
  if (has_tuples()) {
    static_cast<void>(read_tuples(cursor, source_, values_, types_, is_map_, tuples_));
  } else {
    static_cast<void>(values_.read_set(cursor, types_.front(), elements_));
  }
  return true;
}

void SetParser::check_elements() {
  if (!interval_) {
    const auto range =
        std::find_if(elements_.begin(), elements_.end(), [](const Element& element) { return element.is_interval; });
    if (range != elements_.end()) {
      source_.error(range->pos, "a prefix or range in a set without 'flags interval'",
                    "add 'flags interval;' to the set");
    }
  }
  std::stable_sort(elements_.begin(), elements_.end(),
                   [](const Element& a, const Element& b) { return a.interval.first < b.interval.first; });
  if (interval_ && !auto_merge_) report_overlaps();
  if (!elements_.empty()) check_size(elements_.size(), elements_.front().pos);
}

void SetParser::check_size(size_t elements, SourcePos first) {
  if (!size_ || elements <= *size_) return;
  source_.error(first, fmt::format("{} elements in a {} of size {}", elements, is_map_ ? "map" : "set", *size_));
}

void SetParser::check_tuples() {
  if (auto_merge_) {
    source_.error(*auto_merge_, "'auto-merge' is for sets of single values",
                  "leave it out and make the elements disjoint");
  }
  for (const TupleElement& tuple : tuples_) {
    const auto range =
        std::find_if(tuple.parts.begin(), tuple.parts.end(), [](const Element& part) { return part.is_interval; });
    if (interval_ || range == tuple.parts.end()) continue;
    source_.error(range->pos,
                  fmt::format("a prefix or range in a {} without 'flags interval'", is_map_ ? "map" : "set"),
                  fmt::format("add 'flags interval;' to the {}", is_map_ ? "map" : "set"));
    break;
  }
  check_overlaps(source_, tuples_);
  if (!tuples_.empty()) check_size(tuples_.size(), tuples_.front().pos);
}

/// Elements are sorted by their first value.
void SetParser::report_overlaps() {
  size_t widest = 0;  // of those so far, the one that reaches farthest
  for (size_t i = 1; i < elements_.size(); ++i) {
    const Element& a = elements_[widest];
    const Element& b = elements_[i];
    if (b.interval.first <= a.interval.last && b.interval != a.interval) {  // the same one twice is fine with nft
      const bool in_order = std::pair(a.pos.line, a.pos.column) < std::pair(b.pos.line, b.pos.column);
      const SourcePos& first = in_order ? a.pos : b.pos;
      source_.error(in_order ? b.pos : a.pos, fmt::format("overlaps the element at {}", source_.place(first)),
                    "nft refuses overlapping elements: add 'auto-merge;' to the set");
    }
    if (b.interval.last > a.interval.last) widest = i;
  }
}

}  // namespace fwbench
