// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/ranges.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace fwbench {
namespace {

int address_bits(IpVersion ip) {
  return ip == IpVersion::v4 ? 32 : 128;
}
int address_family(IpVersion ip) {
  return ip == IpVersion::v4 ? AF_INET : AF_INET6;
}
std::string_view family_name(IpVersion ip) {
  return ip == IpVersion::v4 ? "IPv4" : "IPv6";
}

std::optional<FieldValue> read_address(std::string_view text, IpVersion ip) {
  std::array<unsigned char, 16> bytes{};
  const std::string terminated(text);
  if (::inet_pton(address_family(ip), terminated.c_str(), bytes.data()) != 1) return std::nullopt;
  FieldValue value = 0;
  for (size_t i = 0; i < static_cast<size_t>(address_bits(ip) / 8); ++i) value = value << 8 | bytes[i];
  return value;
}

Result<FieldValue> parse_address(std::string_view text, IpVersion ip) {
  if (const auto address = read_address(text, ip)) return *address;
  const IpVersion other = ip == IpVersion::v4 ? IpVersion::v6 : IpVersion::v4;
  if (read_address(text, other)) {
    return fail(ErrorKind::usage, "'{}' is an {} address in a class of {}", text, family_name(other), family_name(ip));
  }
  return fail(ErrorKind::usage, "'{}' is not an {} address", text, family_name(ip));
}

Result<Interval> parse_prefix(std::string_view address_text, std::string_view length_text, IpVersion ip) {
  const auto address = parse_address(address_text, ip);
  if (!address) return tl::unexpected(address.error());
  const auto length = parse_number_range(length_text, static_cast<uint64_t>(address_bits(ip)));
  if (!length || length->first != length->last) {
    return fail(ErrorKind::usage, "'{}' is not a prefix length of {}", length_text, family_name(ip));
  }
  const FieldValue host = max_value(address_bits(ip) - static_cast<int>(length->first));
  const Interval range{*address & ~host, *address | host};
  if (range.first != *address) {
    return with_remedy(fail(ErrorKind::usage, "'{}/{}' has bits set behind the prefix", address_text, length_text),
                       fmt::format("did you mean '{}'?", format_address_range(range, ip)));
  }
  return range;
}

Result<Interval> ordered(Interval range, std::string_view text) {
  if (range.first <= range.last) return range;
  return fail(ErrorKind::usage, "'{}' is an empty range: its first value is above its last", text);
}

std::string format_address(FieldValue value, IpVersion ip) {
  std::array<unsigned char, 16> bytes{};
  for (auto i = static_cast<size_t>(address_bits(ip) / 8); i-- > 0; value >>= 8) {
    bytes[i] = static_cast<unsigned char>(value & 0xFF);
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(address_family(ip), bytes.data(), text.data(), text.size());
  return text.data();
}

}  // namespace

Interval any_address(IpVersion ip) {
  return {0, max_value(address_bits(ip))};
}

Result<Interval> parse_address_range(std::string_view text, IpVersion ip) {
  if (const size_t slash = text.find('/'); slash != std::string_view::npos) {
    return parse_prefix(text.substr(0, slash), text.substr(slash + 1), ip);
  }
  const size_t dash = text.find('-');
  const auto first = parse_address(text.substr(0, dash), ip);
  if (!first) return tl::unexpected(first.error());
  if (dash == std::string_view::npos) return Interval{*first, *first};
  const auto last = parse_address(text.substr(dash + 1), ip);
  if (!last) return tl::unexpected(last.error());
  return ordered({*first, *last}, text);
}

Result<Interval> parse_number_range(std::string_view text, uint64_t max) {
  std::array<uint64_t, 2> ends{};
  const size_t dash = text.find('-');
  const std::array<std::string_view, 2> parts = {text.substr(0, dash),
                                                 dash == std::string_view::npos ? text : text.substr(dash + 1)};
  for (size_t i = 0; i < parts.size(); ++i) {
    const char* const end = parts[i].data() + parts[i].size();
    const auto [rest, error] = std::from_chars(parts[i].data(), end, ends[i]);
    if (error == std::errc::invalid_argument || rest != end) {
      return fail(ErrorKind::usage, "'{}' is not a number", parts[i]);
    }
    if (error != std::errc{} || ends[i] > max) return fail(ErrorKind::usage, "'{}' is above {}", parts[i], max);
  }
  return ordered({ends[0], ends[1]}, text);
}

std::string format_address_range(const Interval& range, IpVersion ip) {
  if (range.first == range.last) return format_address(range.first, ip);
  for (int length = 0; length < address_bits(ip); ++length) {
    const FieldValue host = max_value(address_bits(ip) - length);
    if ((range.first & host) == 0 && range.last == (range.first | host)) {
      return fmt::format("{}/{}", format_address(range.first, ip), length);
    }
  }
  return fmt::format("{}-{}", format_address(range.first, ip), format_address(range.last, ip));
}

std::string format_number_range(const Interval& range) {
  const auto first = static_cast<uint64_t>(range.first);
  const auto last = static_cast<uint64_t>(range.last);
  return first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
}

}  // namespace fwbench
