// SPDX-License-Identifier: BSD-2-Clause
/// The command line as a user meets it: exit codes, messages, what is left behind.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cli/test_process.h"
#include "record/record_json.h"
#include "record/store.h"

namespace fwbench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSynFlood = FWBENCH_SOURCE_DIR "/scenarios/syn_flood.ini";
constexpr const char* kPolicySwap = FWBENCH_SOURCE_DIR "/scenarios/policy_swap.ini";

class Cli : public ::testing::Test {
 protected:
  Cli() : folder_(std::filesystem::temp_directory_path() / fmt::format("fwbench_cli_test_{}", ::getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~Cli() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  /// The scenario with one thing changed.
  std::string smoke_with(const std::string& from, const std::string& to) const {
    std::ifstream file(kSmoke);
    std::string text((std::istreambuf_iterator<char>(file)), {});
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    const std::string policies = std::string(FWBENCH_SOURCE_DIR) + "/scenarios/policies/";
    const size_t policy = text.find("policies/");
    if (policy != std::string::npos) text.replace(policy, 9, policies);
    return write("changed.ini", text);
  }
  std::string out() const { return (folder_ / "runs").string(); }

  std::filesystem::path folder_;
};

TEST_F(Cli, ReadingCommandsWorkWithoutRoot) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{{"version"},
                                                                                         {"list"},
                                                                                         {"list", "--duts"},
                                                                                         {"plan", kSynFlood},
                                                                                         {"plan", kSynFlood, "--json"},
                                                                                         {"explain", "trial.rounds"},
                                                                                         {"--help"},
                                                                                         {"run", "--help"}}) {
    const ProcessResult result = run_fwbench(arguments, {.as_nobody = true});
    EXPECT_EQ(result.exit_code, 0) << arguments.front() << result.err;
    EXPECT_THAT(result.out, Not(::testing::IsEmpty()));
  }
}

TEST_F(Cli, RunWithoutRootSaysWhatItNeedsAndLeavesNothing) {
  const ProcessResult result = run_fwbench({"run", kSmoke, "--out", out()}, {.as_nobody = true});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.err, HasSubstr("root"));
  EXPECT_THAT(result.err, HasSubstr("remedy"));
  EXPECT_FALSE(std::filesystem::exists(out()));
}

TEST_F(Cli, UnknownCommandAndOptionAreUsageErrors) {
  EXPECT_EQ(run_fwbench({"runn", kSmoke}).exit_code, 2);
  EXPECT_EQ(run_fwbench({"run", kSmoke, "--fast"}).exit_code, 2);
  EXPECT_EQ(run_fwbench({}).exit_code, 2);
}

TEST_F(Cli, ScenarioErrorsNameThePlaceAndTheRemedyAndNothingRuns) {
  const ProcessResult key = run_fwbench({"run", smoke_with("rounds", "rouns"), "--out", out()});
  EXPECT_EQ(key.exit_code, 2);
  EXPECT_THAT(key.err, HasSubstr("changed.ini:"));
  EXPECT_THAT(key.err, HasSubstr("did you mean 'rounds'"));
  EXPECT_EQ(run_fwbench({"run", (folder_ / "missing.ini").string(), "--out", out()}).exit_code, 2);
  const ProcessResult number = run_fwbench({"plan", kSmoke, "--set", "trial.rounds=many"});
  EXPECT_EQ(number.exit_code, 2);
  EXPECT_THAT(number.err, HasSubstr("--set trial.rounds=many"));
  const ProcessResult dut = run_fwbench({"plan", kSmoke, "--dut", "xpd"});
  EXPECT_EQ(dut.exit_code, 2);
  EXPECT_THAT(dut.err, HasSubstr("did you mean 'xdp'"));
  EXPECT_FALSE(std::filesystem::exists(out()));
}

TEST_F(Cli, AnUnsupportedPolicyExpressionIsNamed) {
  const std::string policy =
      write("p.nft",
            "table netdev filter {\n chain c {\n  type filter hook ingress device \"d0\" priority 0;\n"
            "  ct state established accept\n }\n}\n");
  const ProcessResult result = run_fwbench({"plan", kSmoke, "--set", "policy.file=" + policy});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("p.nft:4:3: error:"));
  EXPECT_THAT(result.err, HasSubstr("unsupported expression 'ct state'"));
}

class CliAsRoot : public Cli {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: sends real packets";
  }
  ProcessResult run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "run");
    arguments.insert(arguments.end(), {"--out", out()});
    return run_fwbench(arguments);
  }
};

