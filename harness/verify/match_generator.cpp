// SPDX-License-Identifier: BSD-2-Clause
#include "verify/match_generator.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "verify/policy_generator.h"

namespace fwbench::verify {
namespace {

constexpr NumericField kFields[] = {
    // name, bits, notation, network, transport, feature, set type, ordered, weight
    {"ip saddr", 32, Notation::ipv4, Network::ipv4, Transport::any, feature_base, "ipv4_addr", true, 30},
    {"ip daddr", 32, Notation::ipv4, Network::ipv4, Transport::any, feature_base, "ipv4_addr", true, 30},
    {"ip6 saddr", 128, Notation::ipv6, Network::ipv6, Transport::any, feature_base, "ipv6_addr", true, 30},
    {"ip6 daddr", 128, Notation::ipv6, Network::ipv6, Transport::any, feature_base, "ipv6_addr", true, 30},
    {"tcp sport", 16, Notation::number, Network::any, Transport::tcp, feature_base, "inet_service", true, 20},
    {"tcp dport", 16, Notation::number, Network::any, Transport::tcp, feature_base, "inet_service", true, 40},
    {"udp sport", 16, Notation::number, Network::any, Transport::udp, feature_base, "inet_service", true, 20},
    {"udp dport", 16, Notation::number, Network::any, Transport::udp, feature_base, "inet_service", true, 40},
    {"th sport", 16, Notation::number, Network::any, Transport::th, feature_base, "inet_service", true, 20},
    {"th dport", 16, Notation::number, Network::any, Transport::th, feature_base, "inet_service", true, 40},
    {"icmp type", 8, Notation::number, Network::any, Transport::icmp, feature_base, "icmp_type", true, 40},
    {"icmpv6 type", 8, Notation::number, Network::any, Transport::icmpv6, feature_base, "icmpv6_type", true, 40},
    {"icmp code", 8, Notation::number, Network::any, Transport::icmp, feature_header_fields, "", true, 30},
    {"icmpv6 code", 8, Notation::number, Network::any, Transport::icmpv6, feature_header_fields, "", true, 30},
    {"meta protocol", 16, Notation::hex, Network::any, Transport::any, feature_base, "ether_type", true, 8},
    {"meta l4proto", 8, Notation::number, Network::any, Transport::any, feature_base, "inet_proto", true, 15},
    {"ip protocol", 8, Notation::number, Network::ipv4, Transport::any, feature_base, "inet_proto", true, 15},
    {"ip dscp", 6, Notation::number, Network::ipv4, Transport::any, feature_header_fields, "", false, 8},
    {"ip ecn", 2, Notation::number, Network::ipv4, Transport::any, feature_header_fields, "", false, 5},
    {"ip ttl", 8, Notation::number, Network::ipv4, Transport::any, feature_header_fields, "", true, 8},
    {"ip length", 16, Notation::number, Network::ipv4, Transport::any, feature_header_fields, "", true, 8},
    {"ip frag-off", 16, Notation::number, Network::ipv4, Transport::any, feature_header_fields, "", true, 8},
    {"ip6 dscp", 6, Notation::number, Network::ipv6, Transport::any, feature_header_fields, "", false, 8},
    {"ip6 nexthdr", 8, Notation::number, Network::ipv6, Transport::any, feature_header_fields, "inet_proto", true, 10},
    {"ip6 hoplimit", 8, Notation::number, Network::ipv6, Transport::any, feature_header_fields, "", true, 8},
    {"meta length", 16, Notation::number, Network::any, Transport::any, feature_length, "", true, 8},
    {"ether type", 16, Notation::hex, Network::any, Transport::any, feature_link_layer, "ether_type", true, 6},
    {"ether saddr", 48, Notation::mac, Network::any, Transport::any, feature_link_layer, "", true, 5},
    {"ether daddr", 48, Notation::mac, Network::any, Transport::any, feature_link_layer, "", true, 5},
    {"vlan id", 12, Notation::number, Network::any, Transport::any, feature_link_layer, "", true, 5},
};

constexpr std::string_view kFlags[] = {"fin", "syn", "rst", "psh", "ack", "urg"};
constexpr std::string_view kExtensionHeaders[] = {"hbh", "rt", "frag", "dst", "mh"};

std::string address_text(FieldValue value, bool v6) {
  std::array<uint8_t, 16> bytes = {};
  const size_t size = v6 ? 16 : 4;
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(value >> (8 * (size - 1 - i)));
  char text[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), text, sizeof text);
  return text;
}

std::string value_text(Notation notation, FieldValue value) {
  switch (notation) {
    case Notation::number:
      return fmt::format("{}", static_cast<uint64_t>(value));
    case Notation::hex:
      return fmt::format("0x{:04x}", static_cast<uint64_t>(value));
    case Notation::ipv4:
    case Notation::ipv6:
      return address_text(value, notation == Notation::ipv6);
    case Notation::mac:
      break;
  }
  std::string text;
  for (int shift = 40; shift >= 0; shift -= 8) {
    text += fmt::format("{:02x}{}", static_cast<unsigned>(value >> shift & 0xff), shift == 0 ? "" : ":");
  }
  return text;
}

/// Says what comes next, or implies it.
bool is_typed(const NumericField& field) {
  return field.name == "meta protocol" || field.name == "ether type" || field.name == "vlan id";
}

FieldValue host_bits(int bits, size_t length) {
  return max_value(bits - static_cast<int>(length));
}

bool single(const Interval& interval) {
  return interval.first == interval.last;
}

/// The length of the prefix that the interval is, if it is one.
int prefix_length(const Interval& interval, int bits) {
  for (int length = bits; length >= 0; --length) {
    const FieldValue mask = host_bits(bits, static_cast<size_t>(length));
    if ((interval.first & mask) == 0 && interval.last == (interval.first | mask)) return length;
  }
  return -1;
}

}  // namespace

