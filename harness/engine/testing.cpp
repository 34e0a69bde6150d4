// SPDX-License-Identifier: BSD-2-Clause
#include "engine/testing.h"

#include <linux/if_ether.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace fwbench::testing {
namespace {

constexpr FieldValue kIpv6Base = FieldValue{0x20010db8u} << 96;

size_t below(Random& random, size_t bound) {
  return std::uniform_int_distribution<size_t>(0, bound - 1)(random);
}
bool chance(Random& random, size_t percent) {
  return below(random, 100) < percent;
}

template <typename T>
T one_of(Random& random, std::initializer_list<T> values) {
  return values.begin()[below(random, values.size())];
}

/// Values that the tries split at different levels, and their neighbours.
uint32_t random_ipv4(Random& random) {
  const auto base = one_of<uint32_t>(random, {0x0a000000, 0x0a00ff00, 0x0a01ffff, 0xc0a80000, 0xffffffff, 0});
  return base + static_cast<uint32_t>(below(random, 5)) - 2;
}

FieldValue random_ipv6(Random& random) {
  const int shift = one_of(random, {0, 8, 24, 64, 72, 88});
  return kIpv6Base + (FieldValue{below(random, 3)} << shift) + below(random, 3) - 1;
}

uint16_t random_port(Random& random) {
  return static_cast<uint16_t>(one_of<uint32_t>(random, {0, 22, 53, 80, 255, 256, 443, 1023, 1024, 65535}) +
                               below(random, 2));
}

uint8_t random_protocol(Random& random) {
  return one_of<uint8_t>(random, {IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_NONE,
                                  IPPROTO_ESP, IPPROTO_SCTP});
}

FieldValue random_value(Random& random, Field field) {
  switch (field) {
    case Field::ether_type:
      return one_of<uint16_t>(random, {ETH_P_IP, ETH_P_IPV6, ETH_P_8021Q, ETH_P_8021AD, ETH_P_ARP});
    case Field::ip_saddr:
    case Field::ip_daddr:
      return random_ipv4(random);
    case Field::ip6_saddr:
    case Field::ip6_daddr:
      return random_ipv6(random);
    case Field::th_sport:
    case Field::th_dport:
      return random_port(random);
    case Field::tcp_flags:
      return one_of<uint8_t>(random, {0x02, 0x10, 0x12, 0x04, 0x18});
    case Field::icmp_type:
      return one_of<uint8_t>(random, {0, 3, 8, 128, 129, 135});
    default:
      return random_protocol(random);
  }
}

FieldValue max_of(Field field) {
  return max_value(field_bits(field));
}

IntervalSet random_set(Random& random, Field field) {
  IntervalSet set;
  const size_t count = 1 + below(random, 4);
  for (size_t i = 0; i < count; ++i) {
    const FieldValue first = random_value(random, field);
    const FieldValue width = chance(random, 50) ? 0 : FieldValue{1} << below(random, 20);
    set.push_back({first, width > max_of(field) - first ? max_of(field) : first + width});
  }
  return normalize(std::move(set));
}

void put16(TestFrame& frame, size_t offset, uint32_t value) {
  frame[offset] = static_cast<std::byte>(value >> 8);
  frame[offset + 1] = static_cast<std::byte>(value);
}

/// Big-endian, with as many zeros in front as it takes.
void append(TestFrame& frame, FieldValue value, size_t bytes) {
  if (bytes > sizeof(value)) {
    frame.resize(frame.size() + bytes - sizeof(value));
    bytes = sizeof(value);
  }
  for (size_t i = bytes; i > 0; --i) frame.push_back(static_cast<std::byte>(value >> (8 * (i - 1))));
}

void append_transport(Random& random, TestFrame& frame) {
  if (chance(random, 30)) {  // any header: an ICMP type is the first byte, not a port
    append(frame, random_value(random, Field::icmp_type), 1);
    append(frame, 0, 1);
  } else {
    append(frame, random_port(random), 2);
  }
  append(frame, random_port(random), 2);
  append(frame, random(), 8);
  append(frame, 0x50, 1);
  append(frame, random_value(random, Field::tcp_flags), 1);
  append(frame, 0, 6 + below(random, 20));
}

void append_ipv4(Random& random, TestFrame& frame) {
  const size_t start = frame.size();
  const size_t words = chance(random, 70) ? 5 : below(random, 16);
  append(frame, (chance(random, 97) ? 0x40u : 0x60u) | words, 1);
  append(frame, 0, 5);
  append(frame, chance(random, 75) ? 0x4000 : one_of<uint32_t>(random, {0x2000, 0x0001, 0x1fff, 0x2001, 0x8000}), 2);
  append(frame, 64, 1);
  append(frame, random_protocol(random), 1);
  append(frame, 0, 2);
  append(frame, random_ipv4(random), 4);
  append(frame, random_ipv4(random), 4);
  append(frame, 0, words > 5 ? (words - 5) * 4 : 0);
  append_transport(random, frame);
  const size_t length = frame.size() - start;
  const size_t claimed =
      chance(random, 80) ? length : one_of<size_t>(random, {0, 19, 20, words * 4, length + 1, length - 1});
  put16(frame, start + 2, static_cast<uint32_t>(claimed));
}

/// Appends one extension header and returns where its own next-header byte stands.
size_t append_extension(Random& random, TestFrame& frame, uint8_t type) {
  const size_t at = frame.size();
  append(frame, 0, 1);
  if (type == IPPROTO_FRAGMENT) {
    append(frame, below(random, 2), 1);
    append(frame, chance(random, 70) ? below(random, 8) : one_of<uint32_t>(random, {8, 0xfff8, 0x0100}), 2);
    append(frame, 0, 4);
    return at;
  }
  const size_t units = below(random, 3);
  append(frame, units, 1);
  append(frame, 0, 6 + units * 8);
  return at;
}

void append_ipv6(Random& random, TestFrame& frame) {
  const size_t start = frame.size();
  append(frame, chance(random, 97) ? 0x60 : 0x40, 1);
  append(frame, 0, 7);
  append(frame, random_ipv6(random), 16);
  append(frame, random_ipv6(random), 16);
  size_t next_header_at = start + 6;
  const size_t extensions = chance(random, 50) ? 0 : one_of<size_t>(random, {1, 2, 3, 9, 40});
  for (size_t i = 0; i < extensions; ++i) {
    const auto type = one_of<uint8_t>(random, {IPPROTO_HOPOPTS, IPPROTO_DSTOPTS, IPPROTO_ROUTING, IPPROTO_FRAGMENT,
                                               IPPROTO_DSTOPTS, IPPROTO_DSTOPTS, IPPROTO_DSTOPTS, IPPROTO_AH});
    if (type == IPPROTO_AH && chance(random, 70)) continue;
    frame[next_header_at] = static_cast<std::byte>(type);
    next_header_at = append_extension(random, frame, type);
  }
  frame[next_header_at] = static_cast<std::byte>(random_protocol(random));
  append_transport(random, frame);
  const size_t length = frame.size() - start - 40;
  const size_t claimed = chance(random, 85) ? length : one_of<size_t>(random, {0, length + 1, length - 1});
  put16(frame, start + 4, static_cast<uint32_t>(claimed));
}

Rule make_rule(std::vector<Match> matches, Verdict verdict) {
  Rule rule;
  rule.matches = std::move(matches);
  rule.outcome.action = verdict == Verdict::drop ? Action::drop : Action::accept;
  return rule;
}

}  // namespace

