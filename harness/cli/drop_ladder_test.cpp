// SPDX-License-Identifier: BSD-2-Clause
/// The rungs of the drop ladder that are fwbench's own, and its ratios. Needs root.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cli/test_process.h"
#include "core/tool.h"
#include "record/record_json.h"

namespace fwbench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPolicy = R"(table netdev t {
  chain c {
    type filter hook ingress device "d0" priority 0; policy accept;
    udp dport 1234 counter drop
  }
}
)";

/// All of it is dropped by the policy.
constexpr const char* kLadderScenario = R"([policy]
file = p.nft
[dut]
list = null-drop
[traffic]
frames = 4096
[trial]
rounds = 3
duration = 80ms
ramp = 10ms
delay_duration = 0s
repeats = 4
[class.flood]
proto = udp
saddr = 198.18.0.0/16
daddr = 198.19.0.12
sport = any
dport = 1234
)";

class DropLadder : public ::testing::Test {
 protected:
  DropLadder() : folder_(std::filesystem::temp_directory_path() / fmt::format("fwbench_ladder_test_{}", ::getpid())) {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "p.nft") << kPolicy;
  }
  ~DropLadder() override { std::filesystem::remove_all(folder_); }
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: sends real packets";
  }

  std::string scenario(const std::string& more = {}) const {
    std::ofstream(folder_ / "s.ini") << kLadderScenario << more;
    return (folder_ / "s.ini").string();
  }

  /// An empty record, with a failure, when there is none.
  Record run(const std::string& scenario_file, const std::string& duts, int exit_code = 0) const {
    const ProcessResult result = run_fwbench(
        {"run", scenario_file, "--json", "-", "--no-plots", "--dut", duts, "--out", (folder_ / "runs").string()});
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    auto record = record_from_json(result.out);
    EXPECT_TRUE(record) << result.err;
    return record ? std::move(*record) : Record{};
  }

  static void expect_exact(const Record& record, const std::string& dut) {
    EXPECT_TRUE(record.valid);
    for (const Trial& trial : record.trials) EXPECT_EQ(trial.invalid_reason, "") << trial.dut;
    const auto found = record.summary.find(dut);
    ASSERT_NE(found, record.summary.end()) << dut;
    const DutSummary& summary = found->second;
    EXPECT_EQ(summary.ledger.unaccounted, 0) << dut;
    EXPECT_EQ(summary.verdicts.false_drop + summary.verdicts.false_pass, 0U) << dut;
    EXPECT_GT(summary.verdicts.expect_drop, 10'000U) << dut;
    EXPECT_TRUE(summary.mrr_pps) << dut;
  }

  std::filesystem::path folder_;
};

