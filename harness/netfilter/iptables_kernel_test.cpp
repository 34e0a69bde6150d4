// SPDX-License-Identifier: BSD-2-Clause
/// The oracle against the kernel's own iptables, both kinds of it, in a network namespace of the test's own: table raw,
/// where a packet is as it came.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <random>
#include <sstream>

#include "core/tool.h"
#include "judge/stack.h"
#include "netfilter/iptables_books.h"
#include "netfilter/iptables_ruleset.h"
#include "netfilter/iptables_traffic.h"
#include "policy/test_corner_frames.h"
#include "policy/test_matches.h"
#include "policy/test_nft.h"
#include "policy/test_random_frames.h"

namespace fwbench {
namespace {

using namespace test;  // NOLINT: the packet words are the language of these tests

/// As a routing stack wants it: for d0's address, with a header checksum that holds.
Bytes deliverable(Bytes frame) {
  if (frame.size() < 14) return frame;
  const bool is_usual = frame[0] == std::byte{2} && frame[5] == std::byte{2};
  for (size_t i = 0; is_usual && i < kDutInMac.size(); ++i) frame[i] = std::byte{kDutInMac[i]};
  if (frame[12] != std::byte{8} || frame[13] != std::byte{0} || frame.size() < 34) return frame;
  const size_t header = (std::to_integer<size_t>(frame[14]) & 15) * 4;
  if (header < 20 || 14 + header > frame.size()) return frame;
  frame[24] = frame[25] = std::byte{0};
  uint32_t sum = 0;
  for (size_t i = 14; i < 14 + header; i += 2) {
    sum += std::to_integer<uint32_t>(frame[i]) << 8 | std::to_integer<uint32_t>(frame[i + 1]);
  }
  sum = (sum & 0xffff) + (sum >> 16);
  sum = ~((sum & 0xffff) + (sum >> 16));
  frame[24] = static_cast<std::byte>(sum >> 8 & 0xff);
  frame[25] = static_cast<std::byte>(sum & 0xff);
  return frame;
}

class IptablesKernel : public Nft, public testing::WithParamInterface<IptablesBackend> {
 protected:
  void SetUp() override {
    Nft::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    if (!find_tool("iptables-legacy-restore") || !find_tool("ipset")) GTEST_SKIP() << "needs iptables and ipset";
    // Only d0 speaks IPv6, and says nothing of its own accord; g0 stays silent, as Nft::SetUp() made it.
    ASSERT_EQ(run("ip link set d0 addrgenmode none address 02:66:77:00:00:02").status, 0);
    std::ofstream("/proc/sys/net/ipv6/conf/all/disable_ipv6") << 0;
    std::ofstream("/proc/sys/net/ipv6/conf/g0/disable_ipv6") << 1;
    std::ofstream("/proc/sys/net/ipv6/conf/d0/disable_ipv6") << 0;
    ASSERT_NO_FATAL_FAILURE(open_socket());
  }

