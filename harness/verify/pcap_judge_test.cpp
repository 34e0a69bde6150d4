// SPDX-License-Identifier: BSD-2-Clause
#include "verify/pcap_judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "traffic/packet.h"
#include "verify/comparison.h"
#include "verify/test_policy.h"
#include "verify/verify.h"

namespace fwbench::verify {
namespace {

Verdict ask(const std::string& rules, const std::vector<std::byte>& frame) {
  const auto policy = policy_of(rules);
  const auto judge = make_pcap_judge();
  const auto taken = judge->take(*policy);
  EXPECT_TRUE(taken && taken->empty());
  const FrameView view = {frame.data(), static_cast<uint32_t>(frame.size())};
  EXPECT_EQ(judge->excludes(view), "");
  Findings findings;
  EXPECT_TRUE(judge->judge({&view, 1}, findings));
  EXPECT_EQ(findings.verdicts.size(), 1U);
  return findings.verdicts.at(0);
}

TEST(PcapJudge, SaysWhatTheRuleSays) {
  const Packet syn = Ethernet{} / IPv4{.src = "198.18.0.9"} / Tcp{.dport = 443};
  EXPECT_EQ(ask("ip saddr 198.18.0.0/24 tcp dport 443 accept", syn), Verdict::accept);
  EXPECT_EQ(ask("ip saddr 198.18.1.0/24 tcp dport 443 accept", syn), Verdict::drop);
  EXPECT_EQ(ask("tcp dport != 443 accept", syn), Verdict::drop);
  EXPECT_EQ(ask("udp dport 443 accept", syn), Verdict::drop);
  const Packet tagged = Ethernet{} / Vlan{.id = 3} / IPv6{.src = "2001:2::5"} / Udp{.dport = 53};
  EXPECT_EQ(ask("ip6 saddr 2001:2::4-2001:2::6 udp dport 53 accept", tagged), Verdict::accept);
  EXPECT_EQ(ask("ip6 saddr 2001:2::6-2001:2::7 accept", tagged), Verdict::drop);
}

/// A field that is not there makes a match false, negated or not.
TEST(PcapJudge, KnowsAbsentFields) {
  EXPECT_EQ(ask("tcp dport != 22 accept", Ethernet{} / Arp{}), Verdict::drop);
  const Packet syn = Ethernet{} / IPv4{} / Tcp{};
  EXPECT_EQ(ask("tcp dport != 22 accept", syn.cut(14 + 20 + 3)), Verdict::drop);
  EXPECT_EQ(ask("tcp dport != 22 accept", Ethernet{} / IPv4{.fragment_offset = 1, .protocol = 6} / Payload{.size = 20}),
            Verdict::drop);
}

TEST(PcapJudge, NamesWhatItCannotSay) {
  const auto judge = make_pcap_judge();
  const std::vector<std::byte> frame = Ethernet{} / IPv6{} / HopByHop{} / Tcp{};
  EXPECT_EQ(judge->excludes({frame.data(), static_cast<uint32_t>(frame.size())}), "IPv6 extension headers");
}

TEST(Verify, PcapAndTheEngineAgreeWithTheOracle) {
  VerifyOptions options = {.packets = 30'000, .policies = 20, .seed = 11, .judges = {"afxdp", "pcap"}};
  options.out = ::testing::TempDir() + "fwbench_verify_agree";
  const auto report = verify(options, {});
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_TRUE(report->agreed()) << render_report(*report);
  EXPECT_EQ(report->packets, 30'000U);
  for (const JudgeTotals& judge : report->judges) {
    uint64_t excluded = 0;
    for (const auto& [reason, count] : judge.excluded) excluded += count;
    EXPECT_EQ(judge.asked + excluded, report->packets) << judge.name;
    EXPECT_GT(judge.asked, 2 * report->packets / 3) << judge.name;
  }
}

TEST(Verify, RefusesAnUnknownJudge) {
  const auto report = verify({.judges = {"tarot"}}, {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace fwbench::verify
