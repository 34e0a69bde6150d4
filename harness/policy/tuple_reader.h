// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Elements of several values, and verdicts: { 10.0.0.0/8 . 80, ... }, { 22 : accept, 80-90 : jump web }.

#include <optional>
#include <span>
#include <vector>

#include "policy/policy.h"
#include "policy/value.h"

namespace fwbench {

/// A verdict as written; chains may be defined further down.
struct ParsedVerdict {
  Action action = Action::next;
  std::string_view chain;  ///< of jump and goto
  SourcePos pos;           ///< of the chain's name, or of the verdict

  bool operator==(const ParsedVerdict& other) const { return action == other.action && chain == other.chain; }
};

[[nodiscard]] bool is_verdict_word(const Token& token);
/// At a verdict's first word. Nothing when there are errors.
[[nodiscard]] std::optional<ParsedVerdict> read_verdict(Cursor& cursor, Source& source);

struct TupleElement {
  std::vector<Element> parts;
  ParsedVerdict verdict;  ///< of a map's element
  SourcePos pos;
};

/// A list in braces. A bad element is reported and skipped; false if any was bad.
/// @param types of the values that '.' joins
[[nodiscard]] bool read_tuples(Cursor& cursor, Source& source, ValueReader& values, std::span<const ValueType> types,
                               bool with_verdict, std::vector<TupleElement>& elements);

/// Reports elements that overlap. nft refuses some of these by their order; that the rest would be decided by the order
/// is not what anyone reads there. The same element twice is fine when it has the same verdict.
void check_overlaps(Source& source, std::vector<TupleElement>& elements);

}  // namespace fwbench
