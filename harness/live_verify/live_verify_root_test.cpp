// SPDX-License-Identifier: BSD-2-Clause
/// Real devices in real labs in short campaigns, and the proof that a wrong one is caught. Needs root.

#include "live_verify/live_verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/file.h"
#include "lab/lab_process.h"
#include "traffic/pcap_file.h"

namespace fwbench::verify {
namespace {

constexpr const char* kEdge = FWBENCH_SOURCE_DIR "/scenarios/policies/edge.nft";

class LiveVerifyRoot : public ::testing::Test {
 protected:
  LiveVerifyRoot()
      : out_(std::filesystem::temp_directory_path() / fmt::format("fwbench_live_verify_test_{}", ::getpid())) {}
  ~LiveVerifyRoot() override { std::filesystem::remove_all(out_); }
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root for namespaces and BPF programs";
  }

  /// What the check makes of the report, in a lab process: "" when it is content.
  template <typename Check>
  int run(VerifyOptions options, const Check& check) const {
    options.out = out_;
    const auto code = run_in_lab_process([&] {
      const auto report = verify_duts(options, {});
      if (!report) {
        fmt::print(stderr, "{}\n", report.error().to_string());
        return exit_code(report.error().kind);
      }
      const std::string complaint = check(*report);
      if (!complaint.empty()) fmt::print(stderr, "{}\n{}", complaint, render_report(*report));
      return static_cast<int>(complaint.empty() ? exit_ok : exit_verdict_mismatch);
    });
    EXPECT_TRUE(code) << code.error().to_string();
    return code ? *code : exit_internal;
  }

  std::filesystem::path out_;
};

std::string agrees_on(const VerifyReport& report, uint64_t at_least) {
  for (const JudgeTotals& judge : report.judges) {
    if (judge.asked < at_least) return fmt::format("{} was asked {} times only", judge.name, judge.asked);
  }
  return report.agreed() ? "" : "they do not agree";
}

TEST_F(LiveVerifyRoot, XdpIsExactOnEdge) {
  const VerifyOptions options = {.packets = 6'000, .policy_file = kEdge, .judges = {"xdp", "xdp-skb"}};
  EXPECT_EQ(run(options, [](const VerifyReport& report) { return agrees_on(report, 3'000); }), exit_ok);
}

TEST_F(LiveVerifyRoot, XdpIsExactOnGeneratedPolicies) {
  const VerifyOptions options = {.packets = 9'000, .policies = 3, .seed = 2, .judges = {"xdp", "xdp-skb"}};
  EXPECT_EQ(run(options, [](const VerifyReport& report) { return agrees_on(report, 4'000); }), exit_ok);
}

TEST_F(LiveVerifyRoot, AfxdpIsExactOnItsOwnCore) {
  const VerifyOptions options = {.packets = 3'000, .policies = 1, .seed = 4, .judges = {"afxdp"}};
  EXPECT_EQ(run(options, [](const VerifyReport& report) { return agrees_on(report, 1'500); }), exit_ok);
}

/// Were arrivals not looked at, or the small case not the same one, this would be green.
TEST_F(LiveVerifyRoot, AWrongPrefixIsFoundMadeSmallAndRepeated) {
  std::filesystem::create_directories(out_);
  const std::filesystem::path policy = out_ / "prefix.nft";
  ASSERT_TRUE(write_file_atomically(policy,
                                    "table netdev t {\n  chain c {\n"
                                    "    type filter hook ingress device \"d0\" priority 0; policy accept;\n"
                                    "    tcp dport 22 counter drop\n"
                                    "    ip saddr { 198.18.3.0/24, 198.18.9.0/24 } udp dport 53 drop\n"
                                    "    ip6 saddr 2001:2::/64 accept\n  }\n}\n"));
  VerifyOptions options = {
      .packets = 2'000, .policy_file = policy.string(), .judges = {"fault-prefix"}, .stop_at_first = true};
  const auto caught = [](const VerifyReport& report) -> std::string {
    if (report.agreed() || report.mismatches.empty()) return "it was not caught";
    return report.mismatches[0].command.ends_with("--dut fault-prefix") ? "" : report.mismatches[0].command;
  };
  ASSERT_EQ(run(options, caught), exit_ok);
  const std::filesystem::path small = out_ / "fault-prefix-1" / "repro.nft";
  const ParsedPolicy parsed = load_policy(small.string());
  ASSERT_NE(parsed.policy, nullptr);
  EXPECT_EQ(parsed.policy->rules.size(), 1U) << parsed.policy->text;
  const auto packets = read_pcap((out_ / "fault-prefix-1" / "repro.pcap").string());
  ASSERT_TRUE(packets);
  ASSERT_EQ(packets->size(), 1U);

  options.policy_file = small.string();
  options.pcaps = {(out_ / "fault-prefix-1" / "repro.pcap").string()};
  EXPECT_EQ(run(options, caught), exit_ok);
  options.judges = {"xdp"};
  EXPECT_EQ(run(options, [](const VerifyReport& report) { return agrees_on(report, 1); }), exit_ok);
}

/// One wrong verdict in 100,000 frames: nothing that a frame alone shows.
TEST_F(LiveVerifyRoot, RareFaultsAreCaughtAndDrawnAgain) {
  std::filesystem::create_directories(out_);
  const std::filesystem::path policy = out_ / "drop.nft";
  ASSERT_TRUE(write_file_atomically(policy,
                                    "table netdev t {\n  chain c {\n"
                                    "    type filter hook ingress device \"d0\" priority 0; policy drop;\n"
                                    "    ip daddr 198.19.0.1 drop\n  }\n}\n"));
  const VerifyOptions options = {
      .packets = 150'000, .policy_file = policy.string(), .judges = {"fault-pass"}, .stop_at_first = true};
  const auto caught = [](const VerifyReport& report) -> std::string {
    if (report.agreed() || report.mismatches.empty()) return "it was not caught";
    const std::string& command = report.mismatches[0].command;
    return command.find("--packets 150000 --seed 1") != std::string::npos ? "" : command;
  };
  EXPECT_EQ(run(options, caught), exit_ok);
}

TEST_F(LiveVerifyRoot, WhoLooksAtNoPolicyIsNotAsked) {
  const VerifyOptions options = {.packets = 100, .policies = 1, .judges = {"null-drop"}};
  const auto skipped = [](const VerifyReport& report) -> std::string {
    if (anybody_asked(report) || !report.agreed()) return "it was asked";
    return report.judges[0].excluded.contains("every policy: it drops everything") ? "" : "for no reason";
  };
  EXPECT_EQ(run(options, skipped), exit_ok);
}

TEST_F(LiveVerifyRoot, UnknownDutsAreAUsageError) {
  const VerifyOptions options = {.packets = 100, .policies = 1, .judges = {"xdp", "tarot"}};
  EXPECT_EQ(run(options, [](const VerifyReport&) { return std::string(); }), exit_usage);
}

}  // namespace
}  // namespace fwbench::verify
