// SPDX-License-Identifier: BSD-2-Clause
/// nft is right by definition: it must accept what our parser accepts, and refuse what we say it refuses.
/// Each test has a network namespace of its own; the machine's interfaces and rulesets are never touched.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "policy/oracle.h"
#include "policy/test_matches.h"
#include "policy/test_nft.h"
#include "policy/test_random_frames.h"

namespace fwbench {
namespace {

using namespace test;  // NOLINT: the packet words are the language of these tests

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::filesystem::path policies() {
  return std::filesystem::path(FWBENCH_SOURCE_DIR) / "scenarios/policies";
}

/// Puts a destination that the site has rules for into an untagged frame.
void send_home(Bytes& frame, std::mt19937& random, const std::string& file) {
  const bool is_ipv4 = frame.size() >= 34 && frame[12] == std::byte{8} && frame[13] == std::byte{0};
  const bool is_ipv6 = frame.size() >= 54 && frame[12] == std::byte{0x86} && frame[13] == std::byte{0xdd};
  const auto host = static_cast<std::byte>(random() % 64);
  auto network = static_cast<std::byte>(random() % 256);
  if (file == "home_router.nft") network = std::byte{7};
  if (file == "web_frontend.nft") network = std::byte{64};
  if (is_ipv4) {
    frame[32] = network;
    frame[33] = host;
  }
  if (is_ipv6) {
    frame[44] = file == "datacenter_edge.nft" ? std::byte{0x10} : std::byte{0};
    frame[45] = file == "web_frontend.nft" ? std::byte{0x64} : network;
    frame[53] = host;
  }
}

TEST_F(Nft, EdgePolicyCountsRandomFramesAsTheOracleDoes) {
  ASSERT_NO_FATAL_FAILURE(find_out_about_fragments());
  const ParsedPolicy parsed = load_policy(policies() / "edge.nft");
  ASSERT_TRUE(parsed.policy) << render(parsed.diagnostics, false);
  const Policy& policy = *parsed.policy;
  const CommandResult loaded = nft(policy.text);
  ASSERT_EQ(loaded.status, 0) << loaded.output;
  ASSERT_NO_FATAL_FAILURE(load_probe());
  FrameGenerator generator(policy, !kernel_reads_later_fragments_);
  std::vector<uint64_t> expected(policy.rules.size(), 0);
  uint64_t by_policy = 0;
  constexpr uint64_t kFrames = 50'000;
  for (uint64_t i = 0; i < kFrames; ++i) {
    const Bytes frame = generator.next();
    ASSERT_NO_FATAL_FAILURE(send_frame(frame));
    const int rule = judge_frame(policy, frame).rule;
    ++(rule >= 0 ? expected[static_cast<size_t>(rule)] : by_policy);
  }
  ASSERT_NO_FATAL_FAILURE(await_arrivals(kFrames));
  const std::vector<uint64_t> counted = counters("filter", "ingress");
  ASSERT_EQ(counted.size(), expected.size()) << "every rule of edge.nft has a counter";
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(counted[i], expected[i]) << describe_judgement(policy, {Verdict::accept, static_cast<int>(i)});
    EXPECT_GT(expected[i], 0U) << "no frame tries " << policy.rules[i].text;
  }
  EXPECT_GT(by_policy, 0U);
}

/// The other rulesets of scenarios/policies: the edge's frames, sent to addresses that these have rules for.
TEST_F(Nft, SitePoliciesCountRandomFramesAsTheOracleDoes) {
  ASSERT_NO_FATAL_FAILURE(find_out_about_fragments());
  const ParsedPolicy edge = load_policy(policies() / "edge.nft");
  ASSERT_TRUE(edge.policy);
  constexpr uint64_t kFrames = 10'000;
  for (const char* file : {"home_router.nft", "web_frontend.nft", "datacenter_edge.nft"}) {
    const ParsedPolicy parsed = load_policy(policies() / file);
    ASSERT_TRUE(parsed.policy) << render(parsed.diagnostics, false);
    ASSERT_EQ(nft(parsed.policy->text, "-c").status, 0) << file;
    const CommandResult loaded = nft(parsed.policy->text);
    ASSERT_EQ(loaded.status, 0) << loaded.output;
    ASSERT_NO_FATAL_FAILURE(load_probe());
    FrameGenerator generator(*edge.policy, !kernel_reads_later_fragments_);
    std::mt19937 random(5);  // NOLINT: the same frames in every run, on purpose
    std::vector<uint64_t> hits(parsed.policy->rules.size(), 0);
    for (uint64_t i = 0; i < kFrames; ++i) {
      Bytes frame = generator.next();
      send_home(frame, random, file);
      ASSERT_NO_FATAL_FAILURE(send_frame(frame));
      static_cast<void>(judge_frame(*parsed.policy, frame, hits));
    }
    ASSERT_NO_FATAL_FAILURE(await_arrivals(kFrames));
    EXPECT_EQ(counted(*parsed.policy, hits), table_counters(parsed.policy->table)) << file;
    ASSERT_EQ(run("nft flush ruleset").status, 0);
  }
}

TEST_F(Nft, AcceptsTheEdgePolicy) {
  const CommandResult checked = nft(read_text(policies() / "edge.nft"), "-c");
  EXPECT_EQ(checked.status, 0) << checked.output;
}

TEST_F(Nft, AcceptsWhatTheReadmeShows) {
  const std::string readme = read_text(policies() / "README.md");
  const size_t begin = readme.find("```nft\n");
  ASSERT_NE(begin, std::string::npos);
  const size_t text = begin + std::string_view("```nft\n").size();
  const CommandResult checked = nft(readme.substr(text, readme.find("```", text) - text), "-c");
  EXPECT_EQ(checked.status, 0) << checked.output;
}

/// Where a message of ours says that nft refuses something, it does.
TEST_F(Nft, RefusesWhatWeSayItRefuses) {
  for (const std::string_view rule : {"tcp dport 1 udp sport 2 drop",
                                      "ip saddr 1.2.3.4 ip6 daddr ::1 drop",
                                      "meta l4proto { tcp, udp } tcp dport 1 drop",
                                      "meta l4proto { udp, tcp } tcp dport 1 drop",
                                      "accept counter",
                                      "tcp dport 1 comment \"x\" accept",
                                      "tcp dport { }",
                                      "tcp dport 22,23 drop",
                                      "tcp dport 90-80 drop",
                                      "tcp dport 65536 drop",
                                      "tcp dport ssh-http drop",
                                      "tcp dport ! 5 drop",
                                      "tcp dport < 1-5 drop",
                                      "tcp flags syn/syn,ack drop",
                                      "tcp flags syn / syn drop",
                                      "tcp flags & syn drop",
                                      "tcp flags & (syn,ack) == ack drop",
                                      "ip saddr $NOPE drop",
                                      "ip saddr @nope drop",
                                      "tcp dport @a4 drop",
                                      "th dport $B-90 drop",
                                      "jump ingress",
                                      "jump nope",
                                      "tcp dport vmap { 80-90 : drop, 85 : drop }",
                                      "tcp dport vmap { 80 : drop, 80 : accept }",
                                      "tcp dport vmap { 22 : jump ingress }",
                                      "tcp dport vmap { }",
                                      "tcp dport vmap @nope",
                                      "ip saddr . tcp dport { 10.0.0.0/8 . 80, 10.1.0.0/16 . 80-90 } drop",
                                      "ip saddr . tcp dport vmap { 10.0.0.0/8 . 80 : drop, 10.1.1.1 . 80 : accept }",
                                      "ip saddr . tcp dport 1.2.3.4 . 80 drop",
                                      "ip saddr . tcp dport < { 1.2.3.4 . 80 } drop",
                                      "ip saddr . tcp dport @a4 drop",
                                      "ip saddr @web drop",
                                      "ip saddr . ip6 saddr { 1.2.3.4 . ::1 } drop",
                                      "ip saddr 1.2.3.4 vlan id 5 drop",
                                      "meta protocol vlan vlan id 5 drop",
                                      "ether type ip vlan id 5 drop",
                                      "ether type { ip, ip6 } ip ttl 1 drop",
                                      "meta protocol ip exthdr frag exists drop",
                                      "ip6 nexthdr udp tcp dport 22 drop",
                                      "vlan id 4096 drop",
                                      "ip dscp 64 drop",
                                      "ip ecn 4 drop",
                                      "exthdr ah exists drop",
                                      "tcp dport 1 jump",
                                      "tcp dport 1 accept\r"}) {
    const std::string text = policy_text(fmt::format("{}\n", rule), "drop", std::string(kSets));
    EXPECT_FALSE(parse_policy(text, "t").policy) << rule;
    EXPECT_NE(nft(text, "-c").status, 0) << rule;
  }
  for (const std::string_view set :
       {"set s { type ipv4_addr; elements = { 10.0.0.0/8 } }\n",
        "set s { type ipv4_addr; elements = { 10.0.0.0/32 } }\n",
        "set s { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 10.1.1.1 } }\n",
        "set s { type ipv4_addr; size 1; elements = { 1.1.1.1, 2.2.2.2 } }\n",
        "set s { type ipv4_addr . inet_service; elements = { 10.0.0.0/8 . 80 } }\n",
        "map m { type inet_service : verdict; elements = { 1-5 : drop } }\n",
        "map m { type inet_service : verdict; elements = { 1 : jump nope } }\n", "map m { type inet_service; }\n",
        "chain ingress { accept; policy drop; }\n", "set s { type ipv4_addr }\n", "set s { auto-merge; }\n"}) {
    const std::string text = policy_text("accept", "drop", std::string(set));
    EXPECT_FALSE(parse_policy(text, "t").policy) << set;
    EXPECT_NE(nft(text, "-c").status, 0) << set;
  }
  const std::string loop = policy_text("jump a", "drop", "chain a { jump b; }\n chain b { goto a; }\n");
  EXPECT_FALSE(parse_policy(loop, "t").policy);
  EXPECT_NE(nft(loop).status, 0);  // not with "-c": the kernel looks at chains when it commits
  for (const int depth : {15, 16}) {
    std::string chains = fmt::format("chain c{} {{ accept; }}\n", depth);
    for (int i = 1; i < depth; ++i) chains += fmt::format("chain c{} {{ jump c{}; }}\n", i, i + 1);
    const std::string text = policy_text("goto c1", "drop", chains);
    EXPECT_EQ(parse_policy(text, "t").policy != nullptr, depth == 15);
    EXPECT_EQ(nft(text).status == 0, depth == 15);
    ASSERT_EQ(run("nft flush ruleset").status, 0);
  }
  for (const std::string_view text :
       {"table netdev f { chain c { type filter hook ingress device d0 priority 0; accept } }\n",
        "table netdev f\n{\n}\n", "define A = 1\ndefine A = 2\n"}) {
    EXPECT_FALSE(parse_policy(text, "t").policy) << text;
    EXPECT_NE(nft(std::string(text), "-c").status, 0) << text;
  }
}

}  // namespace
}  // namespace fwbench