  [[nodiscard]] IptablesOptions options(bool ipset = false) const {
    return {.backend = GetParam(), .hook = IptablesHook::prerouting, .ipset = ipset};
  }
  std::string tool(const std::string& action, bool is_v6) const {
    return fmt::format("ip{}tables-{}-{}", is_v6 ? "6" : "", GetParam() == IptablesBackend::legacy ? "legacy" : "nft",
                       action);
  }
  std::string call(const std::string& name, std::vector<std::string> arguments, const std::string& input) {
    arguments.insert(arguments.begin(), {"XTABLES_LOCKFILE=/dev/null", find_tool(name).value_or(name)});
    const auto result = run_tool("env", arguments, input);
    EXPECT_TRUE(result && result->status == 0) << name << ": " << (result ? result->err : result.error().to_string());
    return result ? result->out : "";
  }
  void load(const IptablesRuleset& ruleset) {
    if (!ruleset.sets.empty()) call("ipset", {"restore", "-exist"}, ruleset.sets);
    call(tool("restore", false), {}, ruleset.v4);
    call(tool("restore", true), {}, ruleset.v6);
  }
  std::string saved() {
    return call(tool("save", false), {"-c", "-t", "raw"}, "") + call(tool("save", true), {"-c", "-t", "raw"}, "");
  }
  /// Those that iptables and the policy can agree on at all.
  [[nodiscard]] bool is_sent(const Policy& policy, const Bytes& frame) const {
    return stack_fate(frame, StackPath::prerouting) != StackFate::drops_before_rules &&
           check_iptables_traffic(policy, std::vector<Frame>{{.bytes = frame}}, options()).has_value();
  }
};

/// One ruleset for all matches: chain w7 returns for what the match holds, everything else goes on into m7.
std::string one_by_one(const std::vector<std::string_view>& matches) {
  std::string chains, calls;
  for (size_t i = 0; i < matches.size(); ++i) {
    chains += fmt::format("chain m{0} {{ return; }}\n chain w{0} {{ {1} return\n jump m{0}; }}\n", i, matches[i]);
    calls += fmt::format("jump w{}\n", i);
  }
  return policy_text(calls, "accept", std::string(kSets) + chains + "chain all { return; }\n");
}

/// Packets that came into the chain "fwN-mI" by a jump ("[12:720] -A ... -j fw3-m7"), both families together.
std::map<std::string, uint64_t> entered(const std::string& saved) {
  std::map<std::string, uint64_t> counts;
  std::istringstream lines(saved);
  for (std::string line; std::getline(lines, line);) {
    const size_t jump = line.rfind(" -j fw");
    const size_t name = jump == std::string::npos ? jump : line.find("-m", jump + 1 + std::strlen(" -j"));
    if (name == std::string::npos || line.front() != '[') continue;
    counts[line.substr(name + 1)] += std::stoull(line.substr(1));
  }
  return counts;
}

TEST_P(IptablesKernel, MatchesWhatTheOracleSaysForEveryMatchAndFrame) {
  std::vector<std::string_view> matches;
  std::vector<std::shared_ptr<const Policy>> alone;
  for (const std::string_view match : kMatches) {
    const auto parsed = parse_policy(policy_text(fmt::format("{} drop", match), "accept", std::string(kSets)), "t");
    ASSERT_TRUE(parsed.policy) << match;
    const auto ruleset = translate_to_iptables(*parsed.policy, options());
    if (!ruleset) {
      EXPECT_EQ(ruleset.error().kind, ErrorKind::unsupported) << match;
      EXPECT_THAT(ruleset.error().message, testing::StartsWith("iptables cannot run this policy: t:")) << match;
      continue;
    }
    matches.push_back(match);
    alone.push_back(parsed.policy);
  }
  EXPECT_GT(matches.size(), kMatches.size() * 3 / 4);
  const auto all = parse_policy(one_by_one(matches), "all.nft");
  ASSERT_TRUE(all.policy) << render(all.diagnostics, false);
  const auto ruleset = translate_to_iptables(*all.policy, options());
  ASSERT_TRUE(ruleset) << ruleset.error().to_string();
  ASSERT_NO_FATAL_FAILURE(load(*ruleset));

  std::vector<Bytes> frames = corner_frames();
  for (const Bytes& frame : later_fragments()) frames.push_back(frame);
  std::map<std::string, uint64_t> before;
  size_t sent = 0;
  for (const Bytes& corner : frames) {
    const Bytes frame = deliverable(corner);
    if (!is_sent(*all.policy, frame)) continue;
    ++sent;
    ASSERT_NO_FATAL_FAILURE(send_frame(frame));
    std::map<std::string, uint64_t> expected = before;
    for (size_t i = 0; i < matches.size(); ++i) {
      if (judge_frame(*alone[i], frame).rule != 0) ++expected[fmt::format("m{}", i)];
    }
    std::map<std::string, uint64_t> now = entered(saved());
    for (int attempt = 0; attempt < 20 && now == before; ++attempt) now = entered(saved());
    for (size_t i = 0; i < matches.size(); ++i) {
      const std::string name = fmt::format("m{}", i);
      EXPECT_EQ(now[name], expected[name]) << "match: " << matches[i] << "\nframe: " << hex_dump(frame);
    }
    if (HasFailure()) return;
    before = std::move(now);
  }
  EXPECT_GT(sent, 50U);
}

/// Puts a destination that the site has rules for into the frame.
void send_home(Bytes& frame, std::mt19937& random, const std::string& file) {
  const bool is_ipv4 = frame.size() >= 34 && frame[12] == std::byte{8} && frame[13] == std::byte{0};
  const bool is_ipv6 = frame.size() >= 54 && frame[12] == std::byte{0x86} && frame[13] == std::byte{0xdd};
  const auto host = static_cast<std::byte>(random() % 64);
  auto network = static_cast<std::byte>(random() % 256);
  if (file == "edge.nft") return;
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

TEST_P(IptablesKernel, DropsWhatTheShippedPoliciesDrop) {
  constexpr int kBatches = 3;
  constexpr int kBatch = 100;
  const std::filesystem::path policies = std::filesystem::path(FWBENCH_SOURCE_DIR) / "scenarios/policies";
  const ParsedPolicy edge = load_policy(policies / "edge.nft");
  ASSERT_TRUE(edge.policy);
  for (const char* const file : {"edge.nft", "home_router.nft", "web_frontend.nft", "datacenter_edge.nft"}) {
    for (const bool ipset : {false, true}) {
      const ParsedPolicy parsed = load_policy(policies / file);
      ASSERT_TRUE(parsed.policy) << file;
      const auto ruleset = translate_to_iptables(*parsed.policy, options(ipset));
      ASSERT_TRUE(ruleset) << ruleset.error().to_string();
      EXPECT_EQ(ruleset->sets.empty(), !ipset) << file;
      ASSERT_NO_FATAL_FAILURE(load(*ruleset));
      FrameGenerator generator(*edge.policy, false);
      std::mt19937 random(5);  // NOLINT: the same frames in every run, on purpose
      uint64_t dropped = 0, accepted = 0;
      for (int batch = 0; batch < kBatches; ++batch) {
        for (int i = 0; i < kBatch;) {
          Bytes frame = generator.next();
          send_home(frame, random, file);
          frame = deliverable(std::move(frame));
          if (!is_sent(*parsed.policy, frame)) continue;
          ++i;
          ASSERT_NO_FATAL_FAILURE(send_frame(frame));
          ++(judge_frame(*parsed.policy, frame).verdict == Verdict::drop ? dropped : accepted);
        }
        uint64_t counted = count_dropped(saved());
        for (int attempt = 0; attempt < 20 && counted < dropped; ++attempt) counted = count_dropped(saved());
        ASSERT_EQ(counted, dropped) << file << (ipset ? " with ipset" : "") << ", batch " << batch;
      }
      EXPECT_GT(dropped, 12U) << file;
      EXPECT_GT(accepted, 5U) << file;
      call("ip" + std::string(GetParam() == IptablesBackend::legacy ? "tables-legacy" : "tables-nft"),
           {"-t", "raw", "-F"}, "");
      call("ip6" + std::string(GetParam() == IptablesBackend::legacy ? "tables-legacy" : "tables-nft"),
           {"-t", "raw", "-F"}, "");
      if (ipset) call("ipset", {"destroy"}, "");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Both, IptablesKernel, testing::Values(IptablesBackend::legacy, IptablesBackend::nft),
                         [](const auto& backend) {
                           return backend.param == IptablesBackend::legacy ? "Legacy" : "Nft";
                         });

}  // namespace
}  // namespace fwbench
