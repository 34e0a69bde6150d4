// SPDX-License-Identifier: BSD-2-Clause
#include "verify/policy_generator.h"

#include <fmt/format.h>

#include <array>

#include "verify/match_generator.h"

namespace fwbench::verify {
namespace {

/// More than one word of 64 bits, more than one word of words, and a little more: where bitsets over rules are cut.
constexpr size_t kTwoSummaryWords = 4200;
constexpr size_t kMaxChains = 6;
/// Each jump multiplies the rules of an engine that spells them out.
constexpr size_t kMaxJumps = 12;

/// Two of these in one rule may exclude each other, and nft refuses some of that.
bool contradicts(const std::string& rule, const std::string& match) {
  const auto says_type = [](const std::string& text) {
    return text.find("meta protocol") != std::string::npos || text.find("ether type") != std::string::npos ||
           text.find("vlan id") != std::string::npos;
  };
  // nft 1.0.6 makes one comparison of two neighbouring fields, also of `th sport != 1 th dport != 2`: wrong by its own
  // manual, so that no rule has two of these.
  const auto negated_value = [](const std::string& text) {
    const size_t at = text.find("!= ");
    return at != std::string::npos && text.find_first_of("{@/-", at) == std::string::npos;
  };
  if (negated_value(match) && rule.find("!= ") != std::string::npos) return true;
  return says_type(rule) && says_type(match);
}

class PolicyWriter {
 public:
  PolicyWriter(const PolicyShape& shape, RandomSource& random)
      : shape_(shape), random_(random), matches_(random, shape.features) {}

  [[nodiscard]] std::string write();

 private:
  [[nodiscard]] bool has(Feature feature) const { return (shape_.features & feature) != 0; }
  [[nodiscard]] RuleContext draw_context();
  [[nodiscard]] std::string rule(size_t chain);
  [[nodiscard]] std::string narrow_rule(size_t number);
  [[nodiscard]] std::string verdict(size_t chain, bool strong);
  [[nodiscard]] std::vector<std::string> map_outcomes(size_t chain);
  [[nodiscard]] std::string chain_name(size_t chain) const {
    return chain == 0 ? "ingress" : fmt::format("c{}", chain);
  }

