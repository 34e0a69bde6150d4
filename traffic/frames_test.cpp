// SPDX-License-Identifier: BSD-2-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "bpf/abi.h"
#include "traffic/filter_for_test.h"
#include "traffic/frame.h"
#include "traffic/frames_for_test.h"
#include "traffic/pcap_file.h"
#include "traffic/probe.h"

namespace fwbench {
namespace {

using ::testing::HasSubstr;

constexpr uint32_t kRunId = 0xfeedbeef;
constexpr uint8_t kGre = 47;  // a protocol whose header we do not write

std::vector<TrafficClass> every_kind() {
  return {class_for_test("tcp4", IpVersion::v4, IPPROTO_TCP),     class_for_test("udp4", IpVersion::v4, IPPROTO_UDP),
          class_for_test("icmp4", IpVersion::v4, IPPROTO_ICMP),   class_for_test("gre4", IpVersion::v4, kGre),
          class_for_test("tcp6", IpVersion::v6, IPPROTO_TCP),     class_for_test("udp6", IpVersion::v6, IPPROTO_UDP),
          class_for_test("icmp6", IpVersion::v6, IPPROTO_ICMPV6), class_for_test("gre6", IpVersion::v6, kGre)};
}

FrameTable build(const TrafficSpec& spec) {
  auto table = build_frames(spec, kRunId);
  EXPECT_TRUE(table) << table.error().to_string();
  return table.value_or(FrameTable{});
}

std::string error_of(TrafficClass c) {
  const auto table = build_frames({.frames = 4, .classes = {std::move(c)}}, kRunId);
  EXPECT_FALSE(table);
  return table ? "" : table.error().message;
}

std::map<uint16_t, size_t> frames_per_class(const FrameTable& table) {
  std::map<uint16_t, size_t> counts;
  for (const auto& frame : table.frames) ++counts[frame.class_index];
  return counts;
}

/// Where abi.h says the identity is, worked out from the frame alone.
size_t identity_at(std::span<const std::byte> frame) {
  switch (protocol_at(frame)) {
    case IPPROTO_TCP:
      return transport_at(frame) + 4;
    case IPPROTO_UDP:
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
      return transport_at(frame) + 8;
    default:
      return transport_at(frame);
  }
}

TEST(BuildFrames, EveryFrameCarriesItsIdentityAndValidChecksums) {
  TrafficSpec spec{.frames = 400, .classes = every_kind()};
  for (auto& c : spec.classes) c.sizes = {{.bytes = 60}, {.bytes = 101}, {.bytes = FW_MAX_FRAME}};
  const FrameTable table = build(spec);
  ASSERT_EQ(table.frames.size(), 400U);
  EXPECT_EQ(table.run_id, kRunId);
  for (uint32_t i = 0; i < 400; ++i) {
    const auto& frame = table.frames[i].bytes;
    ASSERT_EQ(number_at(frame, identity_at(frame), 4), kRunId);
    ASSERT_EQ(number_at(frame, identity_at(frame) + 4, 4), i);
    ASSERT_LE(identity_at(frame) + 8, transport_at(frame) + transport_length(frame)) << "inside the IP packet";
    expect_valid_checksums(frame);
  }
}

TEST(BuildFrames, AreTheSameForASeedAndOthersForAnother) {
  TrafficSpec spec{.seed = 5, .frames = 64, .classes = every_kind()};
  const FrameTable first = build(spec);
  const FrameTable again = build(spec);
  spec.seed = 6;
  const FrameTable other = build(spec);
  size_t different = 0;
  for (size_t i = 0; i < 64; ++i) {
    EXPECT_EQ(first.frames[i].bytes, again.frames[i].bytes);
    different += first.frames[i].bytes != other.frames[i].bytes ? 1 : 0;
  }
  EXPECT_EQ(different, 64U);
}

// The promise "same seed, same frames" holds over versions and platforms: a change here is a change of behaviour.
TEST(BuildFrames, AreTheSameAsEver) {
  TrafficSpec spec{.seed = 1, .frames = 256, .classes = every_kind()};
  spec.classes.back().saddr = {{0, ~FieldValue{0}}};
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const auto& frame : build(spec).frames) {
    for (const std::byte byte : frame.bytes) hash = (hash ^ std::to_integer<uint64_t>(byte)) * 0x100000001b3;
  }
  EXPECT_EQ(hash, 10722116367416978227U);
}

TEST(BuildFrames, ClassesShareByWeight) {
  auto classes = every_kind();
  classes.resize(4);
  classes[0].weight = 95;
  classes[1].weight = 5;
  classes[2].weight = 0;
  classes[3].weight = 1e-9;
  const auto counts = frames_per_class(build({.frames = 1000, .classes = classes}));
  EXPECT_EQ(counts, (std::map<uint16_t, size_t>{{0, 949}, {1, 50}, {3, 1}})) << "a rare class is there all the same";

  for (auto& c : classes) c.weight = 1;
  classes.pop_back();
  const auto thirds = frames_per_class(build({.frames = 100, .classes = classes}));
  EXPECT_EQ(thirds, (std::map<uint16_t, size_t>{{0, 34}, {1, 33}, {2, 33}}));
}

TEST(BuildFrames, ClassesAreMixedAllOverTheTable) {
  auto classes = every_kind();
  classes.resize(2);
  const FrameTable table = build({.frames = 4096, .classes = classes});
  for (size_t quarter = 0; quarter < 4; ++quarter) {
    size_t of_first = 0;
    for (size_t i = 0; i < 1024; ++i) of_first += table.frames[quarter * 1024 + i].class_index == 0 ? 1 : 0;
    EXPECT_NEAR(static_cast<double>(of_first), 512, 64);  // four standard deviations
  }
}

TEST(BuildFrames, SizesAreSharedOutExactly) {
  auto c = class_for_test("imix", IpVersion::v4, IPPROTO_UDP);
  c.sizes = simple_imix();
  std::map<size_t, int> sizes;
  for (const auto& frame : build({.frames = 1200, .classes = {c}}).frames) ++sizes[frame.bytes.size()];
  EXPECT_EQ(sizes, (std::map<size_t, int>{{60, 700}, {590, 400}, {1514, 100}}));
}

TEST(BuildFrames, ASmallestFrameIsPaddedAndALargerOneFilled) {
  struct Case {
    IpVersion ip;
    uint8_t l4proto;
    int wanted;
    size_t frame;
    size_t transport;
  };
  const Case cases[] = {
      {IpVersion::v4, IPPROTO_TCP, 60, 60, 20},  // a SYN has no data
      {IpVersion::v4, IPPROTO_TCP, 1, 60, 20},     {IpVersion::v4, IPPROTO_TCP, 61, 61, 27},
      {IpVersion::v4, IPPROTO_TCP, 100, 100, 66},  {IpVersion::v4, IPPROTO_UDP, 60, 60, 16},
      {IpVersion::v4, IPPROTO_UDP, 100, 100, 66},  {IpVersion::v4, kGre, 60, 60, 8},
      {IpVersion::v6, IPPROTO_TCP, 60, 74, 20},    {IpVersion::v6, IPPROTO_TCP, 70, 74, 20},
      {IpVersion::v6, IPPROTO_TCP, 80, 80, 26},    {IpVersion::v6, IPPROTO_UDP, 60, 70, 16},
      {IpVersion::v6, IPPROTO_ICMPV6, 65, 70, 16},
  };
  for (const auto& [ip, l4proto, wanted, size, transport] : cases) {
    auto c = class_for_test("c", ip, l4proto);
    c.sizes = {{.bytes = wanted}};
    const auto frame = build({.frames = 1, .classes = {c}}).frames.at(0).bytes;
    EXPECT_EQ(frame.size(), size) << int{l4proto} << " of " << wanted;
    EXPECT_EQ(transport_length(frame), transport) << int{l4proto} << " of " << wanted;
  }
}

TEST(BuildFrames, FieldsAreDrawnFromTheUnionOfTheirRangesBySize) {
  auto c = class_for_test("c", IpVersion::v4, IPPROTO_TCP);
  c.sport = {{10, 10}, {100, 102}};
  c.tcp_flags = {0x02, 0x10};
  std::map<uint64_t, int> sports;
  std::map<uint64_t, int> flags;
  for (const auto& frame : build({.frames = 4000, .classes = {c}}).frames) {
    ++sports[number_at(frame.bytes, 34, 2)];
    ++flags[number_at(frame.bytes, 34 + 13, 1)];
    const uint64_t saddr = number_at(frame.bytes, 26, 4);
    ASSERT_TRUE(saddr >= 0xc6120000 && saddr <= 0xc612ffff);
  }
  ASSERT_EQ(sports.size(), 4U);
  for (const uint64_t port : {10, 100, 101, 102}) EXPECT_NEAR(sports[port], 1000, 110) << port;  // four sigma
  EXPECT_NEAR(flags[0x02], 2000, 127);
  EXPECT_EQ(flags[0x02] + flags[0x10], 4000);
}

TEST(BuildFrames, RangesMayBeAsWideAsIpv6Itself) {
  auto c = class_for_test("c", IpVersion::v6, IPPROTO_UDP);
  c.saddr = {{0, ~FieldValue{0}}};
  c.daddr = {{FieldValue{1} << 64, (FieldValue{1} << 64) + 2}};
  std::set<uint64_t> first_bits;
  std::set<uint64_t> last_bits;
  for (const auto& frame : build({.frames = 256, .classes = {c}}).frames) {
    first_bits.insert(number_at(frame.bytes, 22, 1) >> 4);
    last_bits.insert(number_at(frame.bytes, 37, 1) & 0xf);
    EXPECT_EQ(number_at(frame.bytes, 38, 8), 1U);
    EXPECT_LE(number_at(frame.bytes, 46, 8), 2U);
  }
  EXPECT_EQ(first_bits.size(), 16U);
  EXPECT_EQ(last_bits.size(), 16U);
}

TEST(BuildFrames, LibpcapReadsTheFieldsOfTheClass) {
  TrafficSpec spec{.frames = 64, .classes = every_kind()};
  const char* filters[] = {
      "ip and src net 198.18.0.0/16 and dst host 198.19.0.1 and tcp src portrange 1024-65535 and tcp dst port 443 and "
      "tcp[tcpflags] == tcp-syn and ip[8] == 64",
      "ip and src net 198.18.0.0/16 and dst host 198.19.0.1 and udp dst port 443",
      "ip and dst host 198.19.0.1 and icmp[icmptype] == icmp-echo",
      "ip and dst host 198.19.0.1 and ip proto 47",
      "ip6 and src net 2001:2::/64 and dst host 2001:2:0:1::1 and tcp dst port 443 and ip6[7] == 64",
      "ip6 and src net 2001:2::/64 and dst host 2001:2:0:1::1 and udp dst port 443",
      "ip6 and dst host 2001:2:0:1::1 and icmp6[icmp6type] == icmp6-echo",
      "ip6 and dst host 2001:2:0:1::1 and ip6 proto 47",
  };
  const std::string lab = "ether src 02:66:77:00:00:01 and ether dst 02:66:77:00:00:02 and ";
  for (const auto& frame : build(spec).frames) {
    EXPECT_TRUE(pcap_filter_matches(lab + filters[frame.class_index], frame.bytes)) << frame.class_index;
  }
}

TEST(BuildFrames, ErrorsNameTheClass) {
  const auto tcp = class_for_test("wrong", IpVersion::v4, IPPROTO_TCP);
  auto c = tcp;
  c.sizes = {{.bytes = FW_MAX_FRAME + 1}};
  EXPECT_THAT(error_of(c), AllOf(HasSubstr("'wrong'"), HasSubstr("3401"), HasSubstr("3400")));
  c = tcp;
  c.saddr = {};
  EXPECT_THAT(error_of(c), AllOf(HasSubstr("'wrong'"), HasSubstr("source address")));
  c = tcp;
  c.daddr = one(FieldValue{1} << 32);
  EXPECT_THAT(error_of(c), AllOf(HasSubstr("destination address"), HasSubstr("32 bits")));
  c = tcp;
  c.dport = {{1, 65536}};
  EXPECT_THAT(error_of(c), HasSubstr("destination port"));
  c = tcp;
  c.sport = {{5, 6}, {6, 9}};
  EXPECT_THAT(error_of(c), HasSubstr("not normalized"));
  c = tcp;
  c.tcp_flags = {};
  EXPECT_THAT(error_of(c), HasSubstr("TCP flags"));
  c = tcp;
  c.weight = -1;
  EXPECT_THAT(error_of(c), HasSubstr("weights"));
  c.weight = 0;
  EXPECT_THAT(error_of(c), HasSubstr("weights"));
  c = tcp;
  c.sizes = {{.bytes = 60, .weight = std::numeric_limits<double>::quiet_NaN()}};
  EXPECT_THAT(error_of(c), AllOf(HasSubstr("weights"), HasSubstr("'wrong'")));
  c = class_for_test("wrong", IpVersion::v6, IPPROTO_ICMP);
  EXPECT_THAT(error_of(c), HasSubstr("other IP version"));
  c = class_for_test("wrong", IpVersion::v6, IPPROTO_ROUTING);
  EXPECT_THAT(error_of(c), HasSubstr("extension header"));
  c = class_for_test("wrong", IpVersion::v6, IPPROTO_ICMPV6);
  c.icmp_type = {};
  EXPECT_THAT(error_of(c), HasSubstr("ICMP type"));
}

TEST(BuildFrames, TooFewFramesOrNoClassesAreErrors) {
  EXPECT_THAT(build_frames({.frames = 7, .classes = every_kind()}, 1).error().message,
              HasSubstr("7 frames are too few"));
  EXPECT_FALSE(build_frames({}, 1));
  EXPECT_THAT(build_frames({.classes = every_kind(), .probe_class = "nobody"}, 1).error().message,
              HasSubstr("'nobody'"));
}

/// What tshark makes of the frames: one line a frame, the status of its checksums (1 good, 0 bad), and "malformed".
std::string tshark_says(const std::filesystem::path& file) {
  const std::string command =
      "tshark -n -r " + file.string() +
      " -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE -T fields -E separator=,"
      " -e ip.checksum.status -e tcp.checksum.status -e udp.checksum.status -e icmp.checksum.status"
      " -e icmpv6.checksum.status -e _ws.malformed 2>/dev/null";
  std::string output;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  char buffer[4096];
  while (const size_t size = std::fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, size);
  ::pclose(pipe);
  return output;
}

TEST(BuildFrames, TsharkFindsEveryChecksumGood) {
  if (std::system("command -v tshark > /dev/null") != 0) GTEST_SKIP() << "tshark is not installed";
  TrafficSpec spec{.frames = 512, .classes = every_kind(), .probe_templates = 4};
  spec.classes.erase(spec.classes.begin() + 7);  // no GRE: there is no checksum in it, and no GRE header either
  spec.classes.erase(spec.classes.begin() + 3);
  for (auto& c : spec.classes) c.sizes = {{.bytes = 60}, {.bytes = 333}, {.bytes = 1514}};

  std::vector<PcapPacket> packets;
  for (const auto& frame : build(spec).frames) packets.push_back({.bytes = frame.bytes});
  for (const auto& c : spec.classes) {
    spec.probe_class = c.name;
    for (auto& probe : build(spec).probes) {
      stamp_probe(probe.bytes, probe, 77, 123'456'789, 123'456'999);
      packets.push_back({.bytes = probe.bytes});
    }
  }
  const auto file = std::filesystem::temp_directory_path() / ("fwbench-tshark-" + std::to_string(::getpid()) + ".pcap");
  ASSERT_TRUE(write_pcap(file, packets));
  std::istringstream lines(tshark_says(file));
  std::filesystem::remove(file);

  std::map<std::string, int> counts;
  for (std::string line; std::getline(lines, line);) ++counts[line];
  int total = 0;
  const std::set<std::string> good = {"1,1,,,,", "1,,1,,,", "1,,,1,,", ",1,,,,", ",,1,,,", ",,,,1,"};
  for (const auto& [line, count] : counts) {
    EXPECT_TRUE(good.contains(line)) << count << " frames: '" << line << "'";
    total += count;
  }
  EXPECT_EQ(counts.size(), good.size());
  EXPECT_EQ(total, static_cast<int>(packets.size()));
}

}  // namespace
}  // namespace fwbench