TEST_F(DropLadder, TcBpfIsExactOnTheEdgePolicy) {
  const KernelObjects before = kernel_objects();
  const Record record = run(kSmoke, "null-drop,tc-bpf");
  expect_exact(record, "tc-bpf");
  const DutSummary& summary = record.summary.at("tc-bpf");
  EXPECT_GT(summary.verdicts.expect_pass, 10'000U);
  EXPECT_EQ(summary.ledger.dropped_by_stack, 0U);
  EXPECT_EQ(summary.ledger.passed, summary.ledger.arrived);
  EXPECT_EQ(left_behind(before), "");
}

TEST_F(DropLadder, XdpFilterDropsAndPasses) {
  if (!find_tool("xdp-filter")) GTEST_SKIP() << "xdp-filter is not installed (apt-get install xdp-tools)";
  const KernelObjects before = kernel_objects();
  const Record record = run(scenario("[class.other]\nproto = udp\nsaddr = 198.18.0.0/16\ndaddr = 198.19.0.12\n"
                                     "dport = 1235\n"),
                            "null-drop,xdp-filter");
  expect_exact(record, "xdp-filter");
  const DutSummary& summary = record.summary.at("xdp-filter");
  EXPECT_GT(summary.verdicts.expect_pass, 10'000U);
  EXPECT_EQ(summary.ledger.passed, summary.ledger.arrived);
  EXPECT_THAT(summary.version.value_or(""), HasSubstr("xdp-filter 1."));
  EXPECT_EQ(left_behind(before), "");
}

TEST_F(DropLadder, XdpFilterSaysWhatItCannotDo) {
  if (!find_tool("xdp-filter")) GTEST_SKIP() << "xdp-filter is not installed (apt-get install xdp-tools)";
  const Record record = run(kSmoke, "null-drop,xdp-filter");
  EXPECT_THAT(record.summary.at("xdp-filter").skipped.value_or(""), HasSubstr("cannot run this policy: "));
  EXPECT_THAT(record.summary.at("xdp-filter").skipped.value_or(""), HasSubstr("edge.nft:"));
}

// Every frame is read by the process or was lost at a named place.
TEST_F(DropLadder, ReadersHaveExactBooks) {
  if (::sysconf(_SC_NPROCESSORS_ONLN) < 2) GTEST_SKIP() << "needs two CPUs";
  const KernelObjects before = kernel_objects();
  const Record record = run(scenario(), "packet-reader,udp-reader");
  for (const char* const dut : {"packet-reader", "udp-reader"}) {
    expect_exact(record, dut);
    const Ledger& ledger = record.summary.at(dut).ledger;
    EXPECT_GT(ledger.dropped_by_rule, 10'000U) << dut;
    EXPECT_EQ(ledger.seen, ledger.dropped_by_rule + ledger.lost_xsk) << dut;
    EXPECT_EQ(ledger.passed, 0U) << dut;
  }
  EXPECT_EQ(left_behind(before), "");
}

TEST_F(DropLadder, TheUdpReaderRefusesWhatDoesNotReachASocket) {
  if (::sysconf(_SC_NPROCESSORS_ONLN) < 2) GTEST_SKIP() << "needs two CPUs";
  const Record record = run(kSmoke, "null-drop,udp-reader");
  EXPECT_THAT(record.summary.at("udp-reader").skipped.value_or(""), HasSubstr("it reads one UDP socket"));
}

// The generator's count and g0's must be the same, and nothing may have come as far as d0.
TEST_F(DropLadder, NothingIsReceivedBehindNullTx) {
  const KernelObjects before = kernel_objects();
  const Record record = run(scenario(), "null-tx,null-drop");
  expect_exact(record, "null-tx");
  const Ledger& ledger = record.summary.at("null-tx").ledger;
  EXPECT_EQ(ledger.planned, ledger.dropped_by_rule);
  EXPECT_EQ(ledger.lost_ring, 0U);
  for (const Trial& trial : record.trials) {
    if (trial.dut != "null-tx") continue;
    EXPECT_EQ(trial.counters.count("d0.rx_packets"), 0U);
    EXPECT_EQ(trial.counters.at("g0.tx_dropped"), trial.ledger.planned);
  }
  const ProcessResult by_socket =
      run_fwbench({"run", scenario(), "--set", "traffic.engine=packet", "--dut", "null-tx,null-drop", "--quick",
                   "--no-plots", "--out", (folder_ / "runs").string()});
  EXPECT_THAT(by_socket.out + by_socket.err, HasSubstr("null-tx: needs the TX engine live"));
  EXPECT_EQ(left_behind(before), "");
}

TEST_F(DropLadder, RatiosAreMeasuredAndShown) {
  const std::string file = scenario(
      "[ratio.tc_drop]\nof = null-drop\nto = tc-bpf\npublished = 5\nsource = nobody\nat_least = 1\n"
      "[ratio.impossible]\nof = null-drop\nto = tc-bpf\nat_least = 100000\n"
      "[ratio.skb]\nof = tc-bpf\nto = xdp-skb\nat_least = 0.01\n"
      "[ratio.absent]\nof = null-drop\nto = iptables-raw\nat_least = 1\n");
  const Record record = run(file, "null-tx,null-drop,tc-bpf,xdp-skb");
  ASSERT_TRUE(record.ratios);
  ASSERT_EQ(record.ratios->size(), 3U) << "iptables-raw was not measured";
  EXPECT_EQ(record.ratios->at(0).verdict, "reproduced");
  EXPECT_EQ(record.ratios->at(0).measured.n, 3);
  EXPECT_EQ(record.ratios->at(1).verdict, "lower");
  // Not of null-drop's: in so short a run it may seem no slower than the generator alone.
  EXPECT_TRUE(record.ratios->at(2).dut_side);
  const ProcessResult report = run_fwbench({"report", (folder_ / "runs" / "s").string(), "--no-plots"});
  EXPECT_THAT(report.out, HasSubstr("This machine reproduces 2 of 3."));
  EXPECT_THAT(report.out, Not(HasSubstr("iptables-raw")));
}

}  // namespace
}  // namespace fwbench