  const PolicyShape& shape_;
  RandomSource& random_;
  MatchGenerator matches_;
  std::string_view family_ = "netdev";
  size_t chains_ = 1;
  size_t jumps_ = 0;
  bool skips_ = false;  // many rules that a packet goes past: across the words that bitsets are cut into
};

RuleContext PolicyWriter::draw_context() {
  RuleContext context;
  context.network = random_.one_of({Network::any, Network::ipv4, Network::ipv4, Network::ipv6, Network::ipv6});
  context.transport = random_.one_of({Transport::any, Transport::any, Transport::tcp, Transport::tcp, Transport::udp,
                                      Transport::th, Transport::icmp, Transport::icmpv6});
  if (family_ == "ip" && context.network == Network::ipv6) context.network = Network::ipv4;
  if (family_ == "ip6" && context.network == Network::ipv4) context.network = Network::ipv6;
  if (family_ == "ip" && context.transport == Transport::icmpv6) context.transport = Transport::icmp;
  if (family_ == "ip6" && context.transport == Transport::icmp) context.transport = Transport::icmpv6;
  context.below_ip = family_ == "netdev";
  if (context.transport == Transport::icmp && context.network == Network::ipv6) context.network = Network::ipv4;
  if (context.transport == Transport::icmpv6 && context.network == Network::ipv4) context.network = Network::ipv6;
  return context;
}

std::string PolicyWriter::verdict(size_t chain, bool strong) {
  // A rule that takes nearly everything leaves nothing to those behind it: such a one counts, as a rule.
  if (!strong && !random_.chance(12)) return "";
  if (jumps_ < kMaxJumps && chain + 1 < chains_ && random_.chance(25)) {
    ++jumps_;
    return fmt::format(" {} {}", random_.chance(70) ? "jump" : "goto",
                       chain_name(random_.between(chain + 1, chains_ - 1)));
  }
  if (has(feature_chains) && chain != 0 && random_.chance(12)) return " return";
  if (random_.chance(22)) return "";
  return random_.chance(50) ? " accept" : " drop";
}

std::vector<std::string> PolicyWriter::map_outcomes(size_t chain) {
  std::vector<std::string> outcomes = {"accept", "drop", "continue"};
  for (size_t i = chain + 1; i < chains_ && jumps_ < kMaxJumps; ++i) {
    outcomes.push_back(fmt::format("jump {}", chain_name(i)));
    outcomes.push_back(fmt::format("goto {}", chain_name(i)));
  }
  if (chain + 1 < chains_) jumps_ += 2;  // about as many of its elements
  if (chain != 0) outcomes.emplace_back("return");
  return outcomes;
}

std::string PolicyWriter::rule(size_t chain) {
  const RuleContext context = draw_context();
  std::string text;
  const auto add = [&](const std::string& match) {
    if (contradicts(text, match)) return false;
    if (!match.empty()) text += (text.empty() ? "" : " ") + match;
    return !match.empty();
  };
  if (context.transport == Transport::th && random_.chance(70)) add("meta l4proto { tcp, udp }");
  const size_t count = random_.chance(3) ? 0 : random_.one_of<size_t>({1, 1, 2, 2, 2, 3, 4});
  size_t strength = 0;
  for (size_t i = 0; i < count; ++i) {
    const std::string match =
        has(feature_concatenations) && random_.chance(12) ? matches_.concatenation(context) : matches_.match(context);
    if (add(match) && match.find("!=") == std::string::npos && match.find("/0") == std::string::npos) ++strength;
  }
  // A counter in front of the map would count what the map does not know; behind it, it would count nothing.
  if (has(feature_verdict_maps) && random_.chance(12)) {
    const std::string map = matches_.verdict_map(context, map_outcomes(chain));
    if (!map.empty() && !contradicts(text, map)) return text + (text.empty() ? "" : " ") + map;
  }
  if (random_.chance(92)) add("counter");
  const std::string end = verdict(chain, strength >= 2 || (strength == 1 && random_.chance(40)));
  if (text.empty() && end.empty()) return "counter";
  return text.empty() ? end.substr(1) : text + end;
}

std::string PolicyWriter::narrow_rule(size_t number) {
  if (skips_ && random_.chance(50)) return matches_.narrow_skip(number) + " counter";
  return fmt::format("{} counter{}", matches_.narrow_match(number),
                     random_.chance(20)   ? ""
                     : random_.chance(50) ? " accept"
                                          : " drop");
}

std::string PolicyWriter::write() {
  const size_t rules = rules_of_policy(shape_);
  const bool narrow = rules > 60;
  if (has(feature_families) && !narrow && random_.chance(12)) {
    family_ = random_.one_of<std::string_view>({"inet", "ip", "ip6"});
  }
  if (has(feature_chains) && rules < kTwoSummaryWords && random_.chance(60)) chains_ = random_.between(2, kMaxChains);
  skips_ = narrow && rules < kTwoSummaryWords && has(feature_concatenations) && random_.chance(50);
  std::vector<std::string> bodies(chains_);
  for (size_t i = 0; i < rules; ++i) {
    const size_t chain = random_.chance(40) ? 0 : random_.below(chains_);
    bodies[chain] += fmt::format("    {}\n", narrow && random_.chance(90) ? narrow_rule(i) : rule(chain));
  }
  // Every chain is reached by something, whatever the dice say.
  for (size_t i = 1; i < chains_; ++i) bodies[0] += fmt::format("    meta l4proto != 254 jump {}\n", chain_name(i));
  std::string text =
      fmt::format("# seed {}, policy {}\ntable {} filter {{\n{}", shape_.seed, shape_.index, family_, matches_.sets());
  const std::string_view hook = family_ == "netdev" ? "ingress device \"d0\"" : "prerouting";
  text += fmt::format("  chain ingress {{\n    type filter hook {} priority 0; policy {};\n{}  }}\n", hook,
                      random_.chance(50) ? "accept" : "drop", bodies[0]);
  for (size_t i = 1; i < chains_; ++i) text += fmt::format("  chain {} {{\n{}  }}\n", chain_name(i), bodies[i]);
  return text + "}\n";
}

RandomSource source_of(const PolicyShape& shape) {
  RandomSource mixed(shape.seed * 0x9e3779b97f4a7c15 + shape.index);
  return RandomSource(mixed.bits());
}

}  // namespace

size_t rules_of_policy(const PolicyShape& shape) {
  RandomSource random = source_of(shape);
  switch (shape.index % 20) {
    case 5:
      return kTwoSummaryWords + random.below(200);
    case 2:
    case 9:
    case 15:
      return random.between(61, 400);
    case 12:
      return random.one_of<size_t>({62, 63, 64, 65, 127, 128, 129});
    default:
      return random.chance(30) ? random.between(1, 3) : random.between(4, 30);
  }
}

std::string generate_policy(const PolicyShape& shape) {
  RandomSource random = source_of(shape);
  // Engines have shorter ways for rules that ask for nothing rare: every other policy is such a one.
  PolicyShape common = shape;
  if ((shape.index + shape.index / 20) % 2 == 0) {
    common.features &= ~(feature_header_fields | feature_exthdr | feature_link_layer | feature_length);
  }
  return PolicyWriter(common, random).write();
}

}  // namespace fwbench::verify
