// SPDX-License-Identifier: BSD-2-Clause
/// Captures are made here byte by byte, so that they can lie.

#include "traffic/capture.h"

#include <gtest/gtest.h>

#include <cstring>

#include "traffic/packet.h"
#include "traffic/random.h"

namespace fwbench {
namespace {

constexpr uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr uint32_t kNanoseconds = 0xa1b23c4d;
constexpr size_t kFileHeader = 24;
constexpr size_t kRecordHeader = 16;

/// A classic pcap file in the making.
struct Maker {
  std::vector<std::byte> bytes = {};

  explicit Maker(uint32_t link_type = 1, uint32_t magic = kNanoseconds, uint32_t snap_length = 262144) {
    for (const uint32_t word : {magic, 0x00040002U, 0U, 0U, snap_length, link_type}) number(word);
  }
  void number(uint32_t value) {
    const auto raw = std::as_bytes(std::span(&value, 1));
    bytes.insert(bytes.end(), raw.begin(), raw.end());
  }
  Maker& record(uint32_t seconds, uint32_t fraction, std::span<const std::byte> frame, uint32_t wire,
                uint32_t captured) {
    for (const uint32_t word : {seconds, fraction, captured, wire}) number(word);
    bytes.insert(bytes.end(), frame.begin(), frame.end());
    return *this;
  }
  Maker& record(uint32_t seconds, uint32_t fraction, std::span<const std::byte> frame) {
    const auto size = static_cast<uint32_t>(frame.size());
    return record(seconds, fraction, frame, size, size);
  }
  [[nodiscard]] Result<Capture> read(const CaptureOptions& options = {}) const {
    return read_capture(bytes, "made.pcap", options);
  }
};

std::vector<std::byte> udp(size_t payload = 18) {
  return Ethernet{} / IPv4{} / Udp{} / Payload{.size = payload};
}

std::vector<std::byte> behind_ethernet(const Packet& packet) {
  return {packet.begin() + 14, packet.end()};
}

std::vector<std::byte> bytes_of(const Capture& capture, size_t i) {
  const auto frame = capture.frame(i);
  return {frame.begin(), frame.end()};
}

TEST(Capture, FramesTimesAndPlacesAreThoseOfTheFile) {
  const auto a = udp();
  const auto b = udp(700);
  const auto capture = Maker().record(5, 7, a).record(6, 999'999'999, b).read();
  ASSERT_TRUE(capture) << capture.error().to_string();
  ASSERT_EQ(capture->packets.size(), 2U);
  EXPECT_EQ(bytes_of(*capture, 0), a);
  EXPECT_EQ(bytes_of(*capture, 1), b);
  EXPECT_EQ(capture->packets[0].time_ns, 5'000'000'007);
  EXPECT_EQ(capture->packets[1].time_ns, 6'999'999'999);
  EXPECT_EQ(capture->packets[1].number, 2U);
  EXPECT_EQ(capture->packets[1].file_offset, kFileHeader + kRecordHeader + a.size());
  EXPECT_EQ(capture->records, 2U);
  EXPECT_EQ(capture->skipped(), 0U);
  EXPECT_EQ(capture->link_type, "EN10MB");
  EXPECT_FALSE(capture->has_made_headers);
}

TEST(Capture, MicrosecondsAreReadAsSuch) {
  const auto capture = Maker(1, kMicroseconds).record(1, 7, udp()).read();
  ASSERT_TRUE(capture);
  EXPECT_EQ(capture->packets.at(0).time_ns, 1'000'007'000);
}

TEST(Capture, PcapngIsRead) {
  const auto frame = udp();
  Maker maker;
  maker.bytes.clear();
  for (const uint32_t word : {0x0a0d0d0aU, 28U, 0x1a2b3c4dU, 0x00000001U, ~0U, ~0U, 28U}) maker.number(word);
  for (const uint32_t word : {1U, 20U, 1U, 0U, 20U}) maker.number(word);  // interface of Ethernet, microseconds
  const auto size = static_cast<uint32_t>(frame.size());
  for (const uint32_t word : {6U, 32 + size, 0U, 0U, 9U, size, size}) maker.number(word);
  ASSERT_EQ(size % 4, 0U);
  maker.bytes.insert(maker.bytes.end(), frame.begin(), frame.end());
  maker.number(32 + size);
  const auto capture = maker.read();
  ASSERT_TRUE(capture) << capture.error().to_string();
  ASSERT_EQ(capture->packets.size(), 1U);
  EXPECT_EQ(bytes_of(*capture, 0), frame);
  EXPECT_EQ(capture->packets[0].time_ns, 9'000);
}

TEST(Capture, RawIpIsGivenAnEthernetHeader) {
  const Packet v4 = Ethernet{} / IPv4{} / Udp{};
  const Packet v6 = Ethernet{} / IPv6{} / Udp{};
  const std::byte other[] = {std::byte{0x55}, std::byte{0}};
  const auto capture = Maker(101)
                           .record(0, 0, behind_ethernet(v4))
                           .record(0, 0, behind_ethernet(v6))
                           .record(0, 0, other)
                           .record(0, 0, {})
                           .read();
  ASSERT_TRUE(capture) << capture.error().to_string();
  ASSERT_EQ(capture->packets.size(), 2U);
  EXPECT_EQ(bytes_of(*capture, 0), v4.bytes());
  EXPECT_EQ(bytes_of(*capture, 1), v6.bytes());
  EXPECT_TRUE(capture->has_made_headers);
  EXPECT_EQ(capture->fault(CaptureFault::no_type).skipped, 2U);
  EXPECT_EQ(capture->fault(CaptureFault::no_type).number, 3U);
  EXPECT_EQ(capture->fault(CaptureFault::no_type).detail, "IP version 5");
}

std::vector<std::byte> cooked(std::vector<uint8_t> header, const Packet& packet) {
  std::vector<std::byte> bytes;
  for (const uint8_t b : header) bytes.push_back(std::byte{b});
  bytes.insert(bytes.end(), packet.begin() + 14, packet.end());
  return bytes;
}

TEST(Capture, LinuxCookedIsGivenAnEthernetHeader) {
  const Packet packet = Ethernet{} / IPv6{} / Udp{} / Payload{.size = 40};
  const auto v1 = cooked({0, 0, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0, 0x86, 0xdd}, packet);
  const auto v2 = cooked({0x86, 0xdd, 0, 0, 0, 0, 0, 7, 0, 1, 4, 6, 2, 2, 2, 2, 2, 2, 0, 0}, packet);
  const auto llc = cooked({0, 0, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0, 0, 4}, packet);
  const auto can = cooked({0, 0, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0, 0, 12}, packet);
  const auto netlink = cooked({0, 0, 3, 56, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0, 8, 0}, packet);
  const auto one = Maker(113).record(0, 0, v1).record(0, 0, llc).record(0, 0, can).record(0, 0, netlink).read();
  ASSERT_TRUE(one) << one.error().to_string();
  ASSERT_EQ(one->packets.size(), 2U);
  EXPECT_EQ(bytes_of(*one, 0), packet.bytes());
  EXPECT_EQ(one->frame(1)[12], std::byte{0});
  EXPECT_EQ(std::to_integer<size_t>(one->frame(1)[13]), packet.size() - 14);
  EXPECT_EQ(one->fault(CaptureFault::no_type).skipped, 2U);
  const auto two = Maker(276).record(0, 0, v2).record(0, 0, std::span(v2).first(19)).read();
  ASSERT_TRUE(two) << two.error().to_string();
  ASSERT_EQ(two->packets.size(), 1U);
  EXPECT_EQ(bytes_of(*two, 0), packet.bytes());
  EXPECT_EQ(two->fault(CaptureFault::no_type).skipped, 1U);
}

TEST(Capture, OtherLinkTypesAreRefusedByName) {
  const auto wlan = Maker(105).record(0, 0, udp()).read();
  ASSERT_FALSE(wlan);
  EXPECT_EQ(wlan.error().kind, ErrorKind::usage);
  EXPECT_NE(wlan.error().message.find("IEEE802_11"), std::string::npos) << wlan.error().message;
  EXPECT_FALSE(Maker(60'000).record(0, 0, udp()).read());
}

TEST(Capture, WhatWasCapturedInPartIsSkippedPaddedOrRefused) {
  const auto frame = udp(86);
  const Maker maker = Maker().record(0, 0, udp()).record(0, 0, frame, 1500, static_cast<uint32_t>(frame.size()));
  const auto skipped = maker.read();
  ASSERT_TRUE(skipped);
  EXPECT_EQ(skipped->packets.size(), 1U);
  const CaptureFaultCount& fault = skipped->fault(CaptureFault::truncated);
  EXPECT_EQ(fault.skipped, 1U);
  EXPECT_EQ(fault.number, 2U);
  EXPECT_EQ(fault.file_offset, kFileHeader + kRecordHeader + 60);
  EXPECT_EQ(fault.detail, "128 of 1500 bytes");

  const auto padded = maker.read({.truncated = Misfit::pad});
  ASSERT_TRUE(padded);
  ASSERT_EQ(padded->packets.size(), 2U);
  std::vector<std::byte> whole = frame;
  whole.resize(1500);
  EXPECT_EQ(bytes_of(*padded, 1), whole);
  EXPECT_EQ(padded->fault(CaptureFault::truncated).padded, 1U);
  EXPECT_EQ(padded->skipped(), 0U);

  const auto cut = maker.read({.truncated = Misfit::cut});
  ASSERT_TRUE(cut);
  EXPECT_EQ(bytes_of(*cut, 1), frame);
  EXPECT_EQ(cut->fault(CaptureFault::truncated).cut, 1U);

  const auto refused = maker.read({.truncated = Misfit::fail});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "'made.pcap': packet 2 at offset 100: captured in part (128 of 1500 bytes)");
}

TEST(Capture, WhatCannotBeSentIsCounted) {
  const std::vector<std::byte> giant(FW_MAX_FRAME + 1);
  const std::vector<std::byte> largest(FW_MAX_FRAME);
  const std::vector<std::byte> runt(13);
  const Maker maker = Maker().record(0, 0, giant).record(0, 0, largest).record(0, 0, runt);
  const auto capture = maker.read();
  ASSERT_TRUE(capture);
  EXPECT_EQ(capture->packets.size(), 1U);
  EXPECT_EQ(capture->fault(CaptureFault::oversize).skipped, 1U);
  EXPECT_EQ(capture->fault(CaptureFault::too_short).skipped, 1U);
  const auto padded = maker.read({.too_short = Misfit::pad});
  ASSERT_TRUE(padded);
  EXPECT_EQ(padded->frame(1).size(), 14U);
  EXPECT_FALSE(maker.read({.oversize = Misfit::fail}));
  EXPECT_FALSE(maker.read({.too_short = Misfit::fail}));
}

TEST(Capture, LengthsThatLieAreNoReasonToAllocate) {
  const auto frame = udp();
  const auto size = static_cast<uint32_t>(frame.size());
  const Maker maker =
      Maker().record(0, 0, frame, size - 1, size).record(0, 0, frame, 0xffffffff, size).record(0, 0, frame);
  const auto capture = maker.read({.truncated = Misfit::pad});
  ASSERT_TRUE(capture);
  EXPECT_EQ(capture->packets.size(), 1U);
  EXPECT_EQ(capture->fault(CaptureFault::lying).skipped, 1U);
  EXPECT_EQ(capture->fault(CaptureFault::lying).number, 1U);
  EXPECT_EQ(capture->fault(CaptureFault::oversize).skipped, 1U);
  EXPECT_EQ(capture->fault(CaptureFault::oversize).detail, "4294967295 bytes");
  EXPECT_FALSE(maker.read({.damaged = Misfit::fail}));
}

TEST(Capture, WhatStandsBehindAClaimOfFourGigabytesIsUnreadable) {
  const auto frame = udp();
  const auto capture =
      Maker().record(0, 0, frame).record(0, 0, frame, 0xffffffff, 0xffffffff).record(0, 0, frame).read();
  ASSERT_TRUE(capture);
  EXPECT_EQ(capture->packets.size(), 1U);
  EXPECT_EQ(capture->fault(CaptureFault::unreadable).skipped, 1U);
  EXPECT_EQ(capture->fault(CaptureFault::unreadable).number, 2U);
  EXPECT_EQ(capture->fault(CaptureFault::unreadable).file_offset, kFileHeader + kRecordHeader + frame.size());
}

TEST(Capture, FramesTogetherHaveALimit) {
  const Maker maker = Maker().record(0, 0, udp(), 3000, 60).record(0, 0, udp(), 3000, 60);
  EXPECT_TRUE(maker.read({.truncated = Misfit::pad, .max_bytes = 6000}));
  EXPECT_FALSE(maker.read({.truncated = Misfit::pad, .max_bytes = 5999}));
}

TEST(Capture, ACutFileGivesWhatIsWholeInIt) {
  Maker maker = Maker().record(0, 0, udp()).record(0, 0, udp());
  maker.bytes.pop_back();
  const auto capture = maker.read();
  ASSERT_TRUE(capture);
  EXPECT_EQ(capture->packets.size(), 1U);
  EXPECT_EQ(capture->fault(CaptureFault::unreadable).number, 2U);
  maker.bytes.resize(kFileHeader - 1);
  EXPECT_FALSE(maker.read());
  EXPECT_FALSE(read_capture({}, "empty.pcap", {}));
}

TEST(Capture, TimeMayGoBackwardsAndBeAnything) {
  const auto capture = Maker()
                           .record(9, 0, udp())
                           .record(8, 0, udp())
                           .record(0x80000000, 0, udp())
                           .record(0x7fffffff, 0xffffffff, udp())
                           .read();
  ASSERT_TRUE(capture);
  EXPECT_EQ(capture->packets.size(), 4U);
  EXPECT_EQ(capture->backwards, 2U);
}

TEST(Capture, NoPacketsIsACaptureToo) {
  const auto capture = Maker().read();
  ASSERT_TRUE(capture);
  EXPECT_EQ(capture->records, 0U);
  EXPECT_TRUE(capture->packets.empty());
}

TEST(Capture, WhatIsNoFileIsAnError) {
  EXPECT_EQ(read_capture("/nonexistent/x.pcap", {}).error().kind, ErrorKind::usage);
  EXPECT_EQ(read_capture("/", {}).error().kind, ErrorKind::usage);
  EXPECT_EQ(read_capture("/dev/zero", {}).error().kind, ErrorKind::usage);
}

/// Every byte of a small capture, changed and cut off: no error is fine, a crash or a lie about the places is not.
TEST(Capture, AnyByteMayBeWrong) {
  const Maker maker = Maker().record(1, 2, udp()).record(3, 4, udp(200), 1500, 242).record(5, 6, udp());
  SplitMix64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::byte> bytes = maker.bytes;
    for (int changes = 0; changes < 3; ++changes) {
      bytes[static_cast<size_t>(random.up_to(bytes.size() - 1))] = static_cast<std::byte>(random.up_to(255));
    }
    bytes.resize(static_cast<size_t>(random.up_to(bytes.size() - 1)) + 1);
    const auto capture = read_capture(bytes, "mutant", {.truncated = Misfit::pad, .too_short = Misfit::pad});
    if (!capture) continue;
    ASSERT_LE(capture->bytes.size(), 4 * FW_MAX_FRAME);
    ASSERT_EQ(capture->records, capture->packets.size() + capture->skipped());
  }
}

}  // namespace
}  // namespace fwbench
