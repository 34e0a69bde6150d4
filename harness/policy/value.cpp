// SPDX-License-Identifier: BSD-2-Clause
#include "policy/value.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace fwbench {
namespace {

bool is_address(ValueType type) {
  return type == ValueType::ipv4_addr || type == ValueType::ipv6_addr;
}

/// Six bytes in hexadecimal, with colons.
std::optional<FieldValue> parse_ether_address(std::string_view text) {
  FieldValue value = 0;
  constexpr int kBytes = 6;
  for (int i = 0; i < kBytes; ++i) {
    const size_t colon = text.find(':');
    if ((colon == std::string_view::npos) != (i == kBytes - 1)) return std::nullopt;
    const std::string_view digits = text.substr(0, colon);
    unsigned byte = 0;
    const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (status != std::errc{} || end != digits.data() + digits.size() || digits.size() > 2) return std::nullopt;
    value = value << 8 | byte;
    text.remove_prefix(i == kBytes - 1 ? text.size() : colon + 1);
  }
  return value;
}

/// Parses with inet_pton: four decimal parts without leading zeros, or any form of RFC 4291.
std::optional<FieldValue> parse_address(std::string_view text, ValueType type) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size()) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated.begin());
  std::array<uint8_t, 16> bytes{};
  const bool is_v4 = type == ValueType::ipv4_addr;
  if (inet_pton(is_v4 ? AF_INET : AF_INET6, terminated.data(), bytes.data()) != 1) return std::nullopt;
  FieldValue value = 0;
  for (size_t i = 0; i < (is_v4 ? 4U : 16U); ++i) value = value << 8 | bytes[i];
  return value;
}

std::string with_article(std::string_view noun) {
  return fmt::format("{} {}", std::string_view("AEIO").find(noun[0]) != std::string_view::npos ? "an" : "a", noun);
}

std::string address_hint(std::string_view text, ValueType type) {
  const ValueType other = type == ValueType::ipv4_addr ? ValueType::ipv6_addr : ValueType::ipv4_addr;
  if (parse_address(text, other)) {
    return fmt::format("it is an {}: match it with '{}'", value_type_info(other).what,
                       other == ValueType::ipv4_addr ? "ip" : "ip6");
  }
  if (type == ValueType::ipv4_addr) return "write four decimal numbers without leading zeros, such as 198.18.0.1";
  return "write it as RFC 4291 does, such as 2001:2::1";
}

std::string symbol_hint(std::string_view text, const ValueTypeInfo& info) {
  std::vector<std::string_view> names;
  for (const ValueSymbol& symbol : info.symbols) names.push_back(symbol.name);
  if (const std::string near = nearest(text, names); !near.empty()) return fmt::format("did you mean '{}'?", near);
  if (text.find('-') != std::string_view::npos && info.type == ValueType::inet_service) {
    return "a name may hold '-': put blanks around the '-' of a range";
  }
  if (text.find('/') != std::string_view::npos) return "a name may hold '/': put blanks around it";
  constexpr size_t kListable = 20;
  if (!names.empty() && names.size() <= kListable)
    return fmt::format("known names: {}; or a number", fmt::join(names, ", "));
  return "write it as a number";
}

}  // namespace

