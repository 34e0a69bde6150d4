// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/content.h"

#include <gtest/gtest.h>

#include <set>

#include "bpf/content_hash.h"
#include "traffic/capture.h"
#include "traffic/packet.h"

namespace fwbench {
namespace {

uint64_t hash_of(std::vector<uint8_t> bytes) {
  return fw_content_hash(bytes.data(), bytes.data() + bytes.size());
}

TEST(Content, EveryHashedByteAndTheLengthCount) {
  std::set<uint64_t> hashes;
  size_t made = 0;
  for (const size_t size : {size_t{14}, size_t{15}, size_t{63}, size_t{64}, size_t{127}, size_t{128}}) {
    for (size_t i = 0; i < size; ++i) {
      std::vector<uint8_t> bytes(size);
      bytes[i] = 1;
      hashes.insert(hash_of(bytes));
      ++made;
    }
    hashes.insert(hash_of(std::vector<uint8_t>(size)));
    ++made;
  }
  EXPECT_EQ(hashes.size(), made);
}

Capture capture_of(const std::vector<std::vector<std::byte>>& frames) {
  Capture capture;
  for (const auto& frame : frames) {
    capture.packets.push_back({.at = capture.bytes.size(), .length = static_cast<uint32_t>(frame.size())});
    capture.bytes.insert(capture.bytes.end(), frame.begin(), frame.end());
  }
  return capture;
}

const std::vector<std::byte> kA = Ethernet{} / IPv4{} / Udp{.dport = 1};
const std::vector<std::byte> kB = Ethernet{} / IPv4{} / Udp{.dport = 2};

TEST(Content, FramesAreThoseOfTheCaptureInItsOrder) {
  FrameTable table;
  ASSERT_TRUE(add_captured_frames(capture_of({kA, kB, kA}), 3, table));
  ASSERT_EQ(table.frames.size(), 3U);
  EXPECT_EQ(table.frames[1].bytes, kB);
  EXPECT_EQ(table.frames[1].class_index, 3U);
  EXPECT_EQ(first_of_content(table.contents), (std::vector<uint32_t>{0, 1, 0}));
  EXPECT_EQ(add_captured_frames({}, 0, table).error().kind, ErrorKind::usage);
}

TEST(Content, ArrivalsOfTheSameBytesAreAMultiset) {
  FrameTable table;
  ASSERT_TRUE(add_captured_frames(capture_of({kA, kB, kA}), 0, table));
  std::vector<uint64_t> arrivals = {5, 2, 0};
  share_arrivals(table, 8, arrivals);  // 3, 3, 2 times
  EXPECT_EQ(arrivals, (std::vector<uint64_t>{3, 2, 2}));
  arrivals = {6, 4, 0};
  share_arrivals(table, 8, arrivals);
  EXPECT_EQ(arrivals, (std::vector<uint64_t>{3, 4, 3})) << "too many are not lost";
  arrivals = {1, 0, 0};
  share_arrivals(table, 8, arrivals);
  EXPECT_EQ(arrivals, (std::vector<uint64_t>{1, 0, 0}));
}

}  // namespace
}  // namespace fwbench
