// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/iptables_match.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <optional>

namespace fwbench {
namespace {

/// xt_u32 compares one place with at most so many ranges (XT_U32_MAXSIZE).
constexpr size_t kMostU32Ranges = 10;
constexpr unsigned kDscpBits = 0xfc;
constexpr uint8_t kNamedExthdrs = kExthdrHopByHop | kExthdrRouting | kExthdrFragment | kExthdrDestination;

struct AddressOption {
  const char* prefix;
  const char* range;
  const char* set;
};
constexpr AddressOption kSource = {"-s", "--src-range", "src"};
constexpr AddressOption kDestination = {"-d", "--dst-range", "dst"};

std::string address_option(const Interval& interval, IpFamily family, const AddressOption& option, bool inverted) {
  const char* const not_this = inverted ? " !" : "";
  const std::string prefix = prefix_text(interval, family);
  if (!prefix.empty()) return fmt::format("{} {} {}", not_this, option.prefix, prefix);
  return fmt::format(" -m iprange{} {} {}-{}", not_this, option.range, address_text(interval.first, family),
                     address_text(interval.last, family));
}

size_t count_prefixes(const IntervalSet& values, IpFamily family) {
  size_t count = 0;
  for (const Interval& interval : values) count += prefixes_of(interval, family).size();
  return count;
}

Said<Alternatives> addresses(Field field, const IntervalSet& values, const AddressOption& option,
                             const MatchContext& context) {
  const IntervalSet others = complement(field, values);
  if (others.empty()) return Alternatives{""};
  if (others.size() == 1 && values.size() > 1) {
    return Alternatives{address_option(others.front(), context.family, option, true)};
  }
  if (context.sets != nullptr && std::min(values.size(), others.size()) >= kFewestForIpSet) {
    const bool inverted = count_prefixes(others, context.family) < count_prefixes(values, context.family);
    auto name = context.sets->addresses(inverted ? others : values, context.family);
    if (!name) return tl::unexpected(name.error());
    return Alternatives{fmt::format(" -m set{} --match-set {} {}", inverted ? " !" : "", *name, option.set)};
  }
  Alternatives out;
  for (const Interval& interval : values) out.push_back(address_option(interval, context.family, option, false));
  return out;
}

// ---- what stands in the IP header

/// One place of xt_u32: " -m u32 --u32 "4&0x1fff0000=0x0"", as many as its ranges need.
Alternatives u32(const std::string& place, const IntervalSet& values) {
  Alternatives out;
  for (size_t i = 0; i < values.size(); i += kMostU32Ranges) {
    std::vector<std::string> ranges;
    for (size_t k = i; k < std::min(values.size(), i + kMostU32Ranges); ++k) {
      const auto first = static_cast<uint64_t>(values[k].first);
      const auto last = static_cast<uint64_t>(values[k].last);
      ranges.push_back(first == last ? fmt::format("{:#x}", first) : fmt::format("{:#x}:{:#x}", first, last));
    }
    out.push_back(fmt::format(" -m u32 --u32 \"{}={}\"", place, fmt::join(ranges, ",")));
  }
  return out;
}

/// Bits of a field of `bits` that decide whether a value is in the set.
unsigned deciding_bits(const IntervalSet& values, int bits) {
  unsigned mask = 0;
  for (int bit = 0; bit < bits; ++bit) {
    const unsigned flag = 1U << bit;
    for (unsigned value = 0; value < 1U << bits && (mask & flag) == 0; ++value) {
      if (contains(values, value) != contains(values, value ^ flag)) mask |= flag;
    }
  }
  return mask;
}

/// Flags and offset: `-f` is "a later fragment", the rest is read as a number.
Alternatives fragment(const IntervalSet& values) {
  constexpr unsigned kOffset = 0x1fff;
  constexpr int kBits = 16;
  const unsigned mask = deciding_bits(values, kBits);
  IntervalSet masked;
  for (unsigned value = 0; value < 1U << kBits; ++value) {
    if ((value & ~mask) == 0 && contains(values, value)) masked.push_back({value, value});
  }
  masked = normalize(std::move(masked));
  if (mask == kOffset && masked == IntervalSet{{1, kOffset}}) return {" -f"};
  if (mask == kOffset && masked == IntervalSet{{0, 0}}) return {" ! -f"};
  return u32(fmt::format("4&{:#x}", mask), masked);
}

Alternatives type_of_service(const IntervalSet& values) {
  Alternatives out;
  for (const BitPattern& pattern : bit_patterns(values, 0xff)) {
    out.push_back(pattern.mask == kDscpBits
                      ? fmt::format(" -m dscp --dscp {:#04x}", pattern.value >> 2)
                      : fmt::format(" -m tos --tos {:#04x}/{:#04x}", pattern.value, pattern.mask));
  }
  return out;
}

/// The TTL as the hook sees it; those that the stack takes out on its way there are nobody's.
Alternatives time_to_live(IntervalSet values, const MatchContext& context) {
  constexpr FieldValue kMost = 255;
  FieldValue most = kMost;
  if (context.ttl_is_decremented) {
    values = intersect(values, {{2, kMost}});
    for (Interval& interval : values) interval = {interval.first - 1, interval.last - 1};
    most = kMost - 1;
  }
  const FieldValue least = context.ttl_is_decremented ? 1 : 0;
  const char* const name = context.family == IpFamily::v4 ? "ttl" : "hl";
  Alternatives out;
  for (const Interval& interval : values) {
    const auto first = static_cast<unsigned>(interval.first);
    const auto last = static_cast<unsigned>(interval.last);
    std::string options;
    if (first == last) {
      options = fmt::format(" -m {0} --{0}-eq {1}", name, first);
    } else {
      if (interval.first > least) options += fmt::format(" -m {0} --{0}-gt {1}", name, first - 1);
      if (interval.last < most) options += fmt::format(" -m {0} --{0}-lt {1}", name, last + 1);
    }
    out.push_back(std::move(options));
  }
  return out;
}

Alternatives length(const IntervalSet& values) {
  Alternatives out;
  for (const Interval& interval : values) {
    out.push_back(fmt::format(" -m length --length {}:{}", static_cast<unsigned>(interval.first),
                              static_cast<unsigned>(interval.last)));
  }
  return out;
}

// ---- IPv6 extension headers

std::string exthdr_option(unsigned bits, bool inverted) {
  constexpr std::array<std::pair<uint8_t, const char*>, 4> kNames = {
      {{kExthdrHopByHop, "hop"}, {kExthdrRouting, "route"}, {kExthdrFragment, "frag"}, {kExthdrDestination, "dst"}}};
  std::vector<const char*> names;
  for (const auto& [bit, name] : kNames) {
    if ((bits & bit) != 0) names.push_back(name);
  }
  if (names.empty()) return {};
  return fmt::format(" -m ipv6header{} --header {} --soft", inverted ? " !" : "", fmt::join(names, ","));
}

Said<Alternatives> extension_headers(const IntervalSet& values, bool names_protocol) {
  Alternatives out;
  for (const BitPattern& pattern : bit_patterns(values, kNamedExthdrs)) {
    out.push_back(exthdr_option(pattern.value, false) + exthdr_option(pattern.mask & ~pattern.value, true));
  }
  if (!out.empty()) return out;
  // Of the mobility header ip6tables knows only as a protocol.
  const auto patterns = bit_patterns(values, kExthdrMobility);
  if (patterns.size() == 1 && !names_protocol) {
    return Alternatives{patterns.front().value != 0 ? " -p 135" : " ! -p 135"};
  }
  return tl::unexpected(std::string("-m ipv6header does not know the mobility header"));
}

Said<Alternatives> mac_sources(const IntervalSet& values) {
  constexpr FieldValue kMost = 256;
  const IntervalSet others = complement(Field::eth_saddr, values);
  const bool inverted = others.size() == 1 && others.front().first == others.front().last;
  Alternatives out;
  for (const Interval& interval : inverted ? others : values) {
    if (interval.last - interval.first >= kMost) {
      return tl::unexpected(std::string("-m mac compares with one address, not with a range of them"));
    }
    for (FieldValue mac = interval.first; mac <= interval.last; ++mac) {
      const auto v = static_cast<uint64_t>(mac);
      out.push_back(fmt::format(" -m mac{} --mac-source {:02X}:{:02X}:{:02X}:{:02X}:{:02X}:{:02X}",
                                inverted ? " !" : "", v >> 40, v >> 32 & 0xff, v >> 24 & 0xff, v >> 16 & 0xff,
                                v >> 8 & 0xff, v & 0xff));
    }
  }
  return out;
}

Said<Alternatives> field_term(Field field, const IntervalSet& values, const MatchContext& context,
                              bool names_protocol) {
  if (is_everything(field, values)) return Alternatives{""};
  switch (field) {
    case Field::ip_saddr:
    case Field::ip6_saddr:
      return addresses(field, values, kSource, context);
    case Field::ip_daddr:
    case Field::ip6_daddr:
      return addresses(field, values, kDestination, context);
    case Field::ip_tos:
    case Field::ip6_class:
      return type_of_service(values);
    case Field::ip_length:
    case Field::length:
      return length(values);
    case Field::ip_frag_off:
      return fragment(values);
    case Field::ip_ttl:
    case Field::ip6_hoplimit:
      return time_to_live(values, context);
    case Field::ip6_nexthdr:
      return u32("4>>8&0xff", values);
    case Field::exthdrs:
      return extension_headers(values, names_protocol);
    case Field::eth_saddr:
      return mac_sources(values);
    default:
      return tl::unexpected(fmt::format("no match of iptables reads '{}'", field_name(field)));
  }
}

bool is_in_transport_term(Field field) {
  return field == Field::l4proto || field == Field::ip_protocol || is_transport_field(field);
}

/// The pattern's values, if all of them are in the set: how many it adds to what is covered.
size_t gain(const BitPattern& pattern, const std::array<bool, 256>& wanted, const std::array<bool, 256>& covered) {
  size_t count = 0;
  for (unsigned value = 0; value < covered.size(); ++value) {
    if ((value & pattern.mask) != pattern.value) continue;
    if (!wanted[value]) return 0;
    if (!covered[value]) ++count;
  }
  return count;
}

}  // namespace

bool is_transport_field(Field field) {
  return field == Field::th_sport || field == Field::th_dport || field == Field::tcp_flags ||
         field == Field::icmp_type || field == Field::icmp_code;
}

std::string address_text(FieldValue address, IpFamily family) {
  std::array<unsigned char, 16> bytes{};
  const size_t size = family == IpFamily::v4 ? 4 : 16;
  for (size_t i = 0; i < size; ++i) bytes.at(size - 1 - i) = static_cast<unsigned char>(address >> (8 * i) & 0xff);
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family == IpFamily::v4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

std::string prefix_text(const Interval& interval, IpFamily family) {
  const int bits = family == IpFamily::v4 ? 32 : 128;
  for (int host_bits = 0; host_bits <= bits; ++host_bits) {
    if ((interval.first & max_value(host_bits)) != 0) break;
    if ((interval.first | max_value(host_bits)) == interval.last) {
      return fmt::format("{}/{}", address_text(interval.first, family), bits - host_bits);
    }
  }
  return {};
}

std::vector<BitPattern> bit_patterns(const IntervalSet& values, unsigned usable) {
  std::array<bool, 256> wanted{};
  for (unsigned value = 0; value < wanted.size(); ++value) wanted[value] = contains(values, value);
  std::array<bool, 256> covered{};
  std::vector<BitPattern> candidates;  // those with the fewest bits first: they cover most
  for (unsigned mask = 0; mask < covered.size(); ++mask) {
    if ((mask & ~usable) != 0) continue;
    for (unsigned value = 0; value < covered.size(); ++value) {
      if ((value & ~mask) == 0 && gain({mask, value}, wanted, covered) != 0) candidates.push_back({mask, value});
    }
  }
  std::stable_sort(candidates.begin(), candidates.end(), [](const BitPattern& a, const BitPattern& b) {
    return std::popcount(a.mask) < std::popcount(b.mask);
  });
  std::vector<BitPattern> out;
  for (const BitPattern& pattern : candidates) {
    if (gain(pattern, wanted, covered) == 0) continue;
    out.push_back(pattern);
    for (unsigned value = 0; value < covered.size(); ++value) {
      if ((value & pattern.mask) == pattern.value) covered[value] = true;
    }
  }
  for (unsigned value = 0; value < covered.size(); ++value) {
    if (wanted[value] && !covered[value]) return {};
  }
  return out;
}

Said<std::vector<Alternatives>> terms_of(const Box& box, const MatchContext& context) {
  std::vector<Alternatives> terms;
  const bool has_transport = std::any_of(box.fields.begin(), box.fields.end(),
                                         [](const auto& entry) { return is_in_transport_term(entry.first); });
  for (const auto& [field, values] : box.fields) {
    if (is_in_transport_term(field)) continue;
    auto term = field_term(field, *values, context, has_transport);
    if (!term) return tl::unexpected(term.error());
    terms.push_back(std::move(*term));
  }
  if (has_transport) {
    auto term = transport_term(box, context.family);
    if (!term) return tl::unexpected(term.error());
    terms.push_back(std::move(*term));
  }
  return terms;
}

}  // namespace fwbench