MatchGenerator::MatchGenerator(RandomSource& random, uint32_t features) : random_(random), features_(features) {
  // A handful of places that all rules of the policy share: their prefixes nest and overlap.
  ipv4_ = {0, 0xffffffff, 0x80000000, 0x7fffffff};
  for (int i = 0; i < 6; ++i) ipv4_.push_back(random_.up_to(0xffffffff));
  for (int i = 0; i < 4; ++i) ipv4_.push_back(ipv4_[4] ^ (FieldValue{1} << random_.below(24)));
  ipv6_ = {0, ~FieldValue{0}, FieldValue{1} << 127, FieldValue{1} << 64};
  for (int i = 0; i < 6; ++i) ipv6_.push_back(random_.up_to(~FieldValue{0}));
  for (int i = 0; i < 4; ++i) ipv6_.push_back(ipv6_[4] ^ (FieldValue{1} << random_.below(100)));
  ports_ = {0, 1, 22, 53, 80, 255, 256, 443, 1023, 1024, 8080, 32767, 32768, 49152, 65534, 65535};
  for (int i = 0; i < 6; ++i) ports_.push_back(random_.up_to(0xffff));
}

FieldValue MatchGenerator::value(const NumericField& field) {
  const FieldValue max = max_value(field.bits);
  switch (field.notation) {
    case Notation::ipv4:
      return random_.pick(ipv4_) ^ (random_.chance(50) ? random_.below(16) : 0);
    case Notation::ipv6:
      return random_.pick(ipv6_) ^ (random_.chance(50) ? FieldValue{random_.below(16)} << random_.below(124) : 0);
    case Notation::hex:
      return random_.one_of<uint16_t>({0x0800, 0x0800, 0x86dd, 0x86dd, 0x0806, 0x8100, 0x88a8, 0x9000, 0x0600, 0xffff});
    case Notation::mac:
      return FieldValue{0x026677000000} + random_.below(6);
    case Notation::number:
      break;
  }
  if (field.set_type == "inet_service") return random_.pick(ports_);
  if (field.set_type == "inet_proto") {
    return random_.one_of<uint8_t>({6, 6, 17, 17, 1, 58, 50, 51, 59, 0, 43, 44, 60, 132, 255, 253});
  }
  if (random_.chance(20)) return random_.one_of<FieldValue>({0, 1, max, max - 1});
  if (field.set_type == "icmp_type") return random_.one_of<uint8_t>({0, 3, 4, 5, 8, 9, 11, 12, 13});
  if (field.set_type == "icmpv6_type") return random_.one_of<uint8_t>({1, 2, 3, 4, 128, 129, 133, 135, 136});
  if (field.name == "ip length" || field.name == "meta length") return random_.between(20, 1300);
  if (field.name == "ip frag-off") return random_.one_of<uint16_t>({0, 0x2000, 0x4000, 1, 0x1fff, 0x2001, 185});
  if (field.name == "vlan id") return random_.one_of<uint16_t>({0, 1, 5, 100, 4094, 4095});
  return random_.up_to(max);
}

