// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/pcap_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/file.h"
#include "traffic/packet.h"

namespace fwbench {
namespace {

class PcapFile : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("fwbench-pcap-" + std::to_string(::getpid()));
  const std::filesystem::path path_ = folder_ / "frames.pcap";
};

TEST_F(PcapFile, WhatIsWrittenIsReadBackToTheNanosecond) {
  const std::vector<PcapPacket> packets = {
      {.time_ns = 1, .bytes = Ethernet{} / IPv4{} / Tcp{}},
      {.time_ns = 1'700'000'000'123'456'789, .bytes = Ethernet{} / IPv6{} / Udp{} / Payload{.size = 3'000}},
      {.time_ns = 2'147'483'647'999'999'999, .bytes = {}},
  };
  ASSERT_TRUE(write_pcap(path_, packets));
  const auto read = read_pcap(path_);
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(*read, packets);
}

TEST_F(PcapFile, ReplacesAnOldFileWholeAndLeavesNoOther) {
  const std::vector<PcapPacket> packets = {{.bytes = Ethernet{} / Arp{}}};
  ASSERT_TRUE(write_pcap(path_, packets));
  ASSERT_TRUE(write_pcap(path_, {}));
  EXPECT_EQ(read_pcap(path_).value().size(), 0U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(PcapFile, ATimeTheFormatCannotHoldIsNotWrittenAsAnother) {
  const std::vector<PcapPacket> packets = {{.time_ns = 2'147'483'648'000'000'000}};
  EXPECT_FALSE(write_pcap(path_, packets));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(PcapFile, AFolderThatDoesNotExistIsAnError) {
  const auto written = write_pcap(folder_ / "no" / "such.pcap", {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::environment);
  EXPECT_NE(written.error().message.find("such.pcap"), std::string::npos);
}

TEST_F(PcapFile, FilesThatAreNotWholeEthernetCapturesAreRefused) {
  EXPECT_EQ(read_pcap(path_).error().kind, ErrorKind::usage) << "missing";

  ASSERT_TRUE(write_file_atomically(path_, "not a capture at all, but longer than a header"));
  EXPECT_EQ(read_pcap(path_).error().kind, ErrorKind::usage) << "something else";

  const std::vector<PcapPacket> packets = {{.bytes = Ethernet{} / Arp{}}};
  ASSERT_TRUE(write_pcap(path_, packets));
  std::string content = read_file(path_).value();
  ASSERT_TRUE(write_file_atomically(path_, content.substr(0, content.size() - 1)));
  EXPECT_EQ(read_pcap(path_).error().kind, ErrorKind::usage) << "cut short";

  constexpr size_t kLinkTypeAt = 20;  // pcap file header: magic, version, zone, accuracy, snap length, link type
  std::string raw_ip = content;
  raw_ip[kLinkTypeAt] = 101;
  ASSERT_TRUE(write_file_atomically(path_, raw_ip));
  EXPECT_NE(read_pcap(path_).error().message.find("link type"), std::string::npos);

  constexpr size_t kWireLengthAt = 24 + 12;  // record header: seconds, nanoseconds, captured length, wire length
  content[kWireLengthAt] = 100;
  ASSERT_TRUE(write_file_atomically(path_, content));
  EXPECT_NE(read_pcap(path_).error().message.find("in part"), std::string::npos);
}

}  // namespace
}  // namespace fwbench