std::optional<uint64_t> parse_number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0') {
    return std::nullopt;
  }
  uint64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (status != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

const std::vector<Token>* ValueReader::resolve(const Token& variable) {
  const auto found = defines_.find(variable.text());
  if (found != defines_.end()) return &found->second;
  std::vector<std::string_view> names;
  for (const auto& [name, tokens] : defines_) names.push_back(name);
  const std::string near = nearest(variable.text(), names);
  source_.error(variable.pos(), fmt::format("'{}' is not defined", variable.raw),
                near.empty() ? fmt::format("define it before it is used: define {} = ...", variable.text())
                             : fmt::format("did you mean '${}'?", near));
  return nullptr;
}

bool ValueReader::at_set(const Cursor& cursor) const {
  const Token* token = &cursor.peek();
  while (token->kind == TokenKind::variable) {
    const auto found = defines_.find(token->text());
    if (found == defines_.end() || found->second.size() > 2) {
      return found != defines_.end() && found->second.front().is_symbol("{");
    }
    token = &found->second.front();  // define A = $B
  }
  return token->is_symbol("{");
}

bool ValueReader::read_set(Cursor& cursor, ValueType type, std::vector<Element>& elements) {
  return read_list(cursor, [&](Cursor& member) { return read_member(member, type, elements); });
}

bool ValueReader::read_list(Cursor& cursor, const MemberReader& member) {
  if (cursor.peek().kind == TokenKind::variable) {
    const Token& variable = cursor.take();
    const std::vector<Token>* tokens = resolve(variable);
    if (tokens == nullptr) return false;
    Cursor inner(*tokens);
    return read_list(inner, member) && expect_end_of_variable(inner, variable);
  }
  const SourcePos open = cursor.take().pos();
  const int depth = cursor.depth();
  cursor.skip_newlines();
  if (cursor.peek().is_symbol("}")) {
    source_.error(open, "empty set", "nft wants at least one element in '{ }'");
    cursor.take();
    return false;
  }
  bool good = true;
  while (!source_.gave_up()) {
    if (!member(cursor)) {
      good = false;
      // Go on behind the next comma, so that every bad member of a long list is named at once.
      while (!cursor.at_end() &&
             !(cursor.depth() == depth && (cursor.peek().is_symbol(",") || cursor.peek().is_symbol("}")))) {
        cursor.take();
      }
    }
    cursor.skip_newlines();
    const bool comma = cursor.accept(",");
    cursor.skip_newlines();
    if (cursor.accept("}")) return good;
    if (comma && !cursor.at_end()) continue;
    source_.error(cursor.peek().pos(),
                  fmt::format("expected ',' or '}}' in the set, got {}", cursor.peek().quoted_name()),
                  fmt::format("the set opens in {}", source_.line_name(open.line)));
    leave_broken_set(cursor, open.line, depth);
    return false;
  }
  return false;
}

/// A set on one line ends with the line at the latest: what follows is not swallowed because of one missing brace.
void ValueReader::leave_broken_set(Cursor& cursor, int open_line, int depth) {
  const bool one_line = cursor.peek().line == open_line;
  while (!cursor.at_end() && !(one_line && cursor.peek().kind == TokenKind::newline)) {
    if (cursor.take().is_symbol("}") && cursor.depth() < depth) return;
  }
  cursor.set_depth(depth - 1);
}

bool ValueReader::read_member(Cursor& cursor, ValueType type, std::vector<Element>& elements) {
  if (at_set(cursor)) return read_set(cursor, type, elements);
  const auto element = read_element(cursor, type);
  if (!element || !skip_element_options(cursor)) return false;
  elements.push_back(*element);
  return true;
}

bool ValueReader::skip_element_options(Cursor& cursor) {
  if (cursor.accept_word("comment")) {
    if (cursor.peek().kind == TokenKind::quoted) {
      cursor.take();
      return true;
    }
    source_.error(cursor.peek().pos(), "a comment wants a string in double quotes");
    return false;
  }
  const Token& next = cursor.peek();
  if (next.is_symbol(":")) {
    source_.error(next.pos(), "a verdict in a set", "verdicts are for maps: write 'vmap'");
    return false;
  }
  if (next.is_symbol(".")) {
    source_.error(next.pos(), "too many values in an element", "name as many fields in front of the set, with '.'");
    return false;
  }
  for (const std::string_view option : {"timeout", "expires", "counter", "limit"}) {
    if (!next.is_word(option)) continue;
    source_.error(next.pos(), fmt::format("unsupported element option '{}'", option), "supported: comment \"...\"");
    return false;
  }
  return true;
}

bool ValueReader::expect_end_of_variable(const Cursor& inner, const Token& variable) {
  if (inner.at_end()) return true;
  source_.error(variable.pos(), fmt::format("'{}' stands for more than one value", variable.raw),
                fmt::format("its definition in {} goes on with {}; put several values in braces {{ }}",
                            source_.line_name(inner.peek().line), inner.peek().quoted_name()));
  return false;
}

std::optional<Element> ValueReader::read_element(Cursor& cursor, ValueType type) {
  const Token first = cursor.peek();
  const Token& next = cursor.peek(1);
  const bool alone = !next.is_symbol("-") && !next.is_symbol("/") && !next.is_symbol("|");
  if (first.kind == TokenKind::variable && alone) {
    cursor.take();
    const std::vector<Token>* tokens = resolve(first);
    if (tokens == nullptr) return std::nullopt;
    Cursor inner(*tokens);
    auto element = read_element(inner, type);
    if (element && !expect_end_of_variable(inner, first)) return std::nullopt;
    return element;
  }
  const auto value = read_scalar(cursor, type);
  if (!value) return std::nullopt;
  Element element{.interval = {*value, *value}, .pos = first.pos()};
  const ValueTypeInfo& info = value_type_info(type);
  if (cursor.accept("/")) return read_prefix(cursor, element, info);
  if (!cursor.accept("-")) return element;
  const auto last = read_scalar(cursor, type);
  if (!last) return std::nullopt;
  if (*last < *value) {
    source_.error(first.pos(), "the range runs backwards", "write the smaller value first");
    return std::nullopt;
  }
  element.interval.last = *last;
  element.is_interval = true;
  return element;
}

std::optional<Element> ValueReader::read_prefix(Cursor& cursor, const Element& address, const ValueTypeInfo& info) {
  const Token length_token = cursor.take();
  if (!is_address(info.type)) {
    source_.error(length_token.pos(), fmt::format("{} has no prefix length", with_article(info.what)));
    return std::nullopt;
  }
  const auto length = parse_number(length_token.raw);
  if (!length || *length > static_cast<uint64_t>(info.bits)) {
    source_.error(length_token.pos(), fmt::format("bad prefix length {}", length_token.quoted_name()),
                  fmt::format("an {} has 0 to {}", info.what, info.bits));
    return std::nullopt;
  }
  // Bits behind the prefix do not count, as in nft: 10.1.2.3/8 is 10.0.0.0/8.
  const FieldValue host_bits = max_value(info.bits - static_cast<int>(*length));
  Element prefix = address;
  prefix.interval = {address.interval.first & ~host_bits, address.interval.first | host_bits};
  prefix.is_interval = true;  // even one of full length, as in nft
  prefix.prefix = true;
  return prefix;
}

std::optional<FieldValue> ValueReader::read_scalar(Cursor& cursor, ValueType type) {
  FieldValue value = 0;
  for (bool more = true; more; more = type == ValueType::tcp_flag && cursor.accept("|")) {
    const Token token = cursor.peek();
    std::optional<FieldValue> part;
    if (token.kind == TokenKind::variable) {
      cursor.take();
      const std::vector<Token>* tokens = resolve(token);
      if (tokens == nullptr) return std::nullopt;
      Cursor inner(*tokens);
      part = read_scalar(inner, type);
      if (part && !expect_end_of_variable(inner, token)) return std::nullopt;
    } else if (token.kind == TokenKind::word || token.kind == TokenKind::quoted) {
      cursor.take();
      part = parse_scalar(token, value_type_info(type));
    } else {
      source_.error(token.pos(),
                    fmt::format("expected {}, got {}", with_article(value_type_info(type).what), token.quoted_name()));
    }
    if (!part) return std::nullopt;
    value |= *part;
  }
  return value;
}

std::optional<FieldValue> ValueReader::parse_scalar(const Token& token, const ValueTypeInfo& info) {
  const std::string_view text = token.text();
  if (is_address(info.type)) {
    const auto address = parse_address(text, info.type);
    if (!address) {
      source_.error(token.pos(), fmt::format("'{}' is not an {}", text, info.what), address_hint(text, info.type));
    }
    return address;
  }
  if (info.type == ValueType::ether_addr) {
    const auto address = parse_ether_address(text);
    if (!address) {
      source_.error(token.pos(), fmt::format("'{}' is not an Ethernet address", text),
                    "write six bytes in hexadecimal, such as 02:00:00:00:00:01");
    }
    return address;
  }
  for (const ValueSymbol& symbol : info.symbols) {
    if (symbol.name == text) return symbol.value;
  }
  const auto number = parse_number(text);
  if (!number) {
    const bool octal =
        text.size() > 1 && text[0] == '0' && text.find_first_not_of("01234567") == std::string_view::npos;
    source_.error(token.pos(), fmt::format("'{}' is not {}", text, with_article(info.what)),
                  octal ? "nft reads a leading 0 as octal: write it without" : symbol_hint(text, info));
    return std::nullopt;
  }
  if (*number > max_value(info.bits)) {
    source_.error(token.pos(), fmt::format("{} is out of range for {}", text, with_article(info.what)),
                  fmt::format("0 to {}", static_cast<uint64_t>(max_value(info.bits))));
    return std::nullopt;
  }
  // Below 0x600 the two bytes are a length (IEEE 802.3) and the kernel shows a made-up type instead (eth_type_trans).
  if (info.type == ValueType::ether_type && *number < 0x600) {
    source_.error(token.pos(), fmt::format("{} is a length, not an Ethernet type", text), "types begin at 0x0600");
    return std::nullopt;
  }
  return static_cast<FieldValue>(*number);
}

}  // namespace fwbench
