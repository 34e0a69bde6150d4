// SPDX-License-Identifier: BSD-2-Clause
/// nft is right by definition: its counters must say what the oracle says, match by match.
/// Each test has a network namespace of its own; the machine's interfaces and rulesets are never touched.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <span>

#include "policy/oracle.h"
#include "policy/test_corner_frames.h"
#include "policy/test_matches.h"
#include "policy/test_nft.h"

namespace fwbench {
namespace {

using namespace test;  // NOLINT: the packet words are the language of these tests

bool is_transport(Field field) {
  return field == Field::th_sport || field == Field::th_dport || field == Field::tcp_flags ||
         field == Field::icmp_type || field == Field::icmp_code;
}

bool looks_at(const Policy& policy, const std::function<bool(Field)>& is_one) {
  const Rule& rule = policy.rules.front();
  return std::any_of(rule.matches.begin(), rule.matches.end(),
                     [&](const Match& match) { return is_one(match.field); }) ||
         std::any_of(rule.tuple_matches.begin(), rule.tuple_matches.end(), [&](const TupleMatch& match) {
           return std::any_of(match.fields.begin(), match.fields.end(), is_one);
         });
}

TEST_F(Nft, CountsWhatTheOracleSaysForEveryMatchAndFrame) {
  ASSERT_NO_FATAL_FAILURE(find_out_about_fragments());
  std::string rules;
  std::vector<std::shared_ptr<const Policy>> ours;
  for (const std::string_view match : kMatches) {
    rules += fmt::format("    {} counter\n", match);
    const auto parsed =
        parse_policy(policy_text(fmt::format("{} accept", match), "drop", std::string(kSets)), "match.nft");
    ASSERT_TRUE(parsed.policy) << render(parsed.diagnostics, false);
    ours.push_back(parsed.policy);
  }
  const std::string text = policy_text(rules, "accept", std::string(kSets));
  const CommandResult loaded = nft(text);
  ASSERT_EQ(loaded.status, 0) << loaded.output;
  ASSERT_NO_FATAL_FAILURE(load_probe());

  std::vector<uint64_t> before(kMatches.size(), 0);
  uint64_t sent = 0;
  const std::function<void(std::span<const Bytes>, bool)> compare = [&](std::span<const Bytes> frames,
                                                                        bool transport_too) {
    std::vector<uint64_t> expected(kMatches.size(), 0);
    for (const Bytes& frame : frames) {
      ASSERT_NO_FATAL_FAILURE(send_frame(frame));
      for (size_t i = 0; i < ours.size(); ++i) expected[i] += judge_frame(*ours[i], frame).rule == 0 ? 1 : 0;
    }
    ASSERT_NO_FATAL_FAILURE(await_arrivals(sent += frames.size()));
    const std::vector<uint64_t> after = counters("filter", "ingress");
    ASSERT_EQ(after.size(), kMatches.size());
    const std::vector<uint64_t> got = difference(after, before);
    before = after;
    for (size_t i = 0; i < got.size(); ++i) {
      if (!transport_too && looks_at(*ours[i], is_transport)) continue;
      if (is_cut_ipv6(frames[0]) && looks_at(*ours[i], [](Field field) { return field == Field::exthdrs; })) continue;
      if (got[i] == expected[i]) continue;
      if (frames.size() == 1) {
        EXPECT_EQ(got[i], expected[i]) << "rule: " << kMatches[i] << "\nframe: " << hex_dump(frames[0]);
        continue;
      }
      for (const Bytes& frame : frames) compare({&frame, 1}, transport_too);
      FAIL() << "see above";
    }
  };
  // Listing the counters takes the time: several frames each, and one by one where they differ.
  for (const std::vector<Bytes>& batch : batches(corner_frames())) ASSERT_NO_FATAL_FAILURE(compare(batch, true));
  for (const Bytes& frame : later_fragments()) {
    ASSERT_NO_FATAL_FAILURE(compare({&frame, 1}, !kernel_reads_later_fragments_));
  }
}

/// Verdict maps and chains: what each counter of the ruleset counts, frame by frame.
constexpr std::string_view kMapsAndChains = R"(table netdev filter {
  map services { type ipv4_addr . inet_service : verdict; flags interval
    elements = { 198.18.0.0/24 . 80 : jump a, 10.0.0.0/8 . 22 : goto b, 198.19.0.0-198.19.0.255 . 90 : return } }
  map transports { type inet_proto : verdict; elements = { tcp : jump a, udp : jump b, icmp : continue } }
  map nets { type ipv4_addr : verdict; flags interval; elements = { 198.18.0.0/16 : jump n, 10.0.0.0/8 : goto b } }
  chain a { tcp dport 80 counter return
    tcp dport 22 counter goto b
    counter; }
  chain b { counter continue
    tcp dport 90 counter return
    th dport 53 counter drop
    meta l4proto 132 counter accept
    counter; }
  chain v4 { counter jump a
    ip ttl vmap { 1 : drop, 64 : jump b, 200-255 : accept }
    counter; }
  chain n { counter; }
  chain ingress {
    type filter hook ingress device "d0" priority 0; policy accept;
    ip saddr . tcp dport vmap @services
    counter
    meta l4proto vmap @transports
    counter
    ip saddr vmap @nets
    tcp dport vmap { 22 : jump a, 80-90 : jump n, 443 : return }
    counter
    meta protocol vmap { ip : jump v4, ip6 : jump n, arp : drop }
    tcp flags vmap { syn : jump a, fin|psh|urg : drop }
    exthdr frag vmap { exists : jump a, missing : jump n }
    ip ecn vmap { ce : jump n }
    ip dscp vmap { ef : jump n, 8-20 : jump a }
    ip6 dscp vmap { ef : jump n, cs1 : jump a }
    vlan id vmap { 5 : jump n, 6-4095 : jump a }
    ether saddr vmap { 02:00:00:00:00:01 : jump n }
    meta length vmap { 20-40 : jump n, 41-65535 : jump a }
    meta l4proto . th dport vmap { tcp . 80-90 : jump n, udp . 53 : jump b, 132 . 80 : goto a }
    counter goto b
    counter comment "never reached"
  }
}
)";

