// SPDX-License-Identifier: BSD-2-Clause
/// Frames that are out of the ordinary, held against libpcap's reading of them or against their bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bpf/abi.h"
#include "traffic/bursts.h"
#include "traffic/filter_for_test.h"
#include "traffic/frame.h"
#include "traffic/frames_for_test.h"
#include "traffic/summary.h"

namespace fwbench {
namespace {

using ::testing::HasSubstr;

constexpr uint32_t kShapeRunId = 0xfeedbeef;

FrameTable build_one(TrafficClass c, uint32_t frames = 64) {
  auto table = build_frames({.frames = frames, .classes = {std::move(c)}}, kShapeRunId);
  EXPECT_TRUE(table) << table.error().to_string();
  return table.value_or(FrameTable{});
}

TrafficClass with_fragment(IpVersion ip, uint8_t l4proto, FragmentKind kind) {
  TrafficClass c = class_for_test("fragments", ip, l4proto);
  c.fragments = {kind};
  return c;
}

TrafficClass with_malformed(IpVersion ip, uint8_t l4proto, Malformation kind) {
  TrafficClass c = class_for_test("malformed", ip, l4proto);
  c.malformed = {kind};
  return c;
}

void expect_mac_identity(const Frame& frame, uint32_t index) {
  EXPECT_EQ(number_at(frame.bytes, 6, 3), FW_MAC_IDENTITY << 16 | (kShapeRunId & 0xffff));
  EXPECT_EQ(number_at(frame.bytes, 9, 3), index);
}

std::string problem_of(TrafficClass c) {
  const auto table = build_frames({.frames = 4, .classes = {std::move(c)}}, kShapeRunId);
  EXPECT_FALSE(table);
  return table ? "" : table.error().message;
}

TEST(FrameShape, Ipv4FragmentsAreWhereTheirNamesSay) {
  struct Case {
    FragmentKind kind;
    const char* filter;
  };
  for (const auto& [kind, filter] :
       {Case{FragmentKind::first, "ip[6:2] = 0x2000 and tcp dst port 443"},
        Case{FragmentKind::middle, "ip[6:2] = 0x20b9"}, Case{FragmentKind::last, "ip[6:2] = 0x0172"},
        Case{FragmentKind::tiny, "ip[6:2] = 0x2000 and ip[2:2] = 28 and tcp dst port 443"},
        Case{FragmentKind::overlapping, "ip[6:2] = 1"}}) {
    for (const Frame& frame : build_one(with_fragment(IpVersion::v4, IPPROTO_TCP, kind)).frames) {
      const std::string protocol = std::string(" and ip proto 6 and ip net 198.18.0.0/15 and ");
      ASSERT_TRUE(pcap_filter_matches(filter + protocol + "ether[0:2] = 0x0266", frame.bytes))
          << fragment_name(kind) << ": " << summarize_frame(frame.bytes);
    }
  }
}

TEST(FrameShape, Ipv6FragmentsHaveAFragmentHeaderBehindTheOthers) {
  struct Case {
    FragmentKind kind;
    uint64_t offset_and_flags;
  };
  for (const auto& [kind, word] :
       {Case{FragmentKind::first, 1}, Case{FragmentKind::middle, 185 << 3 | 1}, Case{FragmentKind::last, 370 << 3},
        Case{FragmentKind::tiny, 1}, Case{FragmentKind::overlapping, 1 << 3}, Case{FragmentKind::atomic, 0}}) {
    TrafficClass c = with_fragment(IpVersion::v6, IPPROTO_TCP, kind);
    c.extension_headers = {ExtensionHeader::destination};
    for (const Frame& frame : build_one(c).frames) {
      ASSERT_EQ(number_at(frame.bytes, 20, 1), IPPROTO_DSTOPTS);
      ASSERT_EQ(number_at(frame.bytes, 54, 1), IPPROTO_FRAGMENT);
      ASSERT_EQ(number_at(frame.bytes, 62, 1), IPPROTO_TCP) << "the last header names the protocol";
      ASSERT_EQ(number_at(frame.bytes, 64, 2), word) << fragment_name(kind);
    }
  }
}

TEST(FrameShape, FragmentsWithMoreToComeAreWholeUnits) {
  for (const uint8_t proto : {IPPROTO_TCP, IPPROTO_UDP}) {
    for (const FragmentKind kind : {FragmentKind::first, FragmentKind::middle}) {
      TrafficClass c = with_fragment(IpVersion::v4, proto, kind);
      c.sizes = {{.bytes = 60}, {.bytes = 301}};
      for (const Frame& frame : build_one(c).frames) ASSERT_EQ((number_at(frame.bytes, 16, 2) - 20) % 8, 0U);
    }
  }
}

TEST(FrameShape, LaterFragmentsHaveTheirIdentityBehindTheIpHeaderAndTinyOnesInTheirAddress) {
  const FrameTable later = build_one(with_fragment(IpVersion::v4, IPPROTO_TCP, FragmentKind::last));
  for (uint32_t i = 0; i < later.frames.size(); ++i) {
    ASSERT_EQ(number_at(later.frames[i].bytes, 34, 8), uint64_t{kShapeRunId} << 32 | i);
    ASSERT_FALSE(later.frames[i].needs_mac_identity);
  }
  const FrameTable tiny = build_one(with_fragment(IpVersion::v4, IPPROTO_TCP, FragmentKind::tiny));
  for (uint32_t i = 0; i < tiny.frames.size(); ++i) {
    expect_mac_identity(tiny.frames[i], i);
    ASSERT_TRUE(tiny.frames[i].needs_mac_identity);
  }
}

TEST(FrameShape, ExtensionHeadersComeInOrderWithTheTransportHeaderBehind) {
  TrafficClass c = class_for_test("extended", IpVersion::v6, IPPROTO_UDP);
  c.extension_headers = {ExtensionHeader::hop_by_hop, ExtensionHeader::routing, ExtensionHeader::destination};
  const FrameTable table = build_one(c);
  for (uint32_t i = 0; i < table.frames.size(); ++i) {
    const auto& frame = table.frames[i].bytes;
    ASSERT_TRUE(pcap_filter_matches("ip6[6] = 0 and ip6[40] = 43 and ip6[48] = 60 and ip6[56] = 17", frame));
    ASSERT_TRUE(pcap_filter_matches("ip6 protochain \\udp", frame)) << "a reader that walks them finds UDP";
    ASSERT_EQ(number_at(frame, 54 + 24 + 2, 2), 443U);
    ASSERT_EQ(number_at(frame, 54 + 24 + 8, 8), uint64_t{kShapeRunId} << 32 | i);
  }
}

TEST(FrameShape, TagsAreDrawnAndProbesFindTheirPlaceBehindThem) {
  TrafficClass c = class_for_test("tagged", IpVersion::v4, IPPROTO_UDP);
  c.vlan = {{100, 101}};
  const auto table = build_frames({.frames = 64, .classes = {c}, .probe_class = "tagged"}, kShapeRunId);
  ASSERT_TRUE(table);
  size_t first = 0;
  for (const Frame& frame : table->frames) {
    ASSERT_TRUE(pcap_filter_matches("vlan and udp dst port 443", frame.bytes));
    ASSERT_TRUE(pcap_filter_matches("vlan 100", frame.bytes) || pcap_filter_matches("vlan 101", frame.bytes));
    if (pcap_filter_matches("vlan 100", frame.bytes)) ++first;
  }
  EXPECT_GT(first, 10U);
  EXPECT_LT(first, 54U);
  EXPECT_EQ(number_at(table->probes.at(0).bytes, table->probes[0].identity_offset, 8),
            uint64_t{kShapeRunId} << 32 | FW_PROBE_BIT);
}

TEST(FrameShape, EachMalformationIsInTheBytes) {
  struct Case {
    Malformation kind;
    uint8_t proto;
    const char* filter;
  };
  for (const auto& [kind, proto, filter] :
       {Case{Malformation::version, 6, "ip[0] = 0x55"}, Case{Malformation::ihl_short, 6, "ip[0] = 0x44"},
        Case{Malformation::ihl_long, 6, "ip[0] = 0x4f and ip[2:2] = 40"},
        Case{Malformation::length_short, 6, "ip[2:2] = 12"}, Case{Malformation::length_long, 6, "ip[2:2] = 140"},
        Case{Malformation::ip_truncated, 6, "len = 32"}, Case{Malformation::l4_truncated, 6, "ip[2:2] = 32"},
        Case{Malformation::l4_truncated, 17, "ip[2:2] = 24"}, Case{Malformation::l4_truncated, 1, "ip[2:2] = 24"},
        Case{Malformation::tcp_offset_short, 6, "tcp[12] = 0x40"},
        Case{Malformation::tcp_offset_long, 6, "tcp[12] = 0xf0 and ip[2:2] = 40"},
        Case{Malformation::udp_length_short, 17, "udp[4:2] = 7"},
        Case{Malformation::udp_length_long, 17, "udp[4:2] = 116"}}) {
    const FrameTable table = build_one(with_malformed(IpVersion::v4, proto, kind));
    for (uint32_t i = 0; i < table.frames.size(); ++i) {
      ASSERT_TRUE(pcap_filter_matches(filter, table.frames[i].bytes)) << malformation_name(kind);
      expect_mac_identity(table.frames[i], i);
    }
  }
}

TEST(FrameShape, EachMalformationOfIpv6IsInTheBytes) {
  struct Case {
    Malformation kind;
    size_t at, bytes;
    uint64_t value;
  };
  for (const auto& [kind, at, bytes, value] :
       {Case{Malformation::version, 14, 1, 0x70}, Case{Malformation::length_short, 18, 2, 4},
        Case{Malformation::length_long, 18, 2, 120}, Case{Malformation::l4_truncated, 18, 2, 12},
        Case{Malformation::exthdr_truncated, 54, 2, 6 << 8 | 20}}) {
    const FrameTable table = build_one(with_malformed(IpVersion::v6, IPPROTO_TCP, kind));
    for (const Frame& frame : table.frames)
      ASSERT_EQ(number_at(frame.bytes, at, bytes), value) << malformation_name(kind);
  }
  const FrameTable cut = build_one(with_malformed(IpVersion::v6, IPPROTO_TCP, Malformation::ip_truncated));
  for (const Frame& frame : cut.frames) ASSERT_EQ(frame.bytes.size(), 52U);
}

TEST(FrameShape, AWrongChecksumIsTheOnlyThingWrong) {
  for (const uint8_t proto : {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP}) {
    const FrameTable right = build_one(class_for_test("right", IpVersion::v4, proto));
    for (const Malformation kind : {Malformation::ip_checksum, Malformation::l4_checksum}) {
      const size_t transport = proto == IPPROTO_TCP ? 50 : proto == IPPROTO_UDP ? 40 : 36;
      const size_t at = kind == Malformation::ip_checksum ? 24 : transport;
      const FrameTable wrong = build_one(with_malformed(IpVersion::v4, proto, kind));
      for (size_t i = 0; i < wrong.frames.size(); ++i) {
        auto frame = wrong.frames[i].bytes;
        ASSERT_NE(number_at(frame, at, 2), number_at(right.frames[i].bytes, at, 2));
        ASSERT_NE(number_at(frame, at, 2), 0U) << "0 means none in UDP";
        std::copy_n(right.frames[i].bytes.begin() + 6, 6, frame.begin() + 6);
        frame[at + 1] = right.frames[i].bytes[at + 1];
        ASSERT_EQ(frame, right.frames[i].bytes);
      }
    }
  }
}

TEST(FrameShape, ListsTakeTurns) {
  TrafficClass c = class_for_test("turns", IpVersion::v4, IPPROTO_TCP);
  c.malformed = {Malformation::ihl_short, Malformation::version};
  size_t short_headers = 0;
  for (const Frame& frame : build_one(c, 100).frames) short_headers += number_at(frame.bytes, 14, 1) == 0x44 ? 1 : 0;
  EXPECT_EQ(short_headers, 50U);
}

TEST(FrameShape, WhatMakesNoSenseIsRefused) {
  EXPECT_THAT(problem_of(with_fragment(IpVersion::v4, IPPROTO_UDP, FragmentKind::tiny)),
              HasSubstr("splits a TCP header"));
  EXPECT_THAT(problem_of(with_fragment(IpVersion::v4, IPPROTO_TCP, FragmentKind::atomic)), HasSubstr("of IPv6"));
  EXPECT_THAT(problem_of(with_malformed(IpVersion::v6, IPPROTO_TCP, Malformation::ihl_short)),
              HasSubstr("needs ip = 4"));
  EXPECT_THAT(problem_of(with_malformed(IpVersion::v4, IPPROTO_TCP, Malformation::udp_length_long)),
              HasSubstr("needs proto = udp"));
  TrafficClass v4 = class_for_test("v4", IpVersion::v4, IPPROTO_TCP);
  v4.extension_headers = {ExtensionHeader::routing};
  EXPECT_THAT(problem_of(v4), HasSubstr("IPv4 has no extension headers"));
  TrafficClass both = with_fragment(IpVersion::v4, IPPROTO_TCP, FragmentKind::first);
  both.malformed = {Malformation::version};
  EXPECT_THAT(problem_of(both), HasSubstr("not both"));
  const auto probes = build_frames({.frames = 4,
                                    .classes = {with_fragment(IpVersion::v4, IPPROTO_TCP, FragmentKind::first)},
                                    .probe_class = "fragments"},
                                   kShapeRunId);
  EXPECT_FALSE(probes) << "a probe is a whole packet";
}

TEST(FrameBursts, StandInOnePieceAmongTheOthers) {
  TrafficSpec spec{.frames = 1000};
  spec.classes = {class_for_test("steady", IpVersion::v4, IPPROTO_TCP),
                  class_for_test("bursts", IpVersion::v4, IPPROTO_UDP)};
  spec.classes[0].weight = 36;
  spec.classes[1].weight = 64;
  spec.classes[1].burst = 64;
  const FrameTable table = build_frames(spec, kShapeRunId).value();
  const Bursts bursts = bursts_of(table);
  EXPECT_EQ(bursts.longest, 64U);
  EXPECT_EQ(bursts.first.size(), 360U + 10U);
  for (size_t i = 0; i < table.frames.size(); ++i) {
    if (!table.frames[i].follows) continue;
    ASSERT_EQ(table.frames[i].class_index, 1) << i;
    ASSERT_EQ(table.frames[i - 1].class_index, 1) << i;
  }
}

TEST(FrameBursts, ComeAtTheRateAskedForOverTheWholeTable) {
  FrameTable table;
  table.frames.resize(10);
  for (const size_t follower : {1U, 2U, 3U, 7U}) table.frames[follower].follows = true;
  const Bursts bursts = bursts_of(table);  // 4, 1, 1, 2, 1, 1
  ASSERT_EQ(bursts.first, (std::vector<uint32_t>{0, 4, 5, 6, 8, 9}));
  EXPECT_EQ(bursts_of(table, true).first.size(), 10U) << "frame by frame";
  EXPECT_EQ(bursts.frames_until(0), 4U);
  EXPECT_EQ(bursts.frames_until(3), 8U);
  EXPECT_EQ(bursts.frames_until(5), 10U);
  EXPECT_EQ(bursts.frames_until(6), 14U) << "the next pass";
  for (const auto& [frame, burst] : {std::pair{0, 0}, {3, 0}, {4, 1}, {7, 3}, {9, 5}, {10, 6}, {18, 10}}) {
    EXPECT_EQ(bursts.burst_of(static_cast<uint64_t>(frame)), static_cast<uint64_t>(burst)) << frame;
  }
  const double gap_ns = static_cast<double>(bursts.gap_q16(1'000'000)) / 65536;
  EXPECT_NEAR(gap_ns * 6, 10 * 1000, 1) << "six bursts take the time of ten frames";
}

}  // namespace
}  // namespace fwbench
