// SPDX-License-Identifier: BSD-2-Clause
#include "replay/delivery.h"

#include <gtest/gtest.h>

#include <string>

namespace fwbench {
namespace {

/// Packets as words; what begins with a capital letter passes, "?" is open, the rest is to be dropped.
struct Words {
  std::vector<std::string> words;

  static std::span<const std::byte> bytes(const std::string& word) { return std::as_bytes(std::span(word)); }
  [[nodiscard]] std::vector<ExpectedPacket> sent() const {
    std::vector<ExpectedPacket> packets;
    for (const std::string& word : words) {
      const Fate fate = word[0] == '?' ? Fate::open : std::isupper(word[0]) != 0 ? Fate::pass : Fate::drop;
      packets.push_back({bytes(word), fate});
    }
    return packets;
  }
  [[nodiscard]] std::vector<std::span<const std::byte>> arrived() const {
    std::vector<std::span<const std::byte>> frames;
    for (const std::string& word : words) frames.push_back(bytes(word));
    return frames;
  }
};

Delivery compare(const std::vector<std::string>& sent, const std::vector<std::string>& arrived, uint64_t passes = 1) {
  const Words s{sent};
  const Words a{arrived};
  return compare_delivery(s.sent(), passes, a.arrived());
}

TEST(Delivery, WhatHadToArriveDidAndNothingElse) {
  const Delivery d = compare({"Aaaa", "bbbb", "Cccc", "?ddd", "Aaaa"}, {"Aaaa", "Cccc", "Aaaa"});
  EXPECT_TRUE(d.is_exact());
  EXPECT_EQ(d.expect_pass, 3U);
  EXPECT_EQ(d.passed, 3U);
  EXPECT_EQ(d.expect_drop, 1U);
  EXPECT_EQ(d.dropped, 1U);
  EXPECT_EQ(d.open, 1U);
  EXPECT_EQ(d.open_passed, 0U);
  EXPECT_TRUE(d.deviations.empty());
}

TEST(Delivery, AMissingPacketIsNamed) {
  const Delivery d = compare({"Aaaa", "Bbbb", "Cccc"}, {"Aaaa", "Cccc"});
  EXPECT_EQ(d.missing, 1U);
  EXPECT_EQ(d.reordered, 0U);
  ASSERT_EQ(d.deviations.size(), 1U);
  EXPECT_EQ(d.deviations[0].kind, DeviationKind::missing);
  EXPECT_EQ(d.deviations[0].packet, 1U);
}

TEST(Delivery, ALeakedPacketIsNamedAndIsNoExtraOne) {
  const Delivery d = compare({"Aaaa", "bbbb"}, {"Aaaa", "bbbb"});
  EXPECT_EQ(d.leaked, 1U);
  EXPECT_EQ(d.extra, 0U);
  EXPECT_EQ(d.dropped, 0U);
  ASSERT_EQ(d.deviations.size(), 1U);
  EXPECT_EQ(d.deviations[0].arrival, 1U);
}

TEST(Delivery, DuplicatesAreAMultiset) {
  EXPECT_TRUE(compare({"Aaaa", "Aaaa", "Aaaa"}, {"Aaaa", "Aaaa", "Aaaa"}).is_exact());
  EXPECT_EQ(compare({"Aaaa", "Aaaa", "Aaaa"}, {"Aaaa", "Aaaa"}).missing, 1U);
  const Delivery once_more = compare({"Aaaa", "Bbbb"}, {"Aaaa", "Aaaa", "Bbbb"});
  EXPECT_EQ(once_more.extra, 1U);
  EXPECT_EQ(once_more.missing, 0U);
  EXPECT_EQ(once_more.changed, 0U);
}

TEST(Delivery, ALostDuplicateMakesNoReordering) {
  const Delivery d = compare({"Aaaa", "Bbbb", "Cccc", "Dddd", "Aaaa"}, {"Bbbb", "Cccc", "Dddd", "Aaaa"});
  EXPECT_EQ(d.reordered, 0U);
  ASSERT_EQ(d.deviations.size(), 1U);
  EXPECT_EQ(d.deviations[0].packet, 0U);
}

TEST(Delivery, ChangedBytesHaveTheirOffsets) {
  const Delivery d = compare({"Aaaaaaaa", "Bbbbbbbb", "Cccccccc"}, {"Aaaaaaaa", "BxbbyybbZ", "Cccccccc"});
  EXPECT_EQ(d.changed, 1U);
  EXPECT_EQ(d.missing, 0U);
  EXPECT_EQ(d.passed, 2U);
  ASSERT_EQ(d.deviations.size(), 1U);
  EXPECT_EQ(d.deviations[0].packet, 1U);
  EXPECT_EQ(d.deviations[0].changed, (std::vector<ByteRange>{{1, 1}, {4, 2}, {8, 1}}));
}

TEST(Delivery, AFrameOfUnknownOriginIsExtra) {
  const Delivery d = compare({"Aaaa", "Bbbb"}, {"Aaaa", "WXYZ", "Bbbb"});
  EXPECT_EQ(d.extra, 1U);
  EXPECT_EQ(d.changed + d.missing + d.reordered, 0U);
}

TEST(Delivery, ADroppedPacketThatComesThroughChangedIsALeak) {
  const Delivery d = compare({"Aaaa", "bbbb"}, {"Aaaa", "bbxb"});
  EXPECT_EQ(d.leaked, 1U);
  EXPECT_EQ(d.extra, 0U);
}

TEST(Delivery, ReorderingIsCountedAsRfc4737Does) {
  const Delivery d = compare({"Aaaa", "Bbbb", "Cccc", "Dddd"}, {"Aaaa", "Dddd", "Bbbb", "Cccc"});
  EXPECT_EQ(d.reordered, 2U);
  EXPECT_EQ(d.missing + d.extra, 0U);
  EXPECT_FALSE(d.is_exact());
}

TEST(Delivery, PassesAreToldApart) {
  const std::vector<std::string> pass = {"Aaaa", "bbbb", "Cccc", "Dddd"};
  EXPECT_TRUE(compare(pass, {"Aaaa", "Cccc", "Dddd", "Aaaa", "Cccc", "Dddd"}, 2).is_exact());
  const Delivery d = compare(pass, {"Aaaa", "Dddd", "Aaaa", "Cccc", "Dddd", "Aaaa", "Cccc", "Dddd"}, 3);
  EXPECT_EQ(d.reordered, 0U);
  ASSERT_EQ(d.deviations.size(), 1U);
  EXPECT_EQ(d.deviations[0].packet, 2U);
  EXPECT_EQ(d.deviations[0].pass, 0U);
  EXPECT_EQ(d.arrived, (std::vector<uint64_t>{3, 0, 2, 3}));
}

TEST(Delivery, NothingSentAndSomethingArrived) {
  EXPECT_EQ(compare({}, {"Aaaa"}).extra, 1U);
  EXPECT_TRUE(compare({}, {}).is_exact());
}

}  // namespace
}  // namespace fwbench
