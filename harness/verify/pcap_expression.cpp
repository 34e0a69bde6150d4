// SPDX-License-Identifier: BSD-2-Clause
#include "verify/pcap_expression.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "verify/random_source.h"

namespace fwbench::verify {
namespace {

/// Characters: what libpcap compiles in milliseconds. A mask can stand for thousands of intervals.
constexpr size_t kMaxExpression = 60'000;
constexpr const char* kTrue = "(len >= 0)";
constexpr const char* kFalse = "(len < 0)";

/// A number in the packet: loads of at most four bytes, the most significant one first.
struct Load {
  struct Word {
    std::string text;
    int bits;
  };
  std::vector<Word> words;
  std::string_view net;  ///< libpcap's primitive for prefixes of it
};

class Expressions {
 public:
  explicit Expressions(Encapsulation encapsulation)
      : tagged_(encapsulation == Encapsulation::one_tag), link_bytes_(tagged_ ? 18 : 14) {}

  /// True when the packet has the field.
  [[nodiscard]] std::string present(Field field) const { return field_is(field, std::nullopt); }
  [[nodiscard]] std::string one_of(Field field, const IntervalSet& values) const { return field_is(field, values); }

 private:
  using Values = std::optional<IntervalSet>;

  [[nodiscard]] std::string field_is(Field field, const Values& values) const;
  [[nodiscard]] std::string transport_is(int offset, int bytes, const Values& values) const;
  [[nodiscard]] std::string protocol_is(const Values& values) const;
  [[nodiscard]] std::string extensions_are(const Values& values) const;
  [[nodiscard]] std::string valid_ipv4() const;
  [[nodiscard]] std::string valid_ipv6() const;
  [[nodiscard]] static std::string load_is(const Load& load, const Values& values);
  [[nodiscard]] static std::string any_of(const Load& load, std::span<const Interval> values);
  [[nodiscard]] static std::string in(const Load& load, const Interval& interval);
  [[nodiscard]] static std::string at_least(const Load& load, FieldValue bound, bool lower);

