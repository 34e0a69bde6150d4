// SPDX-License-Identifier: BSD-2-Clause
/// Generated packets lie where they should: on the boundaries of the rules, and on either side of them.

#include "verify/packet_generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "policy/oracle.h"
#include "verify/frame_shape.h"
#include "verify/test_policy.h"

namespace fwbench::verify {
namespace {

using Frame = std::vector<std::byte>;

std::vector<Frame> frames_for(const Policy& policy, size_t count, uint64_t seed = 1) {
  PacketGenerator generator(policy, seed);
  std::vector<Frame> frames;
  std::array<std::byte, kMaxFrameBytes> buffer;
  for (size_t i = 0; i < count; ++i) {
    const size_t size = generator.next(buffer);
    frames.emplace_back(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
  }
  return frames;
}

TEST(PacketGenerator, MakesTheSameFramesForASeed) {
  const auto policy = policy_of("ip saddr 10.0.0.0/8 tcp dport 80 accept");
  EXPECT_EQ(frames_for(*policy, 1000, 5), frames_for(*policy, 1000, 5));
  EXPECT_NE(frames_for(*policy, 1000, 5), frames_for(*policy, 1000, 6));
}

TEST(PacketGenerator, KeepsToTheSizesThatEveryJudgeTakes) {
  for (const Frame& frame : frames_for(*policy_of("ip6 saddr ::/0 accept"), 20'000)) {
    ASSERT_GE(frame.size(), kMinFrameBytes);
    ASSERT_LE(frame.size(), kMaxFrameBytes);
  }
}

TEST(PacketGenerator, DrawsBothEndsAndTheirNeighbours) {
  RandomSource random(1);
  const IntervalSet ports = {{100, 200}, {1000, 1000}};
  std::set<FieldValue> inside;
  std::set<FieldValue> outside;
  for (int i = 0; i < 2000; ++i) {
    inside.insert(draw_near(random, ports, 16, true));
    outside.insert(draw_near(random, ports, 16, false));
  }
  for (const unsigned value : {100U, 101U, 200U, 1000U}) EXPECT_EQ(inside.count(value), 1U) << value;
  for (const unsigned value : {99U, 201U, 999U, 1001U}) EXPECT_EQ(outside.count(value), 1U) << value;
}

/// Without frames on both sides of each boundary a rule that is one off would go unnoticed.
TEST(PacketGenerator, HitsARuleOnItsBoundariesAndMissesItByOne) {
  const auto policy = policy_of("ip daddr 198.19.0.16/28 udp dport 1024-2047 accept");
  std::set<uint64_t> hit;
  std::set<uint64_t> missed;
  for (const Frame& frame : frames_for(*policy, 20'000)) {
    if (frame.size() < 42 || frame[12] != std::byte{0x08} || frame[13] != std::byte{0}) continue;
    const auto byte = [&](size_t at) { return std::to_integer<uint64_t>(frame[at]); };
    (judge_frame(*policy, frame).rule == 0 ? hit : missed).insert(byte(33) << 16 | byte(36) << 8 | byte(37));
  }
  const auto key = [](uint64_t host, uint64_t port) { return host << 16 | port; };
  EXPECT_EQ(hit.count(key(16, 1024)), 1U);
  EXPECT_EQ(hit.count(key(31, 2047)), 1U);
  EXPECT_EQ(missed.count(key(15, 1024)), 1U);
  EXPECT_EQ(missed.count(key(32, 2047)), 1U);
  EXPECT_EQ(missed.count(key(16, 1023)), 1U);
  EXPECT_EQ(missed.count(key(31, 2048)), 1U);
}

TEST(PacketGenerator, MakesEveryStructure) {
  size_t tagged = 0;
  size_t extended = 0;
  size_t fragments = 0;
  size_t cut = 0;
  const auto frames = frames_for(*policy_of("counter"), 5000);
  for (const Frame& frame : frames) {
    const FrameShape shape = shape_of({frame.data(), static_cast<uint32_t>(frame.size())});
    tagged += shape.tagged ? 1 : 0;
    extended += shape.extension_headers ? 1 : 0;
    fragments += shape.later_fragment ? 1 : 0;
    cut += shape.ends_in_address ? 1 : 0;
  }
  EXPECT_GT(tagged, 200U);
  EXPECT_GT(extended, 300U);
  EXPECT_GT(fragments, 50U);
  EXPECT_GT(cut, 10U);
}

/// Were every transport header whole, one byte more could be asked for than a field has.
TEST(PacketGenerator, EndsFramesBehindEachTransportField) {
  std::set<size_t> left;  // bytes behind an IPv4 header that tells the truth
  for (const Frame& frame : frames_for(*policy_of("ip protocol tcp counter"), 20'000)) {
    if (frame.size() < 34 || frame[12] != std::byte{0x08} || frame[13] != std::byte{0}) continue;
    const auto byte = [&](size_t at) { return std::to_integer<size_t>(frame[at]); };
    if (byte(14) == 0x45 && (byte(16) << 8 | byte(17)) + 14 == frame.size()) left.insert(frame.size() - 34);
  }
  for (const size_t bytes : {1U, 2U, 3U, 4U, 13U, 14U}) EXPECT_EQ(left.count(bytes), 1U) << bytes;
}

}  // namespace
}  // namespace fwbench::verify
