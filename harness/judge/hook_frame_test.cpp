// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include "judge/stack.h"
#include "policy/test_packet.h"

namespace fwbench {
namespace {

using namespace test;  // NOLINT: the packet words are the language of these tests

TEST(FrameAtHook, PaddingIsGoneBehindTheHeadersChecks) {
  const Bytes frame = tcp4({}, {});
  EXPECT_EQ(frame_at_hook(frame + zeros(6), StackPath::prerouting), frame);
  EXPECT_EQ(frame_at_hook(frame + zeros(6), StackPath::ingress), frame + zeros(6));
  const Bytes frame6 = tcp6({}, {});
  EXPECT_EQ(frame_at_hook(frame6 + zeros(1), StackPath::prerouting), frame6);
  const Bytes tagged = ethernet(kVlan, tag(kIp, ipv4({}, tcp({})), 0));
  EXPECT_EQ(frame_at_hook(tagged + zeros(2), StackPath::prerouting), frame);
  EXPECT_EQ(frame_at_hook(tagged, StackPath::ingress), tagged);
}

/// Goes red when the hop is counted at prerouting too, or not at forward.
TEST(FrameAtHook, AtForwardThereIsOneHopLessToGo) {
  EXPECT_EQ(frame_at_hook(tcp4({.ttl = 9}, {}), StackPath::forward), tcp4({.ttl = 8}, {}));
  EXPECT_EQ(frame_at_hook(tcp6({.hop_limit = 9}, {}), StackPath::forward), tcp6({.hop_limit = 8}, {}));
  EXPECT_EQ(frame_at_hook(tcp4({.ttl = 9}, {}), StackPath::prerouting), tcp4({.ttl = 9}, {}));
  EXPECT_EQ(frame_at_hook(tcp4({.ttl = 9}, {}), StackPath::input), tcp4({.ttl = 9}, {}));
}

TEST(FrameAtHook, BrokenFramesAreReadNowhereBeyondTheirEnd) {
  const Bytes frame = ethernet(kVlan, tag(kIp6, ipv6({}, tcp({}))));
  for (size_t size = 0; size < frame.size(); ++size) {
    EXPECT_LE(frame_at_hook(cut(frame, size), StackPath::forward).size(), size);
  }
  EXPECT_EQ(frame_at_hook(tcp4({.total_length = 3}, {}), StackPath::prerouting).size(), 34U);
}

}  // namespace
}  // namespace fwbench
