// SPDX-License-Identifier: BSD-2-Clause
#include "dpdk/acl_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "dpdk/acl_key.h"
#include "dpdk/channel.h"
#include "engine/testing.h"
#include "policy/oracle.h"

namespace fwbench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Random;
using testing::TestFrame;

std::shared_ptr<const Policy> parse(std::string_view rules) {
  const std::string text = fmt::format(
      "table netdev t {{\n  chain ingress {{\n    type filter hook ingress device \"d0\" priority 0; policy "
      "drop;\n{}  }}\n}}\n",
      rules);
  auto parsed = parse_policy(text, "test.nft");
  for (const Diagnostic& diagnostic : parsed.diagnostics) ADD_FAILURE() << diagnostic.message;
  return parsed.policy;
}

uint32_t read_key(const AclKey& key, const AclField& field) {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(&key) + field.offset;
  uint32_t value = 0;
  for (uint8_t i = 0; i < field.size; ++i) value = value << 8 | bytes[i];
  return value;
}

bool meets(uint32_t value, const AclField& field, const AclValue& wanted) {
  switch (field.match) {
    case AclMatch::range:
      return wanted.value <= value && value <= wanted.mask_or_last;
    case AclMatch::bits:
      return (value & wanted.mask_or_last) == wanted.value;
    case AclMatch::prefix:
      const auto mask = static_cast<uint32_t>(~uint64_t{0} << (field.size * 8 - static_cast<int>(wanted.mask_or_last)));
      return ((value ^ wanted.value) & mask & static_cast<uint32_t>(max_value(field.size * 8))) == 0;
  }
  return false;
}

/// What rte_acl is documented to do. Nothing: the frame is for no list.
std::optional<bool> accepts(const AclPolicy& policy, const TestFrame& frame) {
  AclKey key = {};
  const AclKeyShape shape = {policy.ipv4.required, policy.ipv6.required, policy.rare_fields};
  const AclList list = make_acl_key(testing::view(frame), shape, key);
  if (list == AclList::none) return std::nullopt;
  const AclTable& table = list == AclList::ipv4 ? policy.ipv4 : policy.ipv6;
  uint32_t best = 0;
  bool verdict = policy.default_accepts;
  for (size_t rule = 0; rule < table.rules(); ++rule) {
    bool all = table.priority[rule] > best;
    for (size_t i = 0; all && i < table.fields.size(); ++i) {
      all = meets(read_key(key, table.fields[i]), table.fields[i], table.values[rule * table.fields.size() + i]);
    }
    if (!all) continue;
    best = table.priority[rule];
    verdict = table.accepts[rule] != 0;
  }
  return verdict;
}

TEST(AclRules, PrefixesCoverAnIntervalExactly) {
  EXPECT_THAT(prefixes_of({0x0a000000, 0x0affffff}, 32), ElementsAre(Prefix{0x0a000000, 8}));
  EXPECT_THAT(prefixes_of({1, 6}, 32), ElementsAre(Prefix{1, 32}, Prefix{2, 31}, Prefix{4, 31}, Prefix{6, 32}));
  EXPECT_THAT(prefixes_of({0, 0xffffffff}, 32), ElementsAre(Prefix{0, 0}));
  EXPECT_THAT(prefixes_of({0, max_value(128)}, 128), ElementsAre(Prefix{0, 0}));
  EXPECT_THAT(prefixes_of({max_value(128), max_value(128)}, 128), ElementsAre(Prefix{max_value(128), 128}));
}

TEST(AclRules, AMaskIsOnePattern) {
  IntervalSet syn_only;  // flags & (syn|ack) == syn
  for (uint32_t flags = 0; flags < 256; ++flags) {
    if ((flags & 0x12) == 0x02) syn_only.push_back({flags, flags});
  }
  EXPECT_THAT(bit_patterns_of(normalize(syn_only)), ElementsAre(AclValue{0x02, 0x12}));
  EXPECT_EQ(bit_patterns_of({{0, 254}}).size(), 8U);
  EXPECT_THAT(bit_patterns_of({{6, 6}}), ElementsAre(AclValue{6, 0xff}));
}

TEST(AclRules, PatternsAreTheSetForEverySet) {
  Random random(7);
  for (int round = 0; round < 200; ++round) {
    IntervalSet set;
    for (int i = 0; i < 3; ++i) {
      const uint64_t first = random() % 256;
      set.push_back({first, std::min<uint64_t>(255, first + random() % 40)});
    }
    set = normalize(set);
    const auto patterns = bit_patterns_of(set);
    for (uint32_t value = 0; value < 256; ++value) {
      size_t found = 0;
      for (const AclValue& pattern : patterns) found += (value & pattern.mask_or_last) == pattern.value ? 1 : 0;
      ASSERT_EQ(found, contains(set, value) ? 1U : 0U) << value;
    }
  }
}

