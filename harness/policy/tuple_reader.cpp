// SPDX-License-Identifier: BSD-2-Clause
#include "policy/tuple_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace fwbench {
namespace {

struct VerdictWord {
  std::string_view word;
  Action action;
};
constexpr auto kVerdictWords = std::to_array<VerdictWord>({
    {"accept", Action::accept},
    {"drop", Action::drop},
    {"continue", Action::next},
    {"return", Action::leave},
    {"jump", Action::jump},
    {"goto", Action::go_to},
});

const VerdictWord* find_verdict(const Token& token) {
  const auto found = std::find_if(kVerdictWords.begin(), kVerdictWords.end(),
                                  [&](const VerdictWord& verdict) { return token.is_word(verdict.word); });
  return found == kVerdictWords.end() ? nullptr : &*found;
}

bool overlap(const Interval& a, const Interval& b) {
  return a.first <= b.last && b.first <= a.last;
}

bool overlap(const TupleElement& a, const TupleElement& b) {
  for (size_t i = 0; i < a.parts.size(); ++i) {
    if (!overlap(a.parts[i].interval, b.parts[i].interval)) return false;
  }
  return true;
}

bool same_values(const TupleElement& a, const TupleElement& b) {
  for (size_t i = 0; i < a.parts.size(); ++i) {
    if (a.parts[i].interval != b.parts[i].interval) return false;
  }
  return true;
}

/// The part that tells most elements apart: sorted by it, few neighbours are to be compared.
size_t most_telling_part(const std::vector<TupleElement>& elements) {
  size_t best = 0;
  size_t most = 0;
  for (size_t part = 0; part < elements.front().parts.size(); ++part) {
    std::set<FieldValue> firsts;
    for (const TupleElement& element : elements) firsts.insert(element.parts[part].interval.first);
    if (firsts.size() > most) {
      most = firsts.size();
      best = part;
    }
  }
  return best;
}

bool stands_before(const SourcePos& a, const SourcePos& b) {
  return std::pair(a.line, a.column) < std::pair(b.line, b.column);
}

void report_overlap(Source& source, const TupleElement& a, const TupleElement& b) {
  const bool in_order = stands_before(a.pos, b.pos);
  const TupleElement& first = in_order ? a : b;
  const TupleElement& second = in_order ? b : a;
  source.error(second.pos, fmt::format("overlaps the element at {}", source.place(first.pos)),
               same_values(a, b) ? "nft refuses one element with two verdicts"
                                 : "make the elements disjoint, or write a rule for each");
}

}  // namespace

bool is_verdict_word(const Token& token) {
  return find_verdict(token) != nullptr;
}

std::optional<ParsedVerdict> read_verdict(Cursor& cursor, Source& source) {
  const VerdictWord* verdict = find_verdict(cursor.peek());
  if (verdict == nullptr) {
    source.error(cursor.peek().pos(), fmt::format("expected a verdict, got {}", cursor.peek().quoted_name()),
                 "supported: accept, drop, jump CHAIN, goto CHAIN, return, continue");
    return std::nullopt;
  }
  ParsedVerdict parsed{.action = verdict->action, .chain = {}, .pos = cursor.take().pos()};
  if (parsed.action != Action::jump && parsed.action != Action::go_to) return parsed;
  const Token& chain = cursor.peek();
  if (chain.kind != TokenKind::word) {
    source.error(chain.pos(), fmt::format("'{}' wants a chain's name, got {}", verdict->word, chain.quoted_name()));
    return std::nullopt;
  }
  parsed.chain = chain.raw;
  parsed.pos = chain.pos();
  cursor.take();
  return parsed;
}

namespace {

class TupleReader {
 public:
  TupleReader(Source& source, ValueReader& values, std::span<const ValueType> types, bool with_verdict,
              std::vector<TupleElement>& elements)
      : source_(source), values_(values), types_(types), with_verdict_(with_verdict), elements_(elements) {}

  bool read(Cursor& cursor) {
    return values_.read_list(cursor, [this](Cursor& member) { return read_member(member); });
  }

 private:
  bool read_member(Cursor& cursor) {
    if (values_.at_set(cursor)) return read(cursor);
    TupleElement element;
    element.pos = cursor.peek().pos();
    for (size_t i = 0; i < types_.size(); ++i) {
      if (i > 0 && !cursor.accept(".")) {
        return expected(cursor, fmt::format("'.' and {} more of {} values", types_.size() - i, types_.size()));
      }
      cursor.skip_newlines();
      const auto part = values_.read_element(cursor, types_[i]);
      if (!part) return false;
      element.parts.push_back(*part);
    }
    if (with_verdict_) {
      if (cursor.peek().is_word("comment") && !values_.skip_element_options(cursor)) return false;
      if (!cursor.accept(":")) return expected(cursor, "':' and a verdict");
      const auto verdict = read_verdict(cursor, source_);
      if (!verdict) return false;
      element.verdict = *verdict;
    } else if (!values_.skip_element_options(cursor)) {
      return false;
    }
    elements_.push_back(std::move(element));
    return true;
  }

  bool expected(Cursor& cursor, const std::string& what) {
    source_.error(cursor.peek().pos(), fmt::format("expected {}, got {}", what, cursor.peek().quoted_name()));
    return false;
  }

  Source& source_;
  ValueReader& values_;
  std::span<const ValueType> types_;
  bool with_verdict_;
  std::vector<TupleElement>& elements_;
};

}  // namespace

bool read_tuples(Cursor& cursor, Source& source, ValueReader& values, std::span<const ValueType> types,
                 bool with_verdict, std::vector<TupleElement>& elements) {
  return TupleReader(source, values, types, with_verdict, elements).read(cursor);
}

void check_overlaps(Source& source, std::vector<TupleElement>& elements) {
  if (elements.size() < 2) return;
  const size_t part = most_telling_part(elements);
  std::stable_sort(elements.begin(), elements.end(), [=](const TupleElement& a, const TupleElement& b) {
    return a.parts[part].interval.first < b.parts[part].interval.first;
  });
  std::vector<size_t> open;  // earlier ones that reach to where we are
  for (size_t i = 0; i < elements.size(); ++i) {
    const TupleElement& element = elements[i];
    const FieldValue at = element.parts[part].interval.first;
    std::erase_if(open, [&](size_t other) { return elements[other].parts[part].interval.last < at; });
    for (const size_t other : open) {
      const bool twice = same_values(elements[other], element) && elements[other].verdict == element.verdict;
      if (!twice && overlap(elements[other], element)) {
        report_overlap(source, elements[other], element);
        break;
      }
    }
    open.push_back(i);
  }
}

}  // namespace fwbench