  bool tagged_;
  int link_bytes_;
};

int bits_of(const Load& load) {
  int bits = 0;
  for (const Load::Word& word : load.words) bits += word.bits;
  return bits;
}

std::vector<uint32_t> split(const Load& load, FieldValue value) {
  std::vector<uint32_t> parts(load.words.size());
  for (size_t i = parts.size(); i-- > 0;) {
    parts[i] = static_cast<uint32_t>(value & max_value(load.words[i].bits));
    value >>= load.words[i].bits;
  }
  return parts;
}

/// The number is >= (or, for an upper bound, <=) another, word by word.
std::string Expressions::at_least(const Load& load, FieldValue bound, bool lower) {
  const std::vector<uint32_t> parts = split(load, bound);
  std::string text = fmt::format("({} {} {})", load.words.back().text, lower ? ">=" : "<=", parts.back());
  for (size_t i = parts.size() - 1; i-- > 0;) {
    text = fmt::format("({0} {1} {2} or ({0} = {2} and {3}))", load.words[i].text, lower ? ">" : "<", parts[i], text);
  }
  return text;
}

std::string net_text(const Load& load, const Interval& interval, int length) {
  std::array<uint8_t, 16> bytes = {};
  const size_t size = load.words.size() == 1 ? 4 : 16;
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(interval.first >> (8 * (size - 1 - i)));
  char text[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof text);
  return fmt::format("({} net {}/{})", load.net, text, length);
}

std::string Expressions::in(const Load& load, const Interval& interval) {
  const int bits = bits_of(load);
  const FieldValue max = max_value(bits);
  if (!load.net.empty()) {
    for (int length = 0; length <= bits; ++length) {
      const FieldValue hosts = max_value(bits - length);
      if ((interval.first & hosts) == 0 && interval.last == (interval.first | hosts)) {
        return net_text(load, interval, length);
      }
    }
  }
  if (interval.first == 0 && interval.last >= max) return kTrue;
  if (interval.first == interval.last && load.words.size() == 1) {
    return fmt::format("({} = {})", load.words[0].text, static_cast<uint32_t>(interval.first));
  }
  if (interval.first == 0) return at_least(load, interval.last, false);
  if (interval.last >= max) return at_least(load, interval.first, true);
  return fmt::format("({} and {})", at_least(load, interval.first, true), at_least(load, interval.last, false));
}

std::string Expressions::load_is(const Load& load, const Values& values) {
  if (!values) {
    // The loads themselves are the question: nothing is optimised away.
    std::string all;
    for (const Load::Word& word : load.words) all += fmt::format("{}{} >= 0", all.empty() ? "" : " and ", word.text);
    return "(" + all + ")";
  }
  if (values->empty()) return kFalse;
  return any_of(load, *values);
}

/// As a balanced tree: libpcap walks the whole left side of each `or`.
std::string Expressions::any_of(const Load& load, std::span<const Interval> values) {
  if (values.size() == 1) return in(load, values[0]);
  const size_t half = values.size() / 2;
  return fmt::format("({} or {})", any_of(load, values.first(half)), any_of(load, values.subspan(half)));
}

/// nf_tables looks at the transport header of headers that hold together only.
std::string Expressions::valid_ipv4() const {
  return fmt::format(
      "ip and len >= {0} and (ip[0] & 0xf0) = 0x40 and (ip[0] & 0xf) >= 5 and ip[2:2] <= len - {1} and "
      "ip[2:2] >= ((ip[0] & 0xf) << 2)",
      link_bytes_ + 20, link_bytes_);
}

std::string Expressions::valid_ipv6() const {
  return fmt::format("ip6 and len >= {} and (ip6[0] & 0xf0) = 0x60 and ip6[4:2] + {} <= len", link_bytes_ + 40,
                     link_bytes_ + 40);
}

std::string Expressions::protocol_is(const Values& values) const {
  const Load v4 = {{{"ip[9]", 8}}, {}};
  const Load v6 = {{{"ip6[6]", 8}}, {}};  // packets with extension headers are not asked about
  return fmt::format("(({} and {}) or ({} and {}))", valid_ipv4(), load_is(v4, values), valid_ipv6(),
                     load_is(v6, values));
}

std::string Expressions::transport_is(int offset, int bytes, const Values& values) const {
  const Load v4 = {{{fmt::format("ip[((ip[0] & 0xf) << 2) + {}:{}]", offset, bytes), bytes * 8}}, {}};
  const Load v6 = {{{fmt::format("ip6[{}:{}]", 40 + offset, bytes), bytes * 8}}, {}};
  return fmt::format("(({} and (ip[6:2] & 0x1fff) = 0 and {}) or ({} and {}))", valid_ipv4(), load_is(v4, values),
                     valid_ipv6(), load_is(v6, values));
}

/// Without the headers that are walked there is at most the mobility header.
std::string Expressions::extensions_are(const Values& values) const {
  const std::string whole = fmt::format("ip6 and len >= {}", link_bytes_ + 40);
  if (!values) return "(" + whole + ")";
  const auto has = [&](FieldValue value) {
    return std::any_of(values->begin(), values->end(),
                       [&](const Interval& interval) { return interval.first <= value && value <= interval.last; });
  };
  const std::string without = has(0) ? kTrue : kFalse;
  const std::string with = has(kExthdrMobility) ? kTrue : kFalse;
  return fmt::format("({} and ((ip6[6] = 135 and {}) or (not ip6[6] = 135 and {})))", whole, with, without);
}

std::string Expressions::field_is(Field field, const Values& values) const {
  const auto word = [&](std::string text, int bits) { return load_is({{{std::move(text), bits}}, {}}, values); };
  const auto address6 = [&](int at, std::string_view net) {
    Load load = {{}, net};
    for (int i = 0; i < 4; ++i) load.words.push_back({fmt::format("ip6[{}:4]", at + 4 * i), 32});
    return load_is(load, values);
  };
  switch (field) {
    case Field::ether_type:
      return word(fmt::format("ether[{}:2]", link_bytes_ - 2), 16);
    case Field::ip_saddr:
      return load_is({{{"ip[12:4]", 32}}, "ip src"}, values);
    case Field::ip_daddr:
      return load_is({{{"ip[16:4]", 32}}, "ip dst"}, values);
    case Field::ip6_saddr:
      return address6(8, "ip6 src");
    case Field::ip6_daddr:
      return address6(24, "ip6 dst");
    case Field::l4proto:
      return protocol_is(values);
    case Field::ip_protocol:
      return word("ip[9]", 8);
    case Field::th_sport:
      return transport_is(0, 2, values);
    case Field::th_dport:
      return transport_is(2, 2, values);
    case Field::tcp_flags:
      return transport_is(13, 1, values);
    case Field::icmp_type:
      return transport_is(0, 1, values);
    case Field::icmp_code:
      return transport_is(1, 1, values);
    case Field::ip_tos:
      return word("ip[1]", 8);
    case Field::ip_length:
      return word("ip[2:2]", 16);
    case Field::ip_frag_off:
      return word("ip[6:2]", 16);
    case Field::ip_ttl:
      return word("ip[8]", 8);
    case Field::ip6_class:
      return word("((ip6[0:2] >> 4) & 0xff)", 8);
    case Field::ip6_nexthdr:
      return word("ip6[6]", 8);
    case Field::ip6_hoplimit:
      return word("ip6[7]", 8);
    case Field::exthdrs:
      return extensions_are(values);
    case Field::eth_saddr:
      return load_is({{{"ether[6:4]", 32}, {"ether[10:2]", 16}}, {}}, values);
    case Field::eth_daddr:
      return load_is({{{"ether[0:4]", 32}, {"ether[4:2]", 16}}, {}}, values);
    case Field::eth_type:
      return word("ether[12:2]", 16);
    case Field::vlan_id:
      return tagged_ ? word("(ether[14:2] & 0xfff)", 12) : kFalse;
    case Field::length:
      return word(fmt::format("(len - {})", link_bytes_), 16);
  }
  return kFalse;
}

std::optional<std::string> finish(const std::string& conditions, Encapsulation encapsulation) {
  if (conditions.size() > kMaxExpression) return std::nullopt;
  // `vlan` moves the network header of everything behind it.
  return encapsulation == Encapsulation::one_tag ? "vlan" + conditions : kTrue + conditions;
}

}  // namespace

std::optional<std::string> pcap_expression(const Rule& rule, Encapsulation encapsulation) {
  const Expressions expressions(encapsulation);
  std::string all;
  for (const Match& match : rule.matches) {
    all += " and " + expressions.present(match.field);
    all += match.negated ? " and not " : " and ";
    all += expressions.one_of(match.field, *match.values);
  }
  for (const TupleMatch& match : rule.tuple_matches) {
    for (const Field field : match.fields) all += " and " + expressions.present(field);
    std::string any;
    for (const Tuple& tuple : *match.tuples) {
      any += any.empty() ? "(" : " or (";
      for (size_t i = 0; i < tuple.size(); ++i) {
        any += (i == 0 ? "" : " and ") + expressions.one_of(match.fields[i], {tuple[i]});
      }
      any += ")";
    }
    all += fmt::format(" and {}({})", match.negated ? "not " : "", any.empty() ? kFalse : any);
  }
  return finish(all, encapsulation);
}

std::optional<std::string> pcap_expression(const std::vector<Field>& fields, const Tuple& tuple,
                                           Encapsulation encapsulation) {
  const Expressions expressions(encapsulation);
  std::string all;
  for (const Field field : fields) all += " and " + expressions.present(field);
  for (size_t i = 0; i < fields.size(); ++i) all += " and " + expressions.one_of(fields[i], {tuple[i]});
  return finish(all, encapsulation);
}

}  // namespace fwbench::verify