TEST_F(CliAsRoot, SmokeRunsWithBalancedBooksAndRightVerdicts) {
  const KernelObjects before = kernel_objects();
  const ProcessResult result = run({kSmoke, "--quick", "--json", "-"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto record = record_from_json(result.out);
  ASSERT_TRUE(record) << record.error().to_string();
  EXPECT_TRUE(record->valid);
  EXPECT_TRUE(record->complete);
  EXPECT_TRUE(record->warnings.empty() || record->warnings.front().id != "foreign-frames");
  for (const auto& [dut, summary] : record->summary) {
    EXPECT_EQ(summary.ledger.unaccounted, 0) << dut;
    EXPECT_EQ(summary.verdicts.false_drop + summary.verdicts.false_pass, 0U) << dut;
    EXPECT_TRUE(summary.mrr_pps) << dut;
  }
  EXPECT_GT(record->summary.at("xdp").verdicts.expect_pass, 10'000U);
  EXPECT_GT(record->summary.at("xdp").verdicts.expect_drop, 10'000U);
  EXPECT_EQ(left_behind(before), "");
}

TEST_F(CliAsRoot, ReportWorksFromTheRecordAloneWithoutRoot) {
  ASSERT_EQ(run({kSmoke, "--quick", "--no-plots"}).exit_code, 0);
  std::filesystem::permissions(folder_, std::filesystem::perms::all);
  const ProcessResult result = run_fwbench({"report", out() + "/smoke", "--no-plots"}, {.as_nobody = true});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("MRR Mpps"));
}

/// Catches a case measured with the policy, the frames or in the lab of another: its verdicts would be wrong.
TEST_F(CliAsRoot, ChangesOfPolicyUnderLoadMixNothingAndLoseNothing) {
  const ProcessResult result =
      run({kPolicySwap, "--quick", "--json", "-", "--no-plots", "--dut", "null-drop,xdp,afxdp", "--set",
           "trial.duration=80ms", "--set", "swap.duration=400ms", "--set", "traffic.frames=4096"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto record = record_from_json(result.out);
  ASSERT_TRUE(record) << record.error().to_string();
  EXPECT_FALSE(record->summary.at("null-drop").swap);
  for (const char* const dut : {"xdp", "afxdp"}) {
    const DutSummary& summary = record->summary.at(dut);
    ASSERT_TRUE(summary.swap) << dut;
    EXPECT_GE(summary.swap->changes, 4U) << dut;
    EXPECT_GT(summary.swap->judged_probes, 100U) << dut;
    EXPECT_EQ(summary.swap->mixed, 0U) << dut;
    const auto trial = std::find_if(record->trials.begin(), record->trials.end(),
                                    [&](const Trial& t) { return t.dut == dut && t.purpose == TrialPurpose::swap; });
    ASSERT_NE(trial, record->trials.end());
    EXPECT_GT(trial->counters.at("control.planned"), 0U) << "known frames come first";
    EXPECT_EQ(summary.ledger.unaccounted, 0) << dut;
    EXPECT_EQ(summary.verdicts.false_drop + summary.verdicts.false_pass, 0U) << dut;
  }
}

TEST_F(CliAsRoot, ASweepMeasuresEveryCaseOfEveryDut) {
  const KernelObjects before = kernel_objects();
  const ProcessResult result =
      run({kRuleScaling, "--quick", "--json", "-", "--dut", "null-drop,xdp", "--set", "matrix.policy.rules=10,200",
           "--set", "traffic.frames=4096", "--set", "trial.duration=80ms"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto record = record_from_json(result.out);
  ASSERT_TRUE(record) << record.error().to_string();
  ASSERT_TRUE(record->sweep);
  EXPECT_EQ(record->sweep->cases.size(), 2U);
  EXPECT_EQ(record->trials.size(), 2U * 2U * (1 + 3)) << "correctness and three rounds";
  for (const char* const dut : {"null-drop", "xdp"}) {
    const DutSummary& summary = record->summary.at(dut);
    EXPECT_EQ(summary.ledger.unaccounted, 0) << dut;
    EXPECT_EQ(summary.verdicts.false_drop + summary.verdicts.false_pass, 0U) << dut;
    ASSERT_TRUE(summary.cases);
    for (const CaseSummary& one : *summary.cases) {
      EXPECT_TRUE(one.mrr_pps) << dut << one.traffic_case;
      EXPECT_EQ(one.vs_null.has_value(), std::string(dut) == "xdp") << one.traffic_case;
      EXPECT_GT(one.verdicts.expect_drop, 10'000U);
    }
    EXPECT_DOUBLE_EQ(summary.cases->front().vs_reference->median, 1) << "the reference is the first";
  }
  EXPECT_GT(record->summary.at("xdp").cases->back().verdicts.expect_pass, 1'000U);
  // A round is over before the next begins: cases are interleaved.
  int round = 0;
  for (const Trial& trial : record->trials) {
    EXPECT_GE(trial.round, round);
    round = trial.round;
  }
  const auto folder = find_record(out() + "/rule_scaling").value().parent_path();
  EXPECT_TRUE(std::filesystem::exists(folder / "policies" / "four_tuples-200-accept0.1-seed1.nft"));
  EXPECT_TRUE(std::filesystem::exists(folder / "plots" / "sweep.svg"));
  EXPECT_EQ(left_behind(before), "");
}

TEST_F(CliAsRoot, PacketEngineRunsToo) {
  const ProcessResult result = run({kSmoke, "--quick", "--no-plots", "--set", "traffic.engine=packet"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST_F(CliAsRoot, BrokenFirewallsAreCaughtWithTheRightNumbers) {
  const ProcessResult result =
      run({kSynFlood, "--quick", "--no-plots", "--json", "-", "--dut", "xdp,fault-pass,fault-drop,fault-prefix",
           "--set", "traffic.frames=16384", "--set", "trial.repeats=256"});
  ASSERT_EQ(result.exit_code, 5) << result.err;
  const auto record = record_from_json(result.out);
  ASSERT_TRUE(record) << record.error().to_string();
  EXPECT_EQ(record->summary.at("xdp").verdicts.false_pass + record->summary.at("xdp").verdicts.false_drop, 0U);
  for (const Trial& trial : record->trials) {
    if (trial.purpose != TrialPurpose::correctness) continue;
    // One in 100,000 of what the policy drops; the positive control took part of the first 100,000.
    if (trial.dut == "fault-pass") {
      EXPECT_NEAR(static_cast<double>(trial.verdicts.false_pass),
                  static_cast<double>(trial.verdicts.expect_drop) / 100'000, 1);
      EXPECT_EQ(trial.verdicts.false_drop, 0U);
      EXPECT_GT(trial.verdicts.false_pass, 10U);
    }
    if (trial.dut == "fault-drop") {
      EXPECT_NEAR(static_cast<double>(trial.verdicts.false_drop),
                  static_cast<double>(trial.verdicts.expect_pass) / 100'000, 1);
      EXPECT_EQ(trial.verdicts.false_pass, 0U);
      EXPECT_GT(trial.verdicts.false_drop, 0U);
    }
    if (trial.dut == "fault-prefix") {
      // Every packet of a frame whose source is next to a blocked /24.
      EXPECT_GT(trial.verdicts.false_drop, 0U);
      EXPECT_EQ(trial.verdicts.false_drop % 256, 0U);
      EXPECT_EQ(trial.verdicts.false_pass, 0U);
    }
    if (trial.dut != "xdp") {
      ASSERT_FALSE(trial.mismatches.empty()) << trial.dut;
      EXPECT_THAT(trial.mismatches.front().rule, HasSubstr("edge.nft:"));
    }
  }
  for (const char* const dut : {"fault-pass", "fault-drop", "fault-prefix"}) {
    EXPECT_THAT(result.err, HasSubstr(fmt::format("repro-{}/repro.pcap", dut)));
  }
  // What a frame alone shows is replayed; one wrong verdict in 100,000 frames takes them all.
  EXPECT_THAT(result.err, HasSubstr("repro.nft --dut fault-prefix"));
  EXPECT_THAT(result.err, HasSubstr("repeat with: fwbench run " + std::string(kSynFlood) + " --dut fault-pass"));
}

TEST_F(CliAsRoot, InterruptKeepsThePartialRecordAndIsCleanWithinTwoSeconds) {
  const KernelObjects before = kernel_objects();
  RunningProcess process = start_fwbench({"run", kSmoke, "--out", out(), "--set", "trial.duration=5s"});
  ASSERT_TRUE(wait_until([&] { return find_record(out() + "/smoke").has_value(); }, 20'000));
  process.signal(SIGINT);
  const auto began = std::chrono::steady_clock::now();
  const ProcessResult result = process.wait();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
  EXPECT_EQ(result.exit_code, 130);
  const auto record = load_record(out() + "/smoke");
  ASSERT_TRUE(record);
  EXPECT_FALSE(record->complete);
  EXPECT_FALSE(record->trials.empty());
  EXPECT_EQ(left_behind(before), "");
}

/// Guards against a namespace, link, program, map or process that outlives its run.
TEST_F(CliAsRoot, KilledAtAnyTimeItLeavesNothing) {
  const KernelObjects before = kernel_objects();
  const char* const wanted = std::getenv("FWBENCH_KILLS");
  const int kills = wanted != nullptr ? std::atoi(wanted) : 12;
  for (int i = 0; i < kills; ++i) {
    RunningProcess process = start_fwbench({"run", kSmoke, "--quick", "--out", out(), "--dut", "null-drop,xdp,afxdp"});
    // Spread over start-up, the correctness pass and the first rounds.
    std::this_thread::sleep_for(std::chrono::milliseconds((i * 397) % 2500));
    process.signal(SIGKILL);
    static_cast<void>(process.wait());
  }
  EXPECT_EQ(left_behind(before), "");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(out())) {
    EXPECT_TRUE(entry.is_directory() || entry.path().filename() == "record.json") << entry.path();
  }
}

TEST_F(CliAsRoot, ShellIsInTheLab) {
  const ProcessResult result =
      run_fwbench({"shell", kSmoke, "-c", "ip -o link; ip netns exec sink ip -o link; exit 7"});
  EXPECT_EQ(result.exit_code, 7) << result.err;
  for (const char* const link : {"d0@", "d1@", "s0@"}) EXPECT_THAT(result.out, HasSubstr(link));
}

TEST_F(Cli, VerifySaysWhatEachJudgeWasAsked) {
  const ProcessResult agreed =
      run_fwbench({"verify", "--packets", "2000", "--policies", "4", "--against", "afxdp,pcap", "--json"});
  ASSERT_EQ(agreed.exit_code, exit_ok) << agreed.err;
  EXPECT_THAT(agreed.out, HasSubstr("\"agreed\": true"));
  EXPECT_THAT(agreed.out, HasSubstr("IPv6 extension headers"));
  // A ruleset of several files, as a user's own may be.
  EXPECT_EQ(run_fwbench({"verify", "--packets", "2000", "--against", "afxdp", "--policy",
                         FWBENCH_SOURCE_DIR "/scenarios/policies/swap/base.nft"})
                .exit_code,
            exit_ok);
  EXPECT_EQ(run_fwbench({"verify", "--against", "tarot"}).exit_code, exit_usage);
  EXPECT_EQ(run_fwbench({"verify", "--policy", "/nonexistent.nft"}).exit_code, exit_usage);
}

TEST_F(CliAsRoot, VerifyCatchesAWrongDutAndItsCommandRepeatsIt) {
  const std::string policy = write("prefix.nft",
                                   "table netdev t {\n  chain c {\n"
                                   "    type filter hook ingress device \"d0\" priority 0; policy accept;\n"
                                   "    ip saddr 198.18.3.0/24 drop\n  }\n}\n");
  const std::vector<std::string> common = {"verify", "--packets", "1000", "--out", out()};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), common.begin(), common.end());
    return run_fwbench(more);
  };
  const ProcessResult caught = with({"--policy", policy, "--dut", "xdp,fault-prefix"});
  ASSERT_EQ(caught.exit_code, exit_verdict_mismatch) << caught.err;
  const std::string stem = out() + "/fault-prefix-1/repro";
  EXPECT_THAT(caught.out,
              HasSubstr("fwbench verify --policy " + stem + ".nft --pcap " + stem + ".pcap --dut fault-prefix"));
  EXPECT_EQ(with({"--policy", stem + ".nft", "--pcap", stem + ".pcap", "--dut", "fault-prefix"}).exit_code,
            exit_verdict_mismatch);
  EXPECT_EQ(with({"--policy", stem + ".nft", "--pcap", stem + ".pcap", "--dut", "xdp"}).exit_code, exit_ok);
  EXPECT_EQ(with({"--policy", policy, "--dut", "null-drop"}).exit_code, exit_skipped);
  EXPECT_EQ(with({"--policy", policy, "--dut", "tarot"}).exit_code, exit_usage);
}

TEST_F(Cli, VerifyCatchesAFaultyFirewallAndItsCommandRepeatsIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root for BPF programs";
  const ProcessResult caught = run_fwbench({"verify", "--packets", "2000", "--policies", "3", "--against", "xdp",
                                            "--fault-pass-every", "1", "--out", out()});
  ASSERT_EQ(caught.exit_code, exit_verdict_mismatch) << caught.err;
  EXPECT_THAT(caught.out,
              HasSubstr("fwbench verify --policy " + out() + "/xdp-1/repro.nft --pcap " + out() + "/xdp-1/repro.pcap"));
  const ProcessResult repeated =
      run_fwbench({"verify", "--policy", out() + "/xdp-1/repro.nft", "--pcap", out() + "/xdp-1/repro.pcap", "--against",
                   "xdp", "--fault-pass-every", "1", "--out", out()});
  EXPECT_EQ(repeated.exit_code, exit_verdict_mismatch) << repeated.err;
}

}  // namespace
}  // namespace fwbench
