// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The names of fields in a rule or behind `typeof`: "tcp dport", "ip saddr . tcp dport".

#include <vector>

#include "policy/expression.h"
#include "policy/lexer.h"

namespace fwbench {

struct NamedExpression {
  const Expression* expression = nullptr;
  SourcePos pos;
};

/// nft's own limit for concatenations (src/datatype.c: TYPE_BITS of 32 bits).
inline constexpr size_t kMaxConcatenation = 5;

/// Empty when there are errors; they were reported.
[[nodiscard]] std::vector<NamedExpression> read_expressions(Cursor& cursor, Source& source);

/// For words that begin no expression: what nft has there and why it is not supported, or what may be meant.
void report_unsupported(Source& source, const Token& object, const Token& key);

}  // namespace fwbench
