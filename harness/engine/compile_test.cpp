// SPDX-License-Identifier: BSD-2-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>

#include <cstring>
#include <ctime>

#include "engine/classifier.h"
#include "engine/image.h"
#include "engine/image_view.h"
#include "engine/testing.h"

namespace fwbench {
namespace {

using testing::match;

Rule rule(std::vector<Match> matches, Verdict verdict = Verdict::drop) {
  Rule made;
  made.matches = std::move(matches);
  made.outcome.action = verdict == Verdict::drop ? Action::drop : Action::accept;
  return made;
}

Policy policy_of(std::vector<Rule> rules) {
  Policy policy;
  policy.file = "test.nft";
  policy.family = "netdev";
  policy.rules = std::move(rules);
  policy.chains = {{"ingress", 0, static_cast<uint32_t>(policy.rules.size()), {}}};
  return policy;
}

PolicyImage compiled(const Policy& policy) {
  auto image = compile_policy(policy);
  EXPECT_TRUE(image.has_value());
  return std::move(image).value();
}

TEST(CompileTest, HeaderSaysWhatThePolicyIs) {
  Policy policy = policy_of({rule({match(Field::ip_saddr, 1)}), rule({}, Verdict::accept)});
  policy.rules[0].counted = true;
  policy.default_verdict = Verdict::drop;
  const PolicyImage image = compiled(policy);
  const ImageView view(image.bytes());
  EXPECT_EQ(view.header().rules, 2u);
  EXPECT_EQ(view.header().policy_rules, 2u);
  EXPECT_EQ(view.header().block_words, 0u);
  EXPECT_EQ(view.header().image_words, image.bytes().size() / 4);
  EXPECT_EQ(view.header().used_fields, 1u << FW_ETHER_TYPE | 1u << FW_IP_SADDR);
  EXPECT_EQ(view.header().default_action, FW_ACTION_TERMINAL | FW_ACTION_DROP);
  EXPECT_EQ(view.action(0).flags, FW_ACTION_TERMINAL | FW_ACTION_DROP | FW_ACTION_COUNTED | FW_ACTION_EXACT);
  EXPECT_EQ(view.action(1).flags, FW_ACTION_TERMINAL | FW_ACTION_EXACT);
}

TEST(CompileTest, FieldsThatNoRuleLooksAtNeedNoNode) {
  const PolicyImage image = compiled(policy_of({rule({match(Field::l4proto, 6)})}));
  const ImageView view(image.bytes());
  EXPECT_FALSE(is_leaf(view.header().root[FW_L4PROTO]));
  EXPECT_TRUE(is_leaf(view.header().root[FW_IP_SADDR]));
  EXPECT_LT(image.bytes().size(), sizeof(fw_image_header) + 256 * 4 + 64u);
}

// The readers leave out the rows of the other family's fields; they may because of this.
TEST(CompileTest, AnAddressImpliesItsEtherType) {
  const PolicyImage image =
      compiled(policy_of({rule({match(Field::ip6_saddr, 1)}), rule({match(Field::ip_protocol, 1)})}));
  const ImageView view(image.bytes());
  const auto row = [&](uint32_t type) {
    const uint32_t root = view.header().root[FW_ETHER_TYPE];
    EXPECT_TRUE(is_list(root));
    const auto list = view.list<fw_list16>(list_of(root));
    const auto behind = std::upper_bound(std::begin(list.start), std::end(list.start), type);
    return view.row_word(row_of(list.leaf[behind - std::begin(list.start) - 1]), 0);
  };
  EXPECT_EQ(view.row_word(view.header().ipv6_row, 0), 1u);
  EXPECT_EQ(view.row_word(view.header().ipv4_row, 0), 2u);
  EXPECT_EQ(row(ETH_P_IPV6), 1u);
  EXPECT_EQ(row(ETH_P_IP), 2u);
  EXPECT_EQ(row(ETH_P_ARP), 0u);
}

/// A set of ranges at `first`, `step` apart, and of the last address below 1.2.0.0/16, as a pair.
void expect_a_right_pair(FieldValue first, FieldValue step) {
  IntervalSet values;
  for (; first < 0x0102ffff; first += step) values.push_back({first, first + 4});
  values.push_back({0x0102ffff, 0x0102ffff});
  const PolicyImage image =
      compiled(policy_of({rule({{Field::ip_saddr, false, std::make_shared<const IntervalSet>(values)}})}));
  const ImageView view(image.bytes());
  const uint32_t entry = view.word(view.header().root[FW_IP_SADDR] + 0x0102);
  ASSERT_TRUE(is_list(entry) && is_pair(entry));
  const auto classifier = Classifier::open(image.bytes());
  ASSERT_TRUE(classifier.has_value());
  std::vector<uint64_t> hits(2);
  for (const Interval& interval : values) {
    for (const FieldValue value : {interval.first - 1, interval.first, interval.last, interval.last + 1}) {
      const auto address = static_cast<uint32_t>(value);
      const auto frame = testing::tcp_syn(address, 1, 2, 3);
      const FrameView one = testing::view(frame);
      EXPECT_EQ(classifier->classify({&one, 1}, hits) == 0, contains(values, address)) << address;
    }
  }
}

// Catches an end of a set that is taken for one of the pieces that are not used.
TEST(CompileTest, InsideAndOutsideOfASetTakeTurns) {
  expect_a_right_pair(0x01020000, 0x2ffe);  // 13 pieces: as many as there can be
  expect_a_right_pair(0x0102000a, 0x3ffe);  // 10
}

// A reader judges a packet by the ranges alone where the rule is exact.
TEST(CompileTest, RulesSayWhetherTheirRangesAreAllTheyAsk) {
  const auto ports = std::make_shared<const IntervalSet>(IntervalSet{{1, 2}, {5, 5}});
  const PolicyImage image = compiled(
      policy_of({rule({match(Field::ip_saddr, 7), match(Field::l4proto, 17), match(Field::th_dport, 53)}),
                 rule({match(Field::ip_saddr, 8), {Field::th_dport, false, ports}}),
                 rule({match(Field::ip_saddr, 9), {Field::th_dport, true, match(Field::th_dport, 1).values}}),
                 rule({match(Field::ip_saddr, 9), match(Field::tcp_flags, 2)}), rule({match(Field::ip6_saddr, 7)})}));
  const ImageView view(image.bytes());
  const fw_action exact = view.action(0);
  EXPECT_EQ(exact.flags, FW_ACTION_TERMINAL | FW_ACTION_DROP | FW_ACTION_EXACT | FW_ACTION_PROTOCOL);
  EXPECT_EQ(exact.protocol, 17u);
  EXPECT_THAT(exact.saddr, ::testing::ElementsAre(7, 0));
  EXPECT_THAT(exact.daddr, ::testing::ElementsAre(0, 0xffffffff));
  EXPECT_THAT(exact.sport, ::testing::ElementsAre(0, 0xffff));
  EXPECT_THAT(exact.dport, ::testing::ElementsAre(53, 0));
  for (uint32_t other = 1; other < 5; ++other) EXPECT_EQ(view.action(other).flags & FW_ACTION_EXACT, 0u) << other;
}

TEST(CompileTest, EqualRowsAndNodesAreStoredOnce) {
  IntervalSet every_other_net;
  for (FieldValue net = 0; net < 60000; net += 2) every_other_net.push_back({net << 16 | 7, net << 16 | 7});
  const auto set = std::make_shared<const IntervalSet>(every_other_net);
  const PolicyImage image =
      compiled(policy_of({rule({{Field::ip_saddr, false, set}}), rule({{Field::ip_daddr, false, set}})}));
  // Two roots of 256 KB, a list below each, the ether type's, and small change.
  EXPECT_LT(image.bytes().size(), 2 * (65536 + 12) * 4 + 1024u);
}

TEST(CompileTest, OneSetSharedByManyRulesIsSweptOnce) {
  IntervalSet hosts;
  for (FieldValue host = 0; host < 25'000; ++host) hosts.push_back({host * 160'009, host * 160'009 + 2});
  const auto set = std::make_shared<const IntervalSet>(hosts);
  std::vector<Rule> rules;
  for (FieldValue i = 0; i < 10'000; ++i)
    rules.push_back(rule({{Field::ip_saddr, i % 2 == 0, set}, match(Field::th_dport, i)}));
  const auto start = clock();
  const PolicyImage image = compiled(policy_of(std::move(rules)));
  // 5 s of CPU time with sanitizers and -O0; a loop over rules x elements takes 30.
  EXPECT_LT(static_cast<double>(clock() - start) / CLOCKS_PER_SEC, 15);
  EXPECT_LT(image.bytes().size(), size_t{128} << 20);
}

TEST(CompileTest, TooManyRulesAreRefused) {
  const auto image = compile_policy(policy_of(std::vector<Rule>(65537, rule({match(Field::th_dport, 80)}))));
  ASSERT_FALSE(image.has_value());
  EXPECT_EQ(image.error().kind, ErrorKind::usage);
  EXPECT_THAT(image.error().message, ::testing::HasSubstr("test.nft comes to more than 65536 rules"));
}

TEST(CompileTest, AnImageThatWouldNotFitIsRefused) {
  std::vector<Rule> rules;
  for (FieldValue i = 0; i < 65536; ++i)
    rules.push_back(rule({{Field::ip_saddr, false, std::make_shared<const IntervalSet>(IntervalSet{{i, 1 << 20}})}}));
  const auto image = compile_policy(policy_of(std::move(rules)));
  ASSERT_FALSE(image.has_value());
  EXPECT_EQ(image.error().kind, ErrorKind::usage);
}

class ImageCheckTest : public ::testing::Test {
 protected:
  ImageCheckTest() {
    const Policy policy = policy_of({rule({match(Field::ip_saddr, 0x00010001), match(Field::th_dport, 80)})});
    const PolicyImage image = compiled(policy);
    bytes_.assign(image.bytes().begin(), image.bytes().end());
  }

  void set_word(size_t index, uint32_t value) { std::memcpy(&bytes_[index * 4], &value, sizeof(value)); }
  void expect_refused(std::string_view why) {
    const auto result = check_image(bytes_);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, ErrorKind::internal);
    EXPECT_THAT(result.error().message, ::testing::HasSubstr(why));
  }

  std::vector<std::byte> bytes_;
};

TEST_F(ImageCheckTest, AcceptsWhatTheCompilerMakes) {
  EXPECT_TRUE(check_image(bytes_).has_value());
}

TEST_F(ImageCheckTest, RefusesForeignBytes) {
  set_word(0, 0);
  expect_refused("magic");
  bytes_.resize(100);
  expect_refused("shorter than its header");
}

TEST_F(ImageCheckTest, RefusesATruncatedImage) {
  bytes_.resize(bytes_.size() - 8);
  expect_refused("claims");
}

TEST_F(ImageCheckTest, RefusesARowBeyondTheEnd) {
  set_word(bytes_.size() / 4 - 1, FW_TRIE_LEAF | 0x7fffffffu);
  expect_refused("leaves the image");
}

TEST_F(ImageCheckTest, RefusesATrieDeeperThanItsField) {
  set_word(offsetof(fw_image_header, root) / 4 + FW_L4PROTO, ImageView(bytes_).header().root[FW_IP_SADDR]);
  expect_refused("leaves the image");
}

TEST_F(ImageCheckTest, RefusesRowsWithMoreBitsThanRules) {
  const uint32_t absent = ImageView(bytes_).header().absent[FW_L4PROTO];
  set_word(absent * 2, 3);
  expect_refused("leaves the image");
}

}  // namespace
}  // namespace fwbench
