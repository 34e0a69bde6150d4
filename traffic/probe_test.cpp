// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/probe.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>
#include <set>

#include "bpf/abi.h"
#include "traffic/frames_for_test.h"
#include "traffic/random.h"

namespace fwbench {
namespace {

struct Kind {
  IpVersion ip;
  uint8_t l4proto;
};

class Probe : public ::testing::TestWithParam<Kind> {
 protected:
  static std::vector<ProbeFrame> probes() {
    const TrafficSpec spec{.frames = 1,
                           .classes = {class_for_test("probed", GetParam().ip, GetParam().l4proto)},
                           .probe_class = "probed",
                           .probe_templates = 16};
    return build_frames(spec, 0xabcdef01).value().probes;
  }
};

TEST_P(Probe, HasRoomForIdentityAndStamp) {
  std::set<std::vector<std::byte>> distinct;
  for (const auto& probe : probes()) {
    EXPECT_GE(probe.bytes.size(), 80U);
    EXPECT_LE(probe.bytes.size(), size_t{FW_PROBE_FRAME_MAX});
    EXPECT_EQ(number_at(probe.bytes, probe.identity_offset, 4), 0xabcdef01);
    EXPECT_EQ(number_at(probe.bytes, probe.identity_offset + 4, 4), FW_PROBE_BIT);
    EXPECT_EQ((probe.identity_offset - transport_at(probe.bytes)) % 2, 0U);
    EXPECT_EQ((probe.stamp_offset - transport_at(probe.bytes)) % 2, 0U);
    const size_t end = transport_at(probe.bytes) + transport_length(probe.bytes);
    EXPECT_LE(probe.stamp_offset + sizeof(probe_stamp), end) << "inside the IP packet";
    for (size_t i = probe.stamp_offset; i < end; ++i) ASSERT_EQ(probe.bytes[i], std::byte{0});
    expect_valid_checksums(probe.bytes);
    distinct.insert(probe.bytes);
  }
  EXPECT_EQ(distinct.size(), 16U);
}

// Catches a word left out of the sum, a fold too few, and a sequence number that reaches into the probe bit.
TEST_P(Probe, AnyStampKeepsTheTransportChecksumValid) {
  SplitMix64 random(11);
  const auto templates = probes();
  for (int i = 0; i < 20'000; ++i) {
    const auto& probe = templates[static_cast<size_t>(i) % templates.size()];
    auto frame = probe.bytes;
    // Full-width numbers, and small ones whose high words are 0.
    const auto sequence = static_cast<uint32_t>(random.next() >> (33 + random.next() % 31));
    const uint64_t scheduled_ns = random.next() >> random.next() % 64;
    const uint64_t sent_ns = random.next() >> random.next() % 64;
    stamp_probe(frame, probe, sequence, scheduled_ns, sent_ns);
    expect_valid_checksums(frame);

    probe_stamp stamp;
    std::memcpy(&stamp, frame.data() + probe.stamp_offset, sizeof stamp);
    ASSERT_EQ(stamp.scheduled_ns, scheduled_ns);
    ASSERT_EQ(stamp.sent_ns, sent_ns);
    ASSERT_EQ(number_at(frame, probe.identity_offset + 4, 4), FW_PROBE_BIT | sequence);
    if (HasFailure()) FAIL() << sequence << ' ' << scheduled_ns << ' ' << sent_ns;
  }
}

TEST_P(Probe, ExtremesKeepItValidTooAndStampingAgainOverwrites) {
  const ProbeFrame probe = probes().front();
  auto frame = probe.bytes;
  for (const uint32_t sequence : {0U, 1U, 0x7fffU, 0xffffU, 0x7fffffffU}) {
    for (const uint64_t time : {uint64_t{0}, uint64_t{0xffff}, uint64_t{0x10000}, ~uint64_t{0}}) {
      stamp_probe(frame, probe, sequence, time, ~uint64_t{0} - time);
      expect_valid_checksums(frame);
    }
  }
  stamp_probe(frame, probe, 0, 0, 0);
  expect_valid_checksums(frame);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Probe,
                         ::testing::Values(Kind{IpVersion::v4, IPPROTO_TCP}, Kind{IpVersion::v4, IPPROTO_UDP},
                                           Kind{IpVersion::v4, IPPROTO_ICMP}, Kind{IpVersion::v6, IPPROTO_TCP},
                                           Kind{IpVersion::v6, IPPROTO_UDP}, Kind{IpVersion::v6, IPPROTO_ICMPV6},
                                           Kind{IpVersion::v4, 47}));

}  // namespace
}  // namespace fwbench