TEST_F(Nft, CountsWhatTheOracleSaysInMapsAndChains) {
  ASSERT_NO_FATAL_FAILURE(find_out_about_fragments());
  const std::string text(kMapsAndChains);
  const ParsedPolicy parsed = parse_policy(text, "maps.nft");
  ASSERT_TRUE(parsed.policy && parsed.diagnostics.empty()) << render(parsed.diagnostics, false);
  const CommandResult loaded = nft(text);
  ASSERT_EQ(loaded.status, 0) << loaded.output;
  ASSERT_NO_FATAL_FAILURE(load_probe());
  std::vector<uint64_t> before = table_counters("filter");
  uint64_t sent = 0;
  for (const std::vector<Bytes>& batch : batches(corner_frames())) {
    if (is_cut_ipv6(batch.front())) continue;
    std::vector<uint64_t> hits(parsed.policy->rules.size(), 0);
    for (const Bytes& frame : batch) {
      ASSERT_NO_FATAL_FAILURE(send_frame(frame));
      static_cast<void>(judge_frame(*parsed.policy, frame, hits));
    }
    ASSERT_NO_FATAL_FAILURE(await_arrivals(sent += batch.size()));
    const std::vector<uint64_t> after = table_counters("filter");
    EXPECT_EQ(counted(*parsed.policy, hits), difference(after, before)) << hex_dump(batch.front());
    before = after;
  }
}

/// skb_vlan_untag() wants two bytes behind the tag: without them the frame is gone before any rule.
TEST_F(Nft, NeverSeesATaggedFrameThatIsTooShort) {
  ASSERT_NO_FATAL_FAILURE(load_probe());
  ASSERT_NO_FATAL_FAILURE(open_socket());
  const auto parsed = parse_policy(policy_text("accept"), "t");
  for (const uint16_t type : {kVlan, kQinq}) {
    const Bytes frame = ethernet(type, tag(kArp, zeros(2)));
    ASSERT_NO_FATAL_FAILURE(send_frame(cut(frame, frame.size() - 1)));
    EXPECT_EQ(judge_frame(*parsed.policy, cut(frame, frame.size() - 1)).verdict, Verdict::drop);
    ASSERT_NO_FATAL_FAILURE(send_frame(frame));
    EXPECT_EQ(judge_frame(*parsed.policy, frame).verdict, Verdict::accept);
  }
  ASSERT_NO_FATAL_FAILURE(await_arrivals(2));
}

TEST_F(Nft, EtherTypeOfATaggedFrameIsTheTag) {
  ASSERT_EQ(nft(policy_text("ether type ip counter\n ether type vlan counter\n meta protocol ip counter")).status, 0);
  ASSERT_NO_FATAL_FAILURE(load_probe());
  ASSERT_NO_FATAL_FAILURE(open_socket());
  ASSERT_NO_FATAL_FAILURE(send_frame(ethernet(kVlan, tag(kIp, ipv4({}, tcp({}))))));
  ASSERT_NO_FATAL_FAILURE(await_arrivals(1));
  EXPECT_THAT(counters("filter", "ingress"), testing::ElementsAre(0, 1, 1));
}

}  // namespace
}  // namespace fwbench