FrameView view(const TestFrame& frame) {
  return {frame.data(), static_cast<uint32_t>(frame.size())};
}

Match match(Field field, FieldValue value) {
  return {field, false, std::make_shared<const IntervalSet>(IntervalSet{{value, value}})};
}

Policy random_policy(Random& random, size_t rules) {
  std::vector<std::pair<Field, std::shared_ptr<const IntervalSet>>> shared;
  Policy policy;
  policy.family = "netdev";
  policy.default_verdict = chance(random, 50) ? Verdict::accept : Verdict::drop;
  for (size_t i = 0; i < rules; ++i) {
    Rule rule;
    const size_t matches = chance(random, 3) ? 0 : 1 + below(random, 4);
    for (size_t j = 0; j < matches; ++j) {
      if (!shared.empty() && chance(random, 20)) {
        const auto& [field, values] = shared[below(random, shared.size())];
        rule.matches.push_back({field, chance(random, 30), values});
        continue;
      }
      const auto field = static_cast<Field>(below(random, kFieldCount));
      auto values = std::make_shared<const IntervalSet>(random_set(random, field));
      shared.emplace_back(field, values);
      rule.matches.push_back({field, chance(random, 30), std::move(values)});
    }
    rule.counted = chance(random, 40);
    if (matches != 0 && chance(random, 80)) rule.outcome.action = chance(random, 50) ? Action::accept : Action::drop;
    policy.rules.push_back(std::move(rule));
  }
  policy.chains = {{"ingress", 0, static_cast<uint32_t>(rules), {}}};
  return policy;
}

