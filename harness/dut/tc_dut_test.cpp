// SPDX-License-Identifier: BSD-2-Clause
/// tc-bpf on frames that scenarios do not send: VLAN tags, which the kernel takes out before tc ingress. Needs root.
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "core/tool.h"
#include "dut/duts.h"
#include "engine/firewall_program.h"
#include "engine/image.h"
#include "lab/bpf.h"
#include "policy/oracle.h"
#include "policy/test_packet.h"

namespace fwbench {
namespace {

using test::Bytes;

/// In a network namespace of the test's own.
class TcDutTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: network namespaces and BPF programs";
    ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
    auto lab = Lab::build({});
    ASSERT_TRUE(lab) << lab.error().to_string();
    lab_ = std::make_unique<Lab>(std::move(*lab));
  }

  /// Out of g0, as they are.
  void send(const Bytes& frame, int count) const {
    auto inside = NetNsScope::enter(lab_->gen_ns());
    ASSERT_TRUE(inside);
    const UniqueFd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    sockaddr_ll to = {};
    to.sll_family = AF_PACKET;
    to.sll_ifindex = lab_->g0().ifindex;
    for (int i = 0; i < count; ++i) {
      const ssize_t sent =
          ::sendto(socket.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
      ASSERT_EQ(sent, static_cast<ssize_t>(frame.size()));
    }
  }

  /// What became of `count` frames that were sent to a started DUT.
  static DutCounters settled(Dut& dut, const DutCounters& before, uint64_t count) {
    DutCounters change;
    for (int i = 0; i < 100; ++i) {
      const DutCounters now = dut.counters().value();
      change = {.seen = now.seen - before.seen,
                .passed = now.passed - before.passed,
                .dropped_by_rule = now.dropped_by_rule - before.dropped_by_rule,
                .dropped_by_stack = now.dropped_by_stack - before.dropped_by_stack,
                .aborted = now.aborted - before.aborted,
                .lost_xsk = 0};
      if (change.passed + change.dropped_by_rule + change.dropped_by_stack + change.aborted == count) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return change;
  }

  std::unique_ptr<Lab> lab_;
};

std::vector<Bytes> tagged_frames() {
  using namespace test;  // NOLINT(google-build-using-namespace): the packet builder's words
  const auto padded = [](Bytes frame) { return frame + zeros(60); };
  const Bytes dns = ipv4({.protocol = 17}, udp(1024, 53));
  const Bytes dns6 = ipv6({.next_header = 17}, udp(1024, 53));
  return {padded(ethernet(kIp, dns)),
          padded(ethernet(kVlan, tag(kIp, dns, 7))),
          padded(ethernet(kVlan, tag(kIp, dns, 0xe007))),  // with a priority
          padded(ethernet(kVlan, tag(kIp, dns, 8))),
          padded(ethernet(kVlan, tag(kIp, dns, 0))),
          padded(ethernet(kQinq, tag(kIp, dns, 7))),
          padded(ethernet(kVlan, tag(kIp6, dns6, 7))),
          padded(ethernet(kVlan, tag(kVlan, tag(kIp, dns, 9), 7))),  // not IP: the second tag is a type of its own
          padded(ethernet(kQinq, tag(kVlan, tag(kIp, dns, 7), 8))),
          padded(ethernet(kVlan, tag(kArp, {}, 7))),
          ethernet(kIp, ipv4({.protocol = 17}, udp(1024, 53) + zeros(1400)))};
}

// Catches a tag that is looked for in the frame (it is not there), and an inner tag taken for the outer one.
TEST_F(TcDutTest, SeesTagsAsTheOracleDoes) {
  const char* const kRules[] = {"udp dport 53 drop",      "vlan id 7 drop",        "vlan id 7 udp dport 53 drop",
                                "ether type 0x88a8 drop", "meta protocol ip drop", "meta length 28-120 drop"};
  for (const char* const rule : kRules) {
    SCOPED_TRACE(rule);
    const ParsedPolicy parsed = parse_policy(test::policy_text(rule, "accept"), "p.nft");
    ASSERT_TRUE(parsed.policy) << parsed.diagnostics.front().message;
    const auto image = compile_policy(*parsed.policy);
    ASSERT_TRUE(image);
    const DutInputs inputs = {
        .in = lab_->d0(), .out = lab_->d1(), .lab = lab_.get(), .policy = parsed.policy.get(), .image = &*image};
    auto dut = open_tc_bpf(inputs);
    ASSERT_TRUE(dut) << dut.error().to_string();
    ASSERT_TRUE((*dut)->start());
    for (const Bytes& frame : tagged_frames()) {
      const bool drops = judge_frame(*parsed.policy, frame).verdict == Verdict::drop;
      const DutCounters before = (*dut)->counters().value();
      send(frame, 3);
      const DutCounters change = settled(**dut, before, 3);
      EXPECT_EQ(change.dropped_by_rule, drops ? 3U : 0U) << fmt::format("{:02x}", fmt::join(frame, " ")).substr(0, 90);
      EXPECT_EQ(change.passed, drops ? 0U : 3U);
      EXPECT_EQ(change.dropped_by_stack + change.aborted, 0U);
    }
    EXPECT_TRUE((*dut)->stop());
  }
}

// A tag that the frame ends in: the kernel drops it before tc ingress, and it is in no other column.
TEST_F(TcDutTest, CallsByNameWhatTheStackDropsInFront) {
  const ParsedPolicy parsed = parse_policy(test::policy_text("udp dport 53 drop", "accept"), "p.nft");
  const auto image = compile_policy(*parsed.policy);
  auto dut = open_tc_bpf(
      {.in = lab_->d0(), .out = lab_->d1(), .lab = lab_.get(), .policy = parsed.policy.get(), .image = &*image});
  ASSERT_TRUE(dut) << dut.error().to_string();
  ASSERT_TRUE((*dut)->start());
  const DutCounters before = (*dut)->counters().value();
  send(test::ethernet(test::kVlan, test::zeros(4)), 5);
  const DutCounters change = settled(**dut, before, 5);
  EXPECT_EQ(change.dropped_by_stack, 5U);
  EXPECT_EQ(change.seen, 5U);
  EXPECT_EQ(change.passed + change.dropped_by_rule, 0U);
}

// Kernels before 6.6 have no links at tc.
TEST_F(TcDutTest, TheWayWithoutLinksCleansUpBehindItself) {
  const auto qdiscs = [] { return run_tool_or_fail("tc", {"qdisc", "show", "dev", "d0"}).value_or("?"); };
  auto firewall = FirewallProgram::load(
      compile_policy(*parse_policy(test::policy_text("udp dport 53 drop", "accept"), "p.nft").policy).value(),
      {.hook = FirewallHook::tc_ingress});
  ASSERT_TRUE(firewall) << firewall.error().to_string();
  {
    auto link = TcLink::attach_clsact(firewall->program(), lab_->d0().ifindex);
    ASSERT_TRUE(link) << link.error().to_string();
    EXPECT_NE(qdiscs().find("clsact"), std::string::npos);
    send(tagged_frames().front(), 4);
    for (int i = 0; i < 100 && firewall->read_counters().value().seen != 4; ++i) ::usleep(2000);
    EXPECT_EQ(firewall->read_counters().value().dropped, 4U);
    EXPECT_FALSE(TcLink::attach_clsact(firewall->program(), lab_->d0().ifindex)) << "never in place of another's";
    EXPECT_NE(qdiscs().find("clsact"), std::string::npos) << "nor taken away with it";
  }
  EXPECT_EQ(qdiscs().find("clsact"), std::string::npos);
}

}  // namespace
}  // namespace fwbench
