// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Values on the right-hand side of a match and in sets: numbers, names, addresses, prefixes, ranges, { sets },
/// $variables.

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/lexer.h"
#include "policy/policy.h"

namespace fwbench {

/// nft's data types, as far as the supported fields have them. Values of different types never mix.
enum class ValueType : uint8_t {
  ipv4_addr,
  ipv6_addr,
  inet_service,
  inet_proto,
  ether_type,
  tcp_flag,
  icmp_type,
  icmpv6_type,
  icmp_code,
  icmpv6_code,
  ether_addr,
  dscp,
  ecn,
  boolean,
  integer8,  ///< nft says "integer" for all of these; a set has them with `typeof` only
  integer12,
  integer16,
  integer32,
};

struct ValueSymbol {
  std::string_view name;
  uint16_t value;
};

struct ValueTypeInfo {
  ValueType type;
  std::string_view name;  ///< as in a set's `type`; empty: only `typeof` can say it
  std::string_view what;  ///< for messages: "port"
  int bits;
  std::span<const ValueSymbol> symbols;  ///< names that values may be written by
};

[[nodiscard]] const ValueTypeInfo& value_type_info(ValueType type);
/// All types, for lookups by name and for messages.
[[nodiscard]] std::span<const ValueTypeInfo> value_types();

/// One member of a set, or the one value of a match.
struct Element {
  Interval interval;
  bool is_interval = false;  ///< written as a prefix or a range: a set needs `flags interval` for it
  bool prefix = false;       ///< written as a prefix
  SourcePos pos;
};

/// `define NAME = ...`: the tokens, read again each time by the type that the place of use has.
using Defines = std::map<std::string, std::vector<Token>, std::less<>>;

/// Reads values; reports what is wrong with them and then returns nothing.
class ValueReader {
 public:
  ValueReader(Source& source, const Defines& defines) : source_(source), defines_(defines) {}

  /// A set in braces at the cursor, with its closing brace. A bad member is reported and skipped; false if any was bad.
  [[nodiscard]] bool read_set(Cursor& cursor, ValueType type, std::vector<Element>& elements);

  /// Any list in braces, or a variable that stands for one; `member` reads what is between the commas.
  using MemberReader = std::function<bool(Cursor&)>;
  [[nodiscard]] bool read_list(Cursor& cursor, const MemberReader& member);

  /// `comment "..."` behind an element; reports what else nft has there.
  [[nodiscard]] bool skip_element_options(Cursor& cursor);

  /// A value, prefix or range.
  [[nodiscard]] std::optional<Element> read_element(Cursor& cursor, ValueType type);

  /// One value; flags may be joined with '|'.
  [[nodiscard]] std::optional<FieldValue> read_scalar(Cursor& cursor, ValueType type);

  /// The tokens that $name stands for; reports an unknown name.
  [[nodiscard]] const std::vector<Token>* resolve(const Token& variable);

  /// True when the next token is '{', or a variable that stands for something in braces.
  [[nodiscard]] bool at_set(const Cursor& cursor) const;

 private:
  [[nodiscard]] bool read_member(Cursor& cursor, ValueType type, std::vector<Element>& elements);
  void leave_broken_set(Cursor& cursor, int open_line, int depth);
  [[nodiscard]] bool expect_end_of_variable(const Cursor& inner, const Token& variable);
  [[nodiscard]] std::optional<Element> read_prefix(Cursor& cursor, const Element& address, const ValueTypeInfo& info);
  [[nodiscard]] std::optional<FieldValue> parse_scalar(const Token& token, const ValueTypeInfo& info);

  Source& source_;
  const Defines& defines_;
};

/// "0x1f", "80" in full; nothing for anything else, octal ("010") included.
[[nodiscard]] std::optional<uint64_t> parse_number(std::string_view text);

}  // namespace fwbench
