// SPDX-License-Identifier: BSD-2-Clause
#include "live_verify/stamp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "traffic/checksum.h"
#include "traffic/packet.h"
#include "verify/packet_generator.h"
#include "verify/test_policy.h"

namespace fwbench::verify {
namespace {

using ::testing::HasSubstr;
using Bytes = std::vector<std::byte>;

constexpr uint32_t kRun = 0x0a0b0c0d;

Bytes bytes_of(const Packet& packet) {
  return {packet.begin(), packet.end()};
}

/// Where the run id is, found by its value.
size_t place_of(const Bytes& frame) {
  const Bytes wanted = {std::byte{0x0a}, std::byte{0x0b}, std::byte{0x0c}, std::byte{0x0d}};
  const auto found = std::search(frame.begin(), frame.end(), wanted.begin(), wanted.end());
  return static_cast<size_t>(found - frame.begin());
}

TEST(Stamp, StandsWhereTheSinkLooks) {
  struct Case {
    const char* what;
    Bytes frame;
    size_t place;
  };
  const Payload data = {.size = 16};
  const Case cases[] = {
      {"tcp", bytes_of(Ethernet{} / IPv4{} / Tcp{}), 14 + 20 + 4},
      {"udp", bytes_of(Ethernet{} / IPv4{} / Udp{} / data), 14 + 20 + 8},
      {"icmp", bytes_of(Ethernet{} / IPv4{} / Icmp{} / data), 14 + 20 + 8},
      {"icmpv6", bytes_of(Ethernet{} / IPv6{} / Icmpv6{} / data), 14 + 40 + 8},
      {"two tags", bytes_of(Ethernet{} / Vlan{.tpid = 0x88a8} / Vlan{} / IPv4{} / Tcp{}), 14 + 8 + 20 + 4},
      {"another protocol", bytes_of(Ethernet{} / IPv4{.protocol = 47} / data), 14 + 20},
      {"a later fragment", bytes_of(Ethernet{} / IPv4{.fragment_offset = 1, .protocol = 6} / Tcp{}), 14 + 20},
      {"ipv6 extension", bytes_of(Ethernet{} / IPv6{} / Fragment{.offset = 0} / Tcp{}), 14 + 40 + 8 + 4},
      {"a later ipv6 fragment", bytes_of(Ethernet{} / IPv6{} / Fragment{.offset = 8} / Tcp{}), 14 + 40 + 8},
      {"arp", bytes_of(Ethernet{} / Arp{}), 14},
  };
  for (const Case& one : cases) {
    Bytes frame = one.frame;
    EXPECT_EQ(stamp(frame, kRun, 7), "") << one.what;
    EXPECT_EQ(place_of(frame), one.place) << one.what;
    EXPECT_EQ(identity_of(frame), 7U) << one.what;
    EXPECT_EQ(frame.size(), one.frame.size()) << one.what;
  }
}

TEST(Stamp, NamesWhatCannotCarryAnIdentity) {
  Bytes cut = bytes_of(Ethernet{} / IPv4{} / Udp{} / Payload{.size = 7});
  EXPECT_THAT(stamp(cut, kRun, 0), HasSubstr("without room"));
  Bytes header_alone(14);
  EXPECT_THAT(stamp(header_alone, kRun, 0), HasSubstr("without room"));
  Bytes short_words = bytes_of(Ethernet{} / IPv4{.protocol = 47} / Payload{.size = 40});
  short_words[14] = std::byte{0x44};
  EXPECT_THAT(stamp(short_words, kRun, 0), HasSubstr("less than 20 bytes"));
  Bytes large = bytes_of(Ethernet{} / IPv4{} / Udp{} / Payload{.size = 1500});
  EXPECT_THAT(stamp(large, kRun, 0), HasSubstr("MTU"));
}

TEST(Stamp, PutsTheHeaderChecksumRight) {
  Bytes frame = bytes_of(Ethernet{} / Vlan{} / IPv4{.ttl = 9, .protocol = 253} / Payload{.size = 8});
  frame[18 + 10] = std::byte{0xaa};
  ASSERT_EQ(stamp(frame, kRun, 1), "");
  EXPECT_EQ(checksum_finish(checksum_add(0, std::span(frame).subspan(18, 20))), 0);
}

/// The same frames again have to be the same frames: they are written with their identities.
TEST(Stamp, TwiceIsOnce) {
  const auto policy = policy_of("tcp dport 443 accept\nip6 nexthdr 44 accept\nsctp dport 5 accept");
  PacketGenerator generator(*policy, 3);
  std::array<std::byte, kMaxFrameBytes> room;
  int stamped = 0;
  for (uint32_t i = 0; i < 20'000; ++i) {
    const auto drawn = std::span(room).first(generator.next(room));
    Bytes frame(drawn.begin(), drawn.end());
    if (!stamp(frame, kVerifyRunId, i).empty()) continue;
    ++stamped;
    const Bytes once = frame;
    ASSERT_EQ(stamp(frame, kVerifyRunId, i), "");
    ASSERT_EQ(frame, once);
    ASSERT_EQ(identity_of(frame), i);
  }
  EXPECT_GT(stamped, 12'000);
}

}  // namespace
}  // namespace fwbench::verify
