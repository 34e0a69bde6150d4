// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/generate.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "scenario/ranges.h"
#include "traffic/random.h"

namespace fwbench {
namespace {

// ---- five_tuples, four_tuples

/// The lab's ranges: sources in the first half of 198.18.0.0/15 (RFC 2544), destinations in the second.
constexpr uint32_t kFirstSource = 0xc6120000;
constexpr uint32_t kDestinations = 0xc6130000;

std::string tuple_rules(const PolicyRecipe& recipe) {
  const bool with_sport = recipe.generator == PolicyGenerator::five_tuples;
  SplitMix64 random(recipe.seed);
  std::set<std::tuple<uint32_t, uint32_t, uint16_t, uint16_t>> used;
  std::string rules;
  for (uint32_t i = 0; i < recipe.rules; ++i) {
    uint32_t saddr = 0, daddr = 0;
    uint16_t sport = 0, dport = 0;
    do {
      saddr = kFirstSource + static_cast<uint32_t>(random.up_to(0xffff));
      daddr = kDestinations + static_cast<uint32_t>(random.up_to(0xffff));
      if (with_sport) sport = static_cast<uint16_t>(1024 + random.up_to(65535 - 1024));
      dport = static_cast<uint16_t>(1 + random.up_to(65534));
    } while (!used.emplace(saddr, daddr, sport, dport).second);
    const auto address = [](uint32_t a) { return format_address_range({a, a}, IpVersion::v4); };
    // Spread evenly: rule i accepts when the running total of the share passes a whole number. The little more is for
    // shares like 0.1, ten of which are a little less than 1.
    const auto accepted = [&](uint32_t n) { return std::floor(n * recipe.accept_share + 1e-9); };
    const bool accepts = accepted(i + 1) > accepted(i);
    const char* const proto = i % 2 == 0 ? "tcp" : "udp";
    rules += fmt::format("    ip saddr {} ip daddr {} {}{} dport {} {}\n", address(saddr), address(daddr),
                         with_sport ? fmt::format("{} sport {} ", proto, sport) : "", proto, dport,
                         accepts ? "accept" : "drop");
  }
  return rules;
}

// ---- blocklist

/// Lengths of prefixes and how many of 1,000 have each: about what public lists of abusive networks have, single hosts
/// and /24 above all.
struct LengthShare {
  int length;
  unsigned per_mille;
};
constexpr LengthShare kLengths4[] = {{16, 2},   {17, 2},  {18, 4},  {19, 6},  {20, 12}, {21, 12}, {22, 30}, {23, 30},
                                     {24, 400}, {25, 10}, {26, 10}, {27, 12}, {28, 12}, {29, 14}, {30, 14}, {32, 430}};
constexpr LengthShare kLengths6[] = {{29, 5},   {32, 95}, {36, 20},  {40, 30}, {44, 30},  {46, 10},
                                     {48, 310}, {52, 10}, {56, 100}, {60, 10}, {64, 250}, {128, 130}};

template <size_t N>
int draw_length(SplitMix64& random, const LengthShare (&lengths)[N]) {
  auto rank = static_cast<unsigned>(random.up_to(999));
  for (const LengthShare& share : lengths) {
    if (rank < share.per_mille) return share.length;
    rank -= share.per_mille;
  }
  return lengths[N - 1].length;
}

FieldValue first_of(std::string_view prefix, IpVersion ip) {
  return parse_address_range(prefix, ip).value().first;
}

/// What a blocklist of the Internet does not have in it: not global unicast, or the lab's own.
std::vector<Interval> excluded(IpVersion ip) {
  const char* const v4[] = {"0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "198.18.0.0/15", "224.0.0.0/3"};
  const char* const v6[] = {"2001::/23", "2002::/16"};
  std::vector<Interval> out;
  if (ip == IpVersion::v4) {
    for (const char* const text : v4) out.push_back(parse_address_range(text, ip).value());
  } else {
    for (const char* const text : v6) out.push_back(parse_address_range(text, ip).value());
  }
  return out;
}

/// Prefixes with a gap to each other, by their first address.
class PrefixBag {
 public:
  /// False, and nothing added, when it would overlap or touch one.
  bool add(Interval range) {
    const auto next = prefixes_.lower_bound(range.first);
    if (next != prefixes_.end() && next->first <= range.last + 1) return false;
    if (next != prefixes_.begin() && std::prev(next)->second + 1 >= range.first) return false;
    prefixes_.emplace(range.first, range.last);
    return true;
  }
  [[nodiscard]] const std::map<FieldValue, FieldValue>& all() const { return prefixes_; }

 private:
  std::map<FieldValue, FieldValue> prefixes_;
};

std::string blocklist_elements(const PolicyRecipe& recipe) {
  const bool v4 = recipe.family == IpVersion::v4;
  const int bits = v4 ? 32 : 128;
  const FieldValue base = v4 ? 0 : first_of("2000::/3", IpVersion::v6);
  const FieldValue last = (FieldValue{1} << (v4 ? 32 : 125)) - 1;
  const std::vector<Interval> not_these = excluded(recipe.family);
  SplitMix64 random(recipe.seed);
  PrefixBag bag;
  while (bag.all().size() < recipe.prefixes) {
    const int length = v4 ? draw_length(random, kLengths4) : draw_length(random, kLengths6);
    const FieldValue size = FieldValue{1} << (bits - length);
    const FieldValue first = (base + random.up_to(last)) & ~(size - 1);
    const Interval range{first, first + (size - 1)};
    const bool allowed = std::none_of(not_these.begin(), not_these.end(), [&](const Interval& other) {
      return range.first <= other.last && other.first <= range.last;
    });
    if (allowed) bag.add(range);
  }
  std::string text;
  for (const auto& [first, end] : bag.all()) {
    text += fmt::format("{}      {}", text.empty() ? "" : ",\n", format_address_range({first, end}, recipe.family));
  }
  return text;
}

}  // namespace

std::string generated_name(const PolicyRecipe& recipe) {
  if (recipe.generator != PolicyGenerator::blocklist) {
    return fmt::format("{}-{}-accept{}-seed{}.nft",
                       recipe.generator == PolicyGenerator::five_tuples ? "five_tuples" : "four_tuples", recipe.rules,
                       recipe.accept_share, recipe.seed);
  }
  return fmt::format("blocklist-{}-ipv{}-seed{}.nft", recipe.prefixes, recipe.family == IpVersion::v4 ? 4 : 6,
                     recipe.seed);
}

std::string generate_policy(const PolicyRecipe& recipe) {
  constexpr const char* kHook = "    type filter hook ingress device \"d0\" priority 0;";
  const std::string head = fmt::format("# {}, written by fwbench\ntable netdev filter {{\n", generated_name(recipe));
  if (recipe.generator != PolicyGenerator::blocklist) {
    return fmt::format("{}  chain ingress {{\n{} policy drop;\n{}  }}\n}}\n", head, kHook, tuple_rules(recipe));
  }
  const bool v4 = recipe.family == IpVersion::v4;
  return fmt::format(
      "{}  set blocklist {{\n    type {}\n    flags interval\n    auto-merge\n    elements = {{\n{}\n    }}\n  }}\n"
      "  chain ingress {{\n{} policy accept;\n    {} saddr @blocklist drop\n  }}\n}}\n",
      head, v4 ? "ipv4_addr" : "ipv6_addr", blocklist_elements(recipe), kHook, v4 ? "ip" : "ip6");
}

}  // namespace fwbench