Policy narrow_policy(size_t rules) {
  Policy policy;
  policy.family = "netdev";
  policy.default_verdict = Verdict::drop;
  for (size_t i = 0; i < rules; ++i) {
    policy.rules.push_back(make_rule({match(Field::ether_type, ETH_P_IP), match(Field::ip_saddr, 0x0a000000 + i),
                                      match(Field::l4proto, IPPROTO_TCP), match(Field::th_dport, 1000 + i % 7)},
                                     i % 2 == 0 ? Verdict::accept : Verdict::drop));
    policy.rules.back().counted = i % 3 == 0;
    if (i % 5 == 4) policy.rules.back().outcome.action = Action::next;
  }
  policy.chains = {{"ingress", 0, static_cast<uint32_t>(rules), {}}};
  return policy;
}

TestFrame random_frame(Random& random) {
  TestFrame frame(12);
  const auto tags = one_of<size_t>(random, {0, 0, 0, 1, 1, 2});
  for (size_t i = 0; i < tags; ++i) {
    append(frame, one_of<uint16_t>(random, {ETH_P_8021Q, ETH_P_8021AD}), 2);
    append(frame, below(random, 4095), 2);
  }
  const uint16_t type = chance(random, 5) ? uint16_t{ETH_P_ARP} : one_of<uint16_t>(random, {ETH_P_IP, ETH_P_IPV6});
  append(frame, type, 2);
  if (type == ETH_P_IP || (type == ETH_P_ARP && chance(random, 50))) append_ipv4(random, frame);
  if (type == ETH_P_IPV6) append_ipv6(random, frame);
  if (chance(random, 25)) frame.resize(std::max<size_t>(ETH_HLEN, below(random, frame.size() + 1)));
  if (chance(random, 10)) frame.resize(std::max<size_t>(frame.size(), 60));
  return frame;
}

std::vector<TestFrame> boundary_frames(const Policy& policy) {
  constexpr uint32_t kServer = 0xc6130010;
  constexpr FieldValue kIpv6Server = FieldValue{0x2001000200000001u} << 64 | 0x10;
  std::vector<TestFrame> frames;
  for (const Rule& rule : policy.rules) {
    for (const Match& match : rule.matches) {
      if (match.field != Field::ip_saddr && match.field != Field::ip6_saddr) continue;
      for (const Interval& interval : *match.values) {
        for (const FieldValue value : {interval.first, interval.last, interval.first - 1, interval.last + 1}) {
          frames.push_back(match.field == Field::ip_saddr ? tcp_syn(static_cast<uint32_t>(value), kServer, 1024, 443)
                                                          : tcp_syn_ipv6(value, kIpv6Server, 1024, 443));
        }
      }
    }
  }
  return frames;
}

TestFrame narrow_frame(size_t rule) {
  return tcp_syn(static_cast<uint32_t>(0x0a000000 + rule), 0xc6120001, 40000, static_cast<uint16_t>(1000 + rule % 7));
}

TestFrame tcp_syn(uint32_t saddr, uint32_t daddr, uint16_t sport, uint16_t dport) {
  TestFrame frame(12);
  append(frame, ETH_P_IP, 2);
  append(frame, 0x4500002e, 4);
  append(frame, 0x00004000, 4);
  append(frame, 0x40060000, 4);
  append(frame, saddr, 4);
  append(frame, daddr, 4);
  append(frame, sport, 2);
  append(frame, dport, 2);
  append(frame, 0, 8);
  append(frame, 0x5002, 2);
  frame.resize(60);
  return frame;
}

TestFrame tcp_syn_ipv6(FieldValue saddr, FieldValue daddr, uint16_t sport, uint16_t dport) {
  TestFrame frame(12);
  append(frame, ETH_P_IPV6, 2);
  append(frame, FieldValue{0x60000000} << 32 | 0x00140640, 8);
  append(frame, saddr, 16);
  append(frame, daddr, 16);
  append(frame, sport, 2);
  append(frame, dport, 2);
  append(frame, 0, 8);
  append(frame, 0x5002, 2);
  frame.resize(74);
  return frame;
}

}  // namespace fwbench::testing
