// SPDX-License-Identifier: BSD-2-Clause
/// Every judge in a short campaign, and the proof that a wrong one is caught. Needs root.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "lab/lab_process.h"
#include "traffic/pcap_file.h"
#include "verify/verify.h"

namespace fwbench::verify {
namespace {

using ::testing::HasSubstr;

class VerifyRoot : public ::testing::Test {
 protected:
  VerifyRoot() : out_(std::filesystem::temp_directory_path() / fmt::format("fwbench_verify_test_{}", ::getpid())) {}
  ~VerifyRoot() override { std::filesystem::remove_all(out_); }
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root for BPF programs and namespaces";
  }

  std::filesystem::path out_;
};

TEST_F(VerifyRoot, EnginesAndLibpcapAgreeWithTheOracle) {
  VerifyOptions options = {.packets = 20'000, .policies = 20, .seed = 3};
  options.out = out_;
  const auto report = verify(options, {});
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_TRUE(report->agreed()) << render_report(*report);
}

TEST_F(VerifyRoot, NftAgreesWithTheOracle) {
  const auto code = run_in_lab_process([&] {
    VerifyOptions options = {.packets = 20'000, .policies = 20, .seed = 3, .judges = {"nft"}};
    options.out = out_;
    const auto report = verify(options, {});
    if (!report) {
      fmt::print(stderr, "{}\n", report.error().to_string());
      return static_cast<int>(exit_internal);
    }
    if (!report->agreed()) fmt::print(stderr, "{}\n", render_report(*report));
    return static_cast<int>(report->agreed() ? exit_ok : exit_verdict_mismatch);
  });
  ASSERT_TRUE(code) << code.error().to_string();
  EXPECT_EQ(*code, exit_ok);
}

/// Were verdicts not compared, or mismatches not repeated, this would be green.
TEST_F(VerifyRoot, AFaultyFirewallIsCaughtAndTheCaseRepeats) {
  VerifyOptions options = {.packets = 5'000, .policies = 3, .seed = 1, .judges = {"xdp"}};
  options.out = out_;
  options.faults = {.pass_every = 1};
  const auto report = verify(options, {});
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_FALSE(report->agreed());
  ASSERT_FALSE(report->mismatches.empty());
  const MismatchReport& mismatch = report->mismatches.front();
  EXPECT_THAT(mismatch.command, HasSubstr("fwbench verify --policy"));
  const ParsedPolicy small = load_policy(mismatch.policy);
  ASSERT_NE(small.policy, nullptr);
  EXPECT_LE(small.policy->rules.size(), 1U) << small.policy->text;
  const auto packets = read_pcap(mismatch.pcap);
  ASSERT_TRUE(packets);
  ASSERT_EQ(packets->size(), 1U);

  VerifyOptions again = options;
  again.policy_file = mismatch.policy;
  again.pcaps = {mismatch.pcap};
  again.out = out_ / "again";
  const auto repeated = verify(again, {});
  ASSERT_TRUE(repeated) << repeated.error().to_string();
  EXPECT_EQ(repeated->packets, 1U);
  EXPECT_FALSE(repeated->agreed());
  again.faults = {};
  const auto sound = verify(again, {});
  ASSERT_TRUE(sound) << sound.error().to_string();
  EXPECT_TRUE(sound->agreed());
}

/// A fault that comes every hundredth time cannot be repeated with one packet: the packets before it are kept.
TEST_F(VerifyRoot, ARareFaultIsCaughtWithThePacketsBeforeIt) {
  VerifyOptions options = {.packets = 5'000, .policies = 3, .seed = 1, .judges = {"xdp"}};
  options.out = out_;
  options.faults = {.pass_every = 100, .drop_every = 100};
  const auto report = verify(options, {});
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_FALSE(report->agreed());
  ASSERT_FALSE(report->mismatches.empty());
  EXPECT_THAT(report->mismatches.front().command, HasSubstr("--fault-pass-every 100"));
}

}  // namespace
}  // namespace fwbench::verify
