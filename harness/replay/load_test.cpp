// SPDX-License-Identifier: BSD-2-Clause
#include "replay/load.h"

#include <gtest/gtest.h>

#include "traffic/checksum.h"
#include "traffic/packet.h"

namespace fwbench {
namespace {

Capture capture_of(const std::vector<std::pair<int64_t, std::vector<std::byte>>>& packets) {
  Capture capture;
  capture.file = "made.pcap";
  for (const auto& [time_ns, bytes] : packets) {
    capture.packets.push_back({.at = capture.bytes.size(),
                               .length = static_cast<uint32_t>(bytes.size()),
                               .time_ns = time_ns,
                               .number = capture.packets.size() + 1});
    capture.bytes.insert(capture.bytes.end(), bytes.begin(), bytes.end());
  }
  return capture;
}

std::shared_ptr<const Policy> policy_of(const std::string& rules) {
  return parse_policy(
             "table netdev t {\n chain c {\n  type filter hook ingress device \"d0\" priority 0; policy accept;\n" +
                 rules + "\n }\n}\n",
             "test.nft")
      .policy;
}

std::vector<uint64_t> due_times(const Capture& capture, const ReplaySpeed& speed) {
  auto load = make_load(capture, *find_dut("xdp"), *policy_of(""), false);
  EXPECT_TRUE(set_schedule(capture, speed, *load));
  std::vector<uint64_t> times;
  for (const ReplayFrame& frame : load->frames) times.push_back(frame.due_ns);
  times.push_back(load->pass_ns);
  return times;
}

const std::vector<std::byte> kFrame = Ethernet{} / IPv4{} / Udp{};

TEST(Load, SpeedsAreRead) {
  EXPECT_EQ(parse_speed("max").value(), ReplaySpeed{});
  EXPECT_EQ(parse_speed("1x").value(), (ReplaySpeed{.pace = ReplayPace::recorded, .factor = 1}));
  EXPECT_EQ(parse_speed("0.5x").value(), (ReplaySpeed{.pace = ReplayPace::recorded, .factor = 0.5}));
  EXPECT_EQ(parse_speed("50kpps").value(), (ReplaySpeed{.pace = ReplayPace::rate, .pps = 50'000}));
  EXPECT_EQ(parse_speed("700").value(), (ReplaySpeed{.pace = ReplayPace::rate, .pps = 700}));
  for (const char* wrong : {"", "x", "0x", "-1x", "nanx", "infx", "1xx", "0pps", "fast", "2Gpps", "1e9x"}) {
    EXPECT_FALSE(parse_speed(wrong)) << wrong;
  }
}

TEST(Load, TimesAreThoseOfTheCaptureAndNeverGoBack) {
  const Capture capture = capture_of({{5'000, kFrame}, {7'000, kFrame}, {6'000, kFrame}, {9'000, kFrame}});
  EXPECT_EQ(due_times(capture, {.pace = ReplayPace::recorded}), (std::vector<uint64_t>{0, 2'000, 2'000, 5'000, 6'666}));
  EXPECT_EQ(due_times(capture, {.pace = ReplayPace::recorded, .factor = 10}),
            (std::vector<uint64_t>{0, 200, 200, 500, 666}));
  EXPECT_EQ(due_times(capture, {.pace = ReplayPace::rate, .pps = 1'000}),
            (std::vector<uint64_t>{0, 1'000'000, 2'000'000, 3'000'000, 4'000'000}));
  EXPECT_EQ(due_times(capture, {}), (std::vector<uint64_t>{0, 0, 0, 0, 0}));
}

TEST(Load, BrokenTimesMakeNoEndlessReplay) {
  const Capture capture =
      capture_of({{INT64_MIN, kFrame}, {INT64_MAX, kFrame}, {INT64_MIN, kFrame}, {INT64_MAX, kFrame}});
  auto load = make_load(capture, *find_dut("xdp"), *policy_of(""), false);
  const auto scheduled = set_schedule(capture, {.pace = ReplayPace::recorded}, *load);
  ASSERT_FALSE(scheduled);
  EXPECT_EQ(scheduled.error().kind, ErrorKind::usage);
}

TEST(Load, NothingIsRewrittenUnlessAsked) {
  const std::vector<std::byte> frame = Ethernet{.dst = {9, 9, 9, 9, 9, 9}, .src = {7, 7, 7, 7, 7, 7}} / IPv4{} / Udp{};
  const Capture capture = capture_of({{0, frame}});
  const auto load = make_load(capture, *find_dut("nft"), *policy_of("udp dport 53 drop"), false);
  ASSERT_TRUE(load);
  EXPECT_EQ(load->frames.at(0).bytes.data(), capture.bytes.data());
  EXPECT_EQ(load->expected.at(0).fate, Fate::drop);
  EXPECT_EQ(load->bytes, frame.size());
  const auto mapped = make_load(capture, *find_dut("nft"), *policy_of(""), true);
  ASSERT_TRUE(mapped);
  EXPECT_TRUE(std::ranges::equal(mapped->frames.at(0).bytes, kFrame));
  EXPECT_TRUE(std::ranges::equal(capture.frame(0), frame));
}

TEST(Load, BehindARouterPacketsAreAsItForwardsThem) {
  for (const uint16_t id : std::initializer_list<uint16_t>{0, 0x1234, 0x7fff, 0xb6e3, 0xffff}) {
    const auto sent = std::vector<std::byte>(Ethernet{} / IPv4{.ttl = 7, .id = id} / Udp{} / Padding{});
    const auto forwarded =
        std::vector<std::byte>(Ethernet{.dst = kSinkMac, .src = kDutOutMac} / IPv4{.ttl = 6, .id = id} / Udp{});
    const Capture capture = capture_of({{0, sent}});
    const auto load = make_load(capture, *find_dut("nft-forward"), *policy_of(""), true);
    ASSERT_TRUE(load);
    EXPECT_TRUE(std::ranges::equal(load->expected.at(0).bytes, forwarded)) << id;
  }
}

TEST(Load, WhatTheStackDropsByItselfMustNotArrive) {
  const Capture capture = capture_of({{0, Ethernet{} / IPv4{.ttl = 1} / Udp{}}, {0, Ethernet{} / Arp{}}});
  const auto load = make_load(capture, *find_dut("nft-forward"), *policy_of(""), true);
  ASSERT_TRUE(load);
  EXPECT_EQ(load->expected.at(0).fate, Fate::drop);
  EXPECT_EQ(load->expected.at(1).fate, Fate::drop);
}

TEST(Load, WhatIsNotModelledIsLeftOutOrOpen) {
  const Capture capture = capture_of({{0, Ethernet{} / IPv4{.fragment_offset = 8} / Payload{.size = 40}},
                                      {0, Ethernet{} / IPv4{.options = {1, 1, 1, 1}} / Udp{}}});
  const auto at_ingress = make_load(capture, *find_dut("nft"), *policy_of(""), false);
  ASSERT_TRUE(at_ingress);
  EXPECT_EQ(at_ingress->expected.at(0).fate, Fate::open);
  EXPECT_EQ(at_ingress->expected.at(1).fate, Fate::pass);
  EXPECT_EQ(at_ingress->open.size(), 1U);
  const auto behind = make_load(capture, *find_dut("iptables"), *policy_of(""), true);
  ASSERT_TRUE(behind);
  EXPECT_TRUE(behind->frames.empty());
  EXPECT_EQ(behind->left_out.size(), 2U);
}

TEST(Load, NullDevicesHaveNoPolicyAndSocketsNoFarEnd) {
  const Capture capture = capture_of({{0, kFrame}});
  EXPECT_EQ(make_load(capture, *find_dut("null-drop"), *policy_of(""), false)->expected.at(0).fate, Fate::drop);
  EXPECT_EQ(make_load(capture, *find_dut("null-pass"), *policy_of("udp dport 53 drop"), false)->expected.at(0).fate,
            Fate::pass);
  EXPECT_EQ(make_load(capture, *find_dut("iptables-input"), *policy_of(""), true).error().kind, ErrorKind::unsupported);
}

}  // namespace
}  // namespace fwbench
