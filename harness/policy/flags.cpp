// SPDX-License-Identifier: BSD-2-Clause
/// `tcp flags`: the one field with a mask. Whatever the form, it comes down to a set of bytes.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "policy/rule_parser.h"

namespace fwbench {
namespace {

constexpr int kByteValues = 256;

bool compare(unsigned left, Comparison comparison, unsigned right) {
  switch (comparison) {
    case Comparison::ne:
      return left != right;
    case Comparison::lt:
      return left < right;
    case Comparison::gt:
      return left > right;
    case Comparison::le:
      return left <= right;
    case Comparison::ge:
      return left >= right;
    case Comparison::absent:
      return (left & right) == 0;
    case Comparison::implicit:
    case Comparison::eq:
      return left == right;
  }
  return false;
}

IntervalSet bytes_where(const std::function<bool(unsigned)>& satisfies) {
  IntervalSet intervals;
  for (unsigned byte = 0; byte < kByteValues; ++byte) {
    if (satisfies(byte)) intervals.push_back({byte, byte});
  }
  return normalize(std::move(intervals));
}

class FlagsReader {
 public:
  FlagsReader(Cursor& cursor, Source& source, ValueReader& values)
      : cursor_(cursor), source_(source), values_(values) {}

  std::optional<IntervalSet> read() {
    if (cursor_.accept("&")) return read_masked();
    const Comparison comparison = read_comparison(cursor_);
    if (values_.at_set(cursor_)) return read_members(comparison, 0xff);
    const SourcePos pos = cursor_.peek().pos();
    const auto flags = read_list();
    if (!flags) return std::nullopt;
    if (cursor_.peek().is_symbol("/")) return read_slash_mask(*flags, comparison, pos);
    const unsigned value = *flags;
    if (comparison == Comparison::implicit) {  // any of them, as for every bitmask type of nft's
      return bytes_where([=](unsigned byte) { return (byte & value) != 0; });
    }
    return bytes_where([=](unsigned byte) { return compare(byte, comparison, value); });
  }

 private:
  /// `& (syn|ack) == syn`: nft wants a right-hand side.
  std::optional<IntervalSet> read_masked() {
    const SourcePos mask_pos = cursor_.peek().pos();
    const bool in_parentheses = cursor_.peek().is_symbol("(") || cursor_.peek().kind == TokenKind::variable;
    if (!in_parentheses && cursor_.peek(1).is_symbol("|")) {
      source_.error(mask_pos, "a mask of several flags without parentheses",
                    "nft reads it as (flags & a) | b: write '& (a|b)'");
      return std::nullopt;
    }
    const auto mask = in_parentheses ? read_list() : read_flags();
    if (!mask) return std::nullopt;
    const Comparison comparison = read_comparison(cursor_);
    if (at_end_of_match() || comparison == Comparison::absent) {
      source_.error(cursor_.peek().pos(), "a mask wants a comparison", "such as 'tcp flags & (syn|ack) == syn'");
      return std::nullopt;
    }
    if (values_.at_set(cursor_)) return read_members(comparison, *mask);
    const auto flags = read_list();
    if (!flags) return std::nullopt;
    return bytes_where([=, m = *mask, value = *flags](unsigned byte) { return compare(byte & m, comparison, value); });
  }

  [[nodiscard]] bool at_end_of_match() const {
    const Token& next = cursor_.peek();
    return cursor_.at_statement_end() || is_verdict_word(next) || next.is_word("vmap") || next.is_word("counter");
  }

  /// `syn / syn,ack`: the mask must be a list, nft has no form with a single flag.
  std::optional<IntervalSet> read_slash_mask(unsigned value, Comparison comparison, SourcePos pos) {
    cursor_.take();
    if (comparison != Comparison::implicit && comparison != Comparison::eq && comparison != Comparison::ne) {
      source_.error(pos, "a value with a mask can only be compared with == and !=");
      return std::nullopt;
    }
    const bool is_list = cursor_.peek(1).is_symbol(",") || cursor_.peek().kind == TokenKind::variable;
    if (!is_list) {
      source_.error(cursor_.peek().pos(), "the mask behind '/' must be a list of flags with ','",
                    "or write '& (mask) == flags'");
      return std::nullopt;
    }
    const auto mask = read_list();
    if (!mask) return std::nullopt;
    return bytes_where([=, m = *mask](unsigned byte) { return compare(byte & m, comparison, value); });
  }

  std::optional<IntervalSet> read_members(Comparison comparison, unsigned mask) {
    if (comparison != Comparison::implicit && comparison != Comparison::eq && comparison != Comparison::ne) {
      source_.error(cursor_.peek().pos(), "a set can only be compared with == and !=");
      return std::nullopt;
    }
    std::vector<Element> members;
    if (!values_.read_set(cursor_, ValueType::tcp_flag, members)) return std::nullopt;
    const bool wanted = comparison != Comparison::ne;
    return bytes_where([&](unsigned byte) {
      const FieldValue masked = byte & mask;
      return wanted == std::any_of(members.begin(), members.end(), [=](const Element& member) {
               return member.interval.first <= masked && masked <= member.interval.last;
             });
    });
  }

  /// `syn`, `syn|ack`, `(syn|ack)`, `0x12`.
  std::optional<unsigned> read_flags() {
    const bool open = cursor_.accept("(");
    const auto element = values_.read_scalar(cursor_, ValueType::tcp_flag);
    if (!element) return std::nullopt;
    if (open && !cursor_.accept(")")) {
      source_.error(cursor_.peek().pos(), fmt::format("expected ')', got {}", cursor_.peek().quoted_name()),
                    "flags in parentheses are joined with '|'");
      return std::nullopt;
    }
    return static_cast<unsigned>(*element);
  }

  /// `syn,ack`, or a variable that stands for such a list.
  std::optional<unsigned> read_list() {
    if (cursor_.peek().kind == TokenKind::variable) return read_variable();
    unsigned flags = 0;
    do {
      const auto part = read_flags();
      if (!part) return std::nullopt;
      flags |= *part;
    } while (cursor_.accept(","));
    return flags;
  }

  std::optional<unsigned> read_variable() {
    const Token variable = cursor_.take();
    const std::vector<Token>* tokens = values_.resolve(variable);
    if (tokens == nullptr) return std::nullopt;
    Cursor inner(*tokens);
    FlagsReader reader(inner, source_, values_);
    const auto flags = reader.read_list();
    if (flags && !inner.at_end()) {
      source_.error(variable.pos(), fmt::format("'{}' does not stand for a list of flags", variable.raw));
      return std::nullopt;
    }
    return flags;
  }

  Cursor& cursor_;
  Source& source_;
  ValueReader& values_;
};

}  // namespace

std::optional<IntervalSet> read_tcp_flags(Cursor& cursor, Source& source, ValueReader& values) {
  return FlagsReader(cursor, source, values).read();
}

}  // namespace fwbench