/// Goes red when, say, a later rule gets the higher priority, or a set's complement is off by one.
TEST(AclRules, ListsSayWhatTheOracleSays) {
  Random random(11);
  size_t decided = 0;
  for (int round = 0; round < 30; ++round) {
    const Policy policy = testing::random_policy(random, 1 + random() % 20);
    const auto acl = make_acl_policy(policy);
    if (!acl) {
      ASSERT_EQ(acl.error().kind, ErrorKind::unsupported) << acl.error().to_string();
      continue;
    }
    for (int i = 0; i < 300; ++i) {
      const TestFrame frame = testing::random_frame(random);
      const auto verdict = accepts(*acl, frame);
      if (!verdict) continue;
      ++decided;
      ASSERT_EQ(*verdict, judge_frame(policy, frame).verdict == Verdict::accept) << "round " << round;
    }
  }
  EXPECT_GT(decided, 1000U);
}

TEST(AclRules, TheEdgePolicyHasAListForEachVersion) {
  const auto policy = load_policy(FWBENCH_SOURCE_DIR "/scenarios/policies/edge.nft").policy;
  ASSERT_NE(policy, nullptr);
  const auto acl = make_acl_policy(*policy);
  ASSERT_TRUE(acl) << acl.error().to_string();
  EXPECT_GT(acl->ipv4.rules(), 1000U);
  EXPECT_LT(acl->ipv4.rules(), 5000U);
  EXPECT_GT(acl->ipv6.rules(), 200U);
  Random random(3);
  for (const TestFrame& frame : testing::boundary_frames(*policy)) {
    const auto verdict = accepts(*acl, frame);
    ASSERT_TRUE(verdict.has_value()) << "a plain SYN is for a list";
    ASSERT_EQ(*verdict, judge_frame(*policy, frame).verdict == Verdict::accept);
  }
}

TEST(AclRules, AnUntaggedFrameIsForAListOfVlanRules) {
  const auto policy = parse("    vlan id 7 accept\n    tcp dport 80 accept\n");
  ASSERT_NE(policy, nullptr);
  const auto acl = make_acl_policy(*policy);
  ASSERT_TRUE(acl);
  EXPECT_EQ(accepts(*acl, testing::tcp_syn(1, 2, 3, 80)), true);
  EXPECT_EQ(accepts(*acl, testing::tcp_syn(1, 2, 3, 81)), false);
  TestFrame tagged = testing::tcp_syn(1, 2, 3, 81);
  const std::array<std::byte, 4> tag = {std::byte{0x81}, std::byte{0}, std::byte{0}, std::byte{7}};
  tagged.insert(tagged.begin() + 12, tag.begin(), tag.end());
  EXPECT_EQ(accepts(*acl, tagged), true);
  tagged[15] = std::byte{8};
  EXPECT_EQ(accepts(*acl, tagged), false);
}

TEST(AclRules, NamesTheRuleThatSkipsOthers) {
  const auto policy =
      parse("    tcp dport 80 accept\n    ip saddr . tcp dport != { 10.0.0.1 . 22 } accept\n    udp dport 53 accept\n");
  ASSERT_NE(policy, nullptr);
  const auto acl = make_acl_policy(*policy);
  ASSERT_FALSE(acl);
  EXPECT_EQ(acl.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(acl.error().message, HasSubstr("test.nft:5: "));
}

TEST(AclRules, NamesTheRuleWhoseSetsMultiplyTooFar) {
  std::string addresses;
  for (int i = 0; i < 600; ++i) addresses += fmt::format("{}10.{}.{}.1", i == 0 ? "" : ", ", i / 200, i % 200);
  const auto policy =
      parse(fmt::format("    tcp dport 80 accept\n    ip saddr {{ {0} }} ip daddr {{ {0} }} accept\n", addresses));
  ASSERT_NE(policy, nullptr);
  const auto acl = make_acl_policy(*policy);
  ASSERT_FALSE(acl);
  EXPECT_EQ(acl.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(acl.error().message, HasSubstr("test.nft:5: "));
}

TEST(AclRules, ComeThroughTheChannelUnchanged) {
  Random random(5);
  const auto acl = make_acl_policy(testing::narrow_policy(50));
  ASSERT_TRUE(acl);
  std::vector<uint32_t> words = pack_acl_policy(*acl);
  const auto back = unpack_acl_policy(words);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->ipv4.fields, acl->ipv4.fields);
  EXPECT_EQ(back->ipv4.values, acl->ipv4.values);
  EXPECT_EQ(back->ipv4.priority, acl->ipv4.priority);
  EXPECT_EQ(back->ipv4.accepts, acl->ipv4.accepts);
  EXPECT_EQ(back->ipv4.required, acl->ipv4.required);
  EXPECT_EQ(back->default_accepts, acl->default_accepts);
  words.pop_back();
  EXPECT_FALSE(unpack_acl_policy(words));
}

}  // namespace
}  // namespace fwbench
