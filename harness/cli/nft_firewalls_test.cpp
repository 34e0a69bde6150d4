// SPDX-License-Identifier: BSD-2-Clause
/// The nftables firewalls in the real kernel: every verdict is the oracle's, every frame is accounted for, and what
/// they cannot do is said.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cli/test_process.h"
#include "record/record_json.h"

namespace fwbench {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class NftFirewalls : public ::testing::Test {
 protected:
  NftFirewalls() : folder_(std::filesystem::temp_directory_path() / fmt::format("fwbench_nft_cli_{}", ::getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~NftFirewalls() override { std::filesystem::remove_all(folder_); }
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: sends real packets";
  }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  /// One short round without delays: it is the correctness pass in front of it that counts here.
  ProcessResult run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "run");
    arguments.insert(arguments.end(),
                     {"--quick", "--no-plots", "--json", "-", "--out", (folder_ / "runs").string(), "--set",
                      "trial.rounds=1", "--set", "trial.duration=50ms", "--set", "trial.delay_duration=0s"});
    return run_fwbench(arguments);
  }
  /// Exact verdicts and balanced books of these DUTs. Rates are not asked for: a sweep has them in its cases, and the
  /// one short trial may be thrown away on a busy machine.
  void expect_exact(const ProcessResult& result, const std::vector<std::string>& duts) const {
    ASSERT_EQ(result.exit_code, 0) << result.err << result.out.substr(0, 2000);
    const auto record = record_from_json(result.out);
    ASSERT_TRUE(record) << record.error().to_string();
    EXPECT_TRUE(record->valid);
    for (const std::string& dut : duts) {
      const DutSummary& summary = record->summary.at(dut);
      EXPECT_FALSE(summary.skipped) << dut << ": " << *summary.skipped;
      EXPECT_THAT(summary.version.value_or(""), StartsWith("nftables 1.")) << dut;
      EXPECT_EQ(summary.ledger.unaccounted, 0) << dut;
      EXPECT_EQ(summary.verdicts.false_drop + summary.verdicts.false_pass, 0U) << dut;
      EXPECT_GT(summary.verdicts.expect_pass, 1000U) << dut;
      EXPECT_GT(summary.verdicts.expect_drop, 1000U) << dut;
    }
  }

  std::filesystem::path folder_;
};

/// Goes red when what a chain of ours counts is not what it should be: books that do not balance.
TEST_F(NftFirewalls, JudgeEveryFrameOfEdgeNftRight) {
  const KernelObjects before = kernel_objects();
  const std::vector<std::string> duts = {"nft", "nft-prerouting", "nft-forward", "nft-ct"};
  expect_exact(run({kSmoke, "--dut", fmt::format("{}", fmt::join(duts, ","))}), duts);
  EXPECT_EQ(left_behind(before), "");
}

TEST_F(NftFirewalls, RulesAndTheirLookupGiveTheSameVerdicts) {
  expect_exact(run({kRuleScaling, "--dut", "nft,nft-set,nft-forward", "--set", "matrix.policy.rules=10,200", "--set",
                    "traffic.frames=4096"}),
               {"nft", "nft-set", "nft-forward"});
}

/// A little traffic for policies of the other families; ARP is what only netdev sees.
constexpr const char* kFamiliesScenario =
    "[scenario]\npurpose = test\n[policy]\nfile = policy.nft\n[dut]\nlist = nft, nft-prerouting, nft-forward\n"
    "[traffic]\nframes = 4096\nprobe_class = open\n[trial]\nrepeats = 8\n"
    "[class.open]\nsaddr = 198.18.0.0/16\ndaddr = 198.19.0.0/24\ndport = 80\n"
    "[class.closed]\nsaddr = 198.18.0.0/16\ndaddr = 198.19.0.0/24\ndport = 81\n"
    "[class.open6]\nip = 6\nsaddr = 2001:2::/64\ndaddr = 2001:2:0:1::/120\ndport = 80\n"
    "[class.closed6]\nip = 6\nsaddr = 2001:2::/64\ndaddr = 2001:2:0:1::/120\ndport = 81\n";

/// Goes red when the frames that a chain of the family never sees are dropped by the netdev chain made of it.
TEST_F(NftFirewalls, PoliciesOfTheOtherFamiliesMeanTheSameAtEveryHook) {
  const std::string scenario = write("families.ini", kFamiliesScenario);
  for (const char* const family : {"inet", "ip", "ip6"}) {
    SCOPED_TRACE(family);
    write("policy.nft", fmt::format("table {} t {{\n chain c {{\n  type filter hook input priority 0; policy drop;\n"
                                    "  tcp dport 80 accept\n }}\n}}\n",
                                    family));
    const ProcessResult result = run({scenario});
    expect_exact(result, {"nft", "nft-prerouting", "nft-forward"});
  }
}

TEST_F(NftFirewalls, WhatTheyCannotRunIsSkippedWithTheReason) {
  const ProcessResult result = run({kSmoke, "--dut", "nft,nft-set"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto record = record_from_json(result.out);
  ASSERT_TRUE(record) << record.error().to_string();
  ASSERT_TRUE(record->summary.at("nft-set").skipped);
  EXPECT_THAT(*record->summary.at("nft-set").skipped, HasSubstr("cannot run this policy: "));
  EXPECT_THAT(*record->summary.at("nft-set").skipped, HasSubstr("edge.nft:"));
  EXPECT_FALSE(record->summary.at("nft").skipped);
}

}  // namespace
}  // namespace fwbench
