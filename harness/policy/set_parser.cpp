// SPDX-License-Identifier: BSD-2-Clause
#include "policy/set_parser.h"

#include <fmt/format.h>

#include <algorithm>

namespace fwbench {
namespace {

std::string type_names() {
  std::vector<std::string_view> names;
  for (const ValueTypeInfo& info : value_types()) names.push_back(info.name);
  return fmt::format("supported: {}", fmt::join(names, ", "));
}

const ValueTypeInfo* find_type(std::string_view name) {
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
  if (!has_type_) error(name, fmt::format("the set '{}' has no type", name.raw), type_names());
  check_elements();
  IntervalSet values;
  values.reserve(elements_.size());
  for (const Element& element : elements_) values.push_back(element.interval);
  const ValueType type = type_.value_or(ValueType::ipv4_addr);
  return {.set = {.bits = value_type_info(type).bits,
                  .values = std::make_shared<const IntervalSet>(normalize(std::move(values))),
                  .pos = name.pos()},
          .type = type};
}

void SetParser::parse_item(Cursor& cursor) {
  const int depth = cursor.depth();
  const Token token = cursor.take();
  bool good = true;
  bool needs_separator = true;
  if (token.is_word("type")) {
    good = parse_type(cursor);
  } else if (token.is_word("flags")) {
    good = parse_flags(cursor);
  } else if (token.is_word("auto-merge")) {
    auto_merge_ = true;
  } else if (token.is_word("elements")) {
    good = parse_elements(cursor);
    needs_separator = false;
  } else if (token.is_word("size")) {
    good = parse_size(cursor);
  } else if (token.is_word("policy")) {
    cursor.take();  // performance or memory: how the kernel stores it, not what it means
  } else if (token.is_word("comment")) {
    if (cursor.take().kind != TokenKind::quoted) good = error(token, "a comment wants a string in double quotes");
  } else {
    const std::string near = nearest(token.raw, {"type", "flags", "auto-merge", "elements", "size", "comment"});
    good = error(token, fmt::format("unsupported {} in a set", token.quoted_name()),
                 near.empty() ? "supported: type, flags, auto-merge, elements, size, policy, comment"
                              : fmt::format("did you mean '{}'?", near));
  }
  if (!good || cursor.depth() != depth) cursor.skip_statement(depth);
  if (cursor.at_statement_end() && !(needs_separator && good && cursor.peek().is_symbol("}"))) return;
  error(cursor.peek(), fmt::format("expected a line end or ';', got {}", cursor.peek().quoted_name()));
  cursor.skip_statement(depth);
}

bool SetParser::parse_type(Cursor& cursor) {
  has_type_ = true;
  const Token name = cursor.take();
  const ValueTypeInfo* info = find_type(name.raw);
  if (info == nullptr) {
    std::vector<std::string_view> names;
    for (const ValueTypeInfo& known : value_types()) names.push_back(known.name);
    const std::string near = nearest(name.raw, names);
    return error(name, fmt::format("unsupported type {}", name.quoted_name()),
                 near.empty() ? type_names() : fmt::format("did you mean '{}'?", near));
  }
  if (cursor.peek().is_symbol(".")) {
    return error(cursor.peek(), "concatenations are not supported", "write one match for each field");
  }
  type_ = info->type;
  return true;
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
  if (!type_) return false;
  if (!values_.at_set(cursor)) {
    return error(cursor.peek(), fmt::format("expected '{{', got {}", cursor.peek().quoted_name()));
  }
  // Bad members were reported and skipped: the set is read to its end in any case.
  static_cast<void>(values_.read_set(cursor, *type_, elements_));
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
  if (size_ && elements_.size() > *size_) {
    source_.error(elements_.front().pos, fmt::format("{} elements in a set of size {}", elements_.size(), *size_));
  }
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
      source_.error(in_order ? b.pos : a.pos, fmt::format("overlaps the element at {}:{}", first.line, first.column),
                    "nft refuses overlapping elements: add 'auto-merge;' to the set");
    }
    if (b.interval.last > a.interval.last) widest = i;
  }
}

}  // namespace fwbench
