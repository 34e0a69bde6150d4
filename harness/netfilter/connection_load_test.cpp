// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/connection_load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/test_packet.h"

namespace fwbench {
namespace {

using ::testing::HasSubstr;
using namespace test;  // NOLINT: the packet words are the language of these tests

FrameTable table_of(std::vector<Bytes> frames) {
  FrameTable table;
  for (Bytes& frame : frames) table.frames.push_back({std::move(frame)});
  return table;
}

TEST(ConnectionLoad, BothDirectionsAreOneConnection) {
  const auto load = connection_load(
      table_of({tcp4({.saddr = "198.18.0.1", .daddr = "198.19.0.1"}, {.sport = 7, .dport = 80}),
                tcp4({.saddr = "198.18.0.1", .daddr = "198.19.0.1"}, {.sport = 7, .dport = 80, .flags = 0x10}),
                tcp4({.saddr = "198.19.0.1", .daddr = "198.18.0.1"}, {.sport = 80, .dport = 7}),
                tcp4({.saddr = "198.19.0.1", .daddr = "198.18.0.1"}, {.sport = 7, .dport = 80}),
                tcp6({}, {.sport = 7, .dport = 80}), ethernet(kIp, ipv4({.protocol = 17}, udp(7, 80))),
                ethernet(kVlan, tag(kIp, ipv4({.protocol = 17}, udp(7, 80)))), ethernet(kArp, zeros(28))}));
  EXPECT_EQ(load.connections, 4U);
  EXPECT_EQ(load.fragments, 0U);
}

TEST(ConnectionLoad, FragmentsAreFoundBehindExtensionHeadersToo) {
  const auto load = connection_load(
      table_of({tcp4({.fragment = 0x2000}, {}), tcp4({.fragment = 1}, {}), tcp4({.fragment = 0x4000}, {}),
                ethernet(kIp6, ipv6({.next_header = 44}, fragment6(6, 0, true, tcp({})))),
                ethernet(kIp6, ipv6({.next_header = 0}, extension(44, 0, fragment6(6, 9, false, tcp({})))))}));
  EXPECT_EQ(load.fragments, 4U);
  EXPECT_EQ(load.connections, 1U);
}

TEST(ConnectionLoad, BrokenFramesAreReadNowhereBeyondTheirEnd) {
  const Bytes frame = ethernet(kIp6, ipv6({.next_header = 0}, extension(60, 0, extension(6, 0, tcp({})))));
  for (size_t size = 0; size < frame.size(); ++size) {
    EXPECT_LE(connection_load(table_of({cut(frame, size)})).connections, 1U);
  }
}

TEST(ConnectionLoad, TrafficThatTrackingWouldLoseIsRefused) {
  std::vector<Bytes> frames;
  for (uint16_t port = 1; port <= 1000; ++port) frames.push_back(tcp4({}, {.sport = port}));
  EXPECT_TRUE(check_connection_load(table_of(frames), 262'144));
  const auto many = check_connection_load(table_of(frames), 1000);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(many.error().message, HasSubstr("1000 connections"));
  EXPECT_THAT(many.error().remedy, HasSubstr("nf_conntrack_max"));
  const auto fragments = check_connection_load(table_of({tcp4({.fragment = 0x2000}, {})}), 262'144);
  ASSERT_FALSE(fragments);
  EXPECT_THAT(fragments.error().message, HasSubstr("1 frames are fragments"));
}

}  // namespace
}  // namespace fwbench
