// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/hook_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/test_packet.h"

namespace fwbench {
namespace {

using ::testing::HasSubstr;
using namespace test;  // NOLINT: the packet words are the language of these tests

/// As the stack takes it: to d0, with a checksum.
Bytes routable(Ipv4 ip, const Bytes& behind = {}) {
  Bytes frame = tcp4(ip, {}) + behind;
  for (size_t i = 0; i < kDutInMac.size(); ++i) frame[i] = static_cast<std::byte>(kDutInMac[i]);
  unsigned sum = 0;
  for (size_t i = 14; i < 34; i += 2)
    sum += std::to_integer<unsigned>(frame[i]) << 8 | std::to_integer<unsigned>(frame[i + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  frame[24] = static_cast<std::byte>(~sum >> 8 & 0xff);
  frame[25] = static_cast<std::byte>(~sum & 0xff);
  return frame;
}

Result<void> check(const std::string& rules, Bytes frame, StackPath path) {
  const ParsedPolicy parsed = parse_policy(policy_text(rules, "accept"), "test.nft");
  EXPECT_TRUE(parsed.policy) << render(parsed.diagnostics, false);
  FrameTable table;
  table.frames.push_back({std::move(frame)});
  return check_hook_view(*parsed.policy, table, path);
}

TEST(HookView, OnlyFramesThatWouldBeJudgedOtherwiseAreRefused) {
  EXPECT_TRUE(check("ip ttl < 3 drop\n", routable({.ttl = 64}), StackPath::forward));
  EXPECT_TRUE(check("ip ttl < 3 drop\n", routable({.ttl = 3}), StackPath::prerouting));
  const auto ttl = check("ip ttl < 3 drop\n", routable({.ttl = 3}), StackPath::forward);
  ASSERT_FALSE(ttl);
  EXPECT_EQ(ttl.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(ttl.error().message, HasSubstr("cannot run this policy: test.nft:4: at the forward hook"));
  EXPECT_TRUE(check("meta length 40 drop\n", routable({}), StackPath::prerouting));
  EXPECT_FALSE(check("meta length 40 drop\n", routable({}, zeros(6)), StackPath::prerouting));
  // What the stack drops before is nobody's verdict.
  EXPECT_TRUE(check("ip ttl 1 drop\n", routable({.ttl = 1}), StackPath::forward));
}

}  // namespace
}  // namespace fwbench