Interval MatchGenerator::interval(const NumericField& field) {
  const FieldValue one = value(field);
  const FieldValue lowest = field.notation == Notation::hex ? 0x0600 : 0;  // below it is a length
  const bool address = field.notation == Notation::ipv4 || field.notation == Notation::ipv6;
  if (!field.ordered || random_.chance(address ? 25 : 50)) return {one, one};
  if (address && random_.chance(75)) {
    const auto bits = static_cast<size_t>(field.bits);
    // Around the levels at which tries are cut, and any length there is.
    const size_t length = random_.chance(50)
                              ? random_.between(0, bits)
                              : std::min(bits, random_.one_of<size_t>({0, 1, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32,
                                                                       48, 63, 64, 65, 127, 128}));
    const FieldValue mask = host_bits(field.bits, length);
    return {one & ~mask & max_value(field.bits), one | mask};
  }
  FieldValue other = value(field);
  if (random_.chance(40)) {
    const FieldValue width = random_.up_to(field.bits > 16 ? 0xffff : 0x1f);
    other = max_value(field.bits) - one < width ? max_value(field.bits) : one + width;
  }
  if (random_.chance(3)) return {lowest, max_value(field.bits)};
  return {std::min(one, other), std::max(one, other)};
}

std::string MatchGenerator::text(const NumericField& field, const Interval& interval) const {
  const bool address = field.notation == Notation::ipv4 || field.notation == Notation::ipv6;
  if (single(interval)) return value_text(field.notation, interval.first);
  if (address) {
    if (const int length = prefix_length(interval, field.bits); length >= 0) {
      return fmt::format("{}/{}", value_text(field.notation, interval.first), length);
    }
  }
  return fmt::format("{}-{}", value_text(field.notation, interval.first), value_text(field.notation, interval.last));
}

std::string MatchGenerator::elements(const NumericField& field, size_t count, bool single_values) {
  std::vector<Interval> drawn;
  for (size_t i = 0; i < count; ++i) {
    Interval one = interval(field);
    if (single_values) one.last = one.first;
    const bool overlaps = std::any_of(drawn.begin(), drawn.end(), [&](const Interval& other) {
      return one.first <= other.last && other.first <= one.last;
    });
    if (!overlaps) drawn.push_back(one);
  }
  std::string list;
  for (const Interval& one : drawn) list += fmt::format("{}{}", list.empty() ? "" : ", ", text(field, one));
  return list;
}

std::string MatchGenerator::named_set(const NumericField& field) {
  std::vector<std::string> known;
  for (const NamedSetRef& set : sets_) {
    if (set.type == field.set_type) known.push_back(set.name);
  }
  if (!known.empty() && (known.size() >= 3 || random_.chance(60))) return "@" + random_.pick(known);
  const std::string name = fmt::format("s{}", sets_.size());
  sets_.push_back({field.set_type, name});
  const size_t count = random_.chance(15) ? random_.between(70, 200) : random_.between(1, 8);
  std::string list;
  for (size_t i = 0; i < count; ++i) {
    Interval one = interval(field);
    // One wide element among so many would make all others pointless.
    const FieldValue widest = max_value(field.bits) >> (count > 8 ? 7 : 0);
    if (one.last - one.first > widest) one.last = one.first;
    list += fmt::format("{}{}", i == 0 ? "" : ", ", text(field, one));
  }
  sets_text_ +=
      fmt::format("  set {} {{\n    type {}\n    flags interval\n    auto-merge\n    elements = {{ {} }}\n  }}\n", name,
                  field.set_type, list);
  return "@" + name;
}

