// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// IP addresses for composing packets. Literals are read by the compiler: `Ipv4Address{"198.18.0.256"}` does not build.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policy/policy.h"

namespace fwbench {

namespace address_detail {

void not_an_address();  // never defined: calling it is what makes a bad literal a compile error

constexpr int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

/// Takes a number of at most `max_digits` digits off the front of `text`.
consteval unsigned take_number(std::string_view& text, unsigned base, size_t max_digits) {
  unsigned value = 0;
  size_t digits = 0;
  for (; digits < text.size() && static_cast<unsigned>(digit_value(text[digits])) < base; ++digits) {
    value = value * base + static_cast<unsigned>(digit_value(text[digits]));
  }
  if (digits == 0 || digits > max_digits) not_an_address();
  text.remove_prefix(digits);
  return value;
}

consteval void take_separator(std::string_view& text, char separator) {
  if (text.empty() || text.front() != separator) not_an_address();
  text.remove_prefix(1);
}

consteval uint32_t parse_ipv4(std::string_view text) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    if (i > 0) take_separator(text, '.');
    const unsigned octet = take_number(text, 10, 3);
    if (octet > 255) not_an_address();
    value = value << 8 | octet;
  }
  if (!text.empty()) not_an_address();
  return value;
}

consteval FieldValue parse_ipv6(std::string_view text) {
  unsigned groups[8] = {};
  int count = 0;
  int gap = -1;  // number of groups in front of "::"
  if (text.starts_with("::")) {
    gap = 0;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    if (count == 8) not_an_address();
    groups[count++] = take_number(text, 16, 4);
    if (text.empty()) break;
    take_separator(text, ':');
    if (text.starts_with(':')) {
      if (gap >= 0) not_an_address();
      gap = count;
      text.remove_prefix(1);
    } else if (text.empty()) {
      not_an_address();
    }
  }
  if (gap < 0 ? count != 8 : count > 7) not_an_address();
  FieldValue value = 0;
  for (int i = 0; i < 8; ++i) {
    const int zeros = gap < 0 ? 0 : 8 - count;
    unsigned group = 0;
    if (gap < 0 || i < gap) {
      group = groups[i];
    } else if (i >= gap + zeros) {
      group = groups[i - zeros];
    }
    value = value << 16 | group;
  }
  return value;
}

}  // namespace address_detail

/// Host byte order.
struct Ipv4Address {
  uint32_t value = 0;

  constexpr explicit Ipv4Address(uint32_t host_order) : value(host_order) {}
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is an address, or does not build
  consteval Ipv4Address(const char* text) : value(address_detail::parse_ipv4(text)) {}
};

/// Host byte order. Literals are hexadecimal groups with or without "::"; the dotted form is not read.
struct Ipv6Address {
  FieldValue value = 0;

  constexpr explicit Ipv6Address(FieldValue host_order) : value(host_order) {}
  // NOLINTNEXTLINE(google-explicit-constructor): as above
  consteval Ipv6Address(const char* text) : value(address_detail::parse_ipv6(text)) {}
};

}  // namespace fwbench