std::string MatchGenerator::masked(const NumericField& field) {
  const FieldValue max = max_value(field.bits);
  const FieldValue mask = random_.chance(50)
                              ? random_.up_to(max) | 1
                              : max & ~(FieldValue{0xff} << random_.below(static_cast<size_t>(field.bits)));
  const FieldValue wanted = value(field) & mask;
  return fmt::format("{} & {} {} {}", field.name, value_text(field.notation, mask),
                     random_.chance(70) ? "==" : "!=", value_text(field.notation, wanted));
}

std::string MatchGenerator::numeric(const NumericField& field) {
  // Bit patterns of addresses have too many intervals to be worth it; those of 16 bits at most have few.
  const bool maskable = field.bits <= 16 && field.ordered && field.name != "meta length" && !is_typed(field);
  if (maskable && (features_ & feature_masks) != 0 && random_.chance(10)) return masked(field);
  if (field.ordered && random_.chance(12)) {
    const FieldValue max = max_value(field.bits);
    const FieldValue limit = std::clamp<FieldValue>(value(field), 1, max - 1);
    return fmt::format("{} {} {}", field.name, random_.one_of<std::string_view>({"<", ">", "<=", ">=", "lt", "ge"}),
                       value_text(field.notation, limit));
  }
  const std::string_view negation = random_.chance(18) ? "!= " : "";
  const size_t form = random_.below(100);
  if (form < 60) return fmt::format("{} {}{}", field.name, negation, text(field, interval(field)));
  if (form < 82 || field.set_type.empty()) {
    return fmt::format("{} {}{{ {} }}", field.name, negation, elements(field, random_.between(1, 6)));
  }
  return fmt::format("{} {}{}", field.name, negation, named_set(field));
}

std::string MatchGenerator::flag_list(char separator, size_t at_least) {
  std::string list;
  for (size_t count = 0; count < at_least;) {
    for (const std::string_view flag : kFlags) {
      if (!random_.chance(35) || list.find(flag) != std::string::npos) continue;
      if (!list.empty()) list += separator;
      list += flag;
      ++count;
    }
  }
  return list;
}

std::string MatchGenerator::tcp_flags() {
  switch (random_.below(12)) {
    case 0:
      return fmt::format("tcp flags {}", flag_list(',', 1));
    case 1:
      return fmt::format("tcp flags == {}", flag_list(',', 1));
    case 2:
      return fmt::format("tcp flags != {}", random_.pick(kFlags));
    case 3:
      return fmt::format("tcp flags ! {}", flag_list(',', 1));
    case 4:
    case 5: {
      // A flag outside the mask would never match: the parser says so.
      const std::string_view flag = random_.pick(kFlags);
      return fmt::format("tcp flags & ({}|{}) {} {}", flag, flag_list('|', 1), random_.chance(50) ? "==" : "!=", flag);
    }
    case 6:
      return fmt::format("tcp flags & ({}) == 0", flag_list('|', 2));
    case 7:
      return fmt::format("tcp flags & (fin|syn|rst|psh|ack|urg) == {}", flag_list('|', 1));
    case 8:
      return fmt::format("tcp flags & 0x{:02x} == 0x{:02x}", 0x3f, random_.below(0x40));
    case 9:
    case 10:  // any of them: one alone could not tell from all of them
      return fmt::format("tcp flags {}", flag_list(',', 2));
    default:
      return "tcp flags syn / syn,ack";
  }
}

std::vector<const NumericField*> MatchGenerator::fields_for(const RuleContext& context) const {
  std::vector<const NumericField*> fields;
  for (const NumericField& field : kFields) {
    if (field.feature != feature_base && (features_ & field.feature) == 0) continue;
    if (field.network != Network::any && field.network != context.network) continue;
    if (field.transport != Transport::any && field.transport != context.transport) continue;
    if (!context.below_ip && (is_typed(field) || field.feature == feature_link_layer)) continue;
    // What would contradict what the rule's other matches imply.
    const bool plain = context.transport == Transport::any;
    if ((field.name == "meta l4proto" || field.name == "ip protocol" || field.name == "ip6 nexthdr") && !plain)
      continue;
    if (is_typed(field) && (context.network != Network::any || !plain)) continue;
    fields.push_back(&field);
  }
  return fields;
}

const NumericField* MatchGenerator::choose_field(const RuleContext& context) {
  const auto fields = fields_for(context);
  unsigned total = 0;
  for (const NumericField* field : fields) total += field->weight;
  if (total == 0) return nullptr;
  size_t draw = random_.below(total);
  for (const NumericField* field : fields) {
    if (draw < field->weight) return field;
    draw -= field->weight;
  }
  return nullptr;
}

std::string MatchGenerator::match(const RuleContext& context) {
  if (context.transport == Transport::tcp && random_.chance(25)) return tcp_flags();
  if ((features_ & feature_exthdr) != 0 && context.network == Network::ipv6 && random_.chance(8)) {
    return fmt::format("exthdr {} {}", random_.pick(kExtensionHeaders), random_.chance(70) ? "exists" : "missing");
  }
  const NumericField* field = choose_field(context);
  return field == nullptr ? "" : numeric(*field);
}

std::string MatchGenerator::narrow_match(size_t number) {
  return number % 2 == 0
             ? fmt::format("ip saddr {} tcp dport {}", address_text(0x0a000000 + number, false), 1000 + number % 7)
             : fmt::format("ip6 saddr 2001:2::{:x} udp dport {}", number, 1000 + number % 7);
}

std::string MatchGenerator::narrow_skip(size_t number) {
  return fmt::format("ip saddr . tcp dport != {{ {} . {} }}", address_text(0x0a000000 + number, false),
                     1000 + number % 7);
}

std::string MatchGenerator::long_skip(size_t alternatives) {
  std::string list;
  for (size_t i = 0; i < alternatives; ++i) list += fmt::format("{}{} . {}", i == 0 ? "" : ", ", 2000 + i, 3000 + i);
  return fmt::format("ip saddr . ip daddr != {{ 10.9.0.1 . 10.9.0.2 }} tcp sport . tcp dport {{ {} }}", list);
}

std::string MatchGenerator::concatenation(const RuleContext& context) {
  const NumericField* first = choose_field(context);
  const NumericField* second = choose_field(context);
  if (first == nullptr || first == second || (is_typed(*first) && is_typed(*second))) return "";
  if (first->name == "ip6 dscp" || second->name == "ip6 dscp") return "";  // crosses a byte: nft has no room for it
  if (first->name.starts_with("ip ") && second->bits < 8 && first->bits < 8) return "";  // one byte, twice
  std::string list;
  // Single values in one place at least: nft refuses elements that overlap.
  const size_t count = random_.between(1, 6);
  std::vector<FieldValue> seen;
  for (size_t i = 0; i < count; ++i) {
    const FieldValue key = value(*first);
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
    seen.push_back(key);
    list +=
        fmt::format("{}{} . {}", list.empty() ? "" : ", ", text(*first, {key, key}), text(*second, interval(*second)));
  }
  return fmt::format("{} . {} {}{{ {} }}", first->name, second->name, random_.chance(20) ? "!= " : "", list);
}

std::string MatchGenerator::verdict_map(const RuleContext& context, const std::vector<std::string>& outcomes) {
  const NumericField* field = choose_field(context);
  if (field == nullptr || field->name == "ip6 dscp") return "";
  const std::string list = elements(*field, random_.between(1, 6));
  std::string map;
  for (size_t at = 0; at < list.size();) {
    const size_t end = std::min(list.find(", ", at), list.size());
    map += fmt::format("{}{} : {}", map.empty() ? "" : ", ", list.substr(at, end - at), random_.pick(outcomes));
    at = end + 2;
  }
  return fmt::format("{} vmap {{ {} }}", field->name, map);
}

}  // namespace fwbench::verify
