// SPDX-License-Identifier: BSD-2-Clause
/// What a CI does with fwbench: thresholds, exports, comparisons, shards.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "cli/test_process.h"
#include "core/file.h"
#include "core/tool.h"
#include "record/record_json.h"
#include "record/store.h"

namespace fwbench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kRecord = FWBENCH_SOURCE_DIR "/results/reference/syn_flood/record.json";
constexpr const char* kSweepRecord = FWBENCH_SOURCE_DIR "/results/reference/rule_scaling/record.json";

class Ci : public ::testing::Test {
 protected:
  Ci() : folder_(std::filesystem::temp_directory_path() / fmt::format("fwbench_ci_test_{}", ::getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~Ci() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string file(const std::string& name) const { return (folder_ / name).string(); }
  /// A script of ours, with this build of fwbench.
  [[nodiscard]] ToolResult script(const std::string& name, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"FWBENCH=" FWBENCH_BINARY, "GITHUB_STEP_SUMMARY=" + file("step.md"),
                                         FWBENCH_SOURCE_DIR "/scripts/ci/" + name});
    const auto ran = run_tool("env", arguments);
    EXPECT_TRUE(ran) << ran.error().to_string();
    return ran ? *ran : ToolResult{.status = -1, .out = {}, .err = {}};
  }

  std::filesystem::path folder_;
};

TEST_F(Ci, ReportWritesEveryFormatOfAnOldRecord) {
  for (const char* const format :
       {"junit", "github-summary", "annotations", "gha-bigger", "gha-smaller", "bmf", "csv", "gbench"}) {
    const ProcessResult shown = run_fwbench({"report", kRecord, "--format", format});
    EXPECT_EQ(shown.exit_code, 0) << format << shown.err;
    EXPECT_FALSE(shown.out.empty()) << format;
  }
  const ProcessResult written = run_fwbench({"report", kRecord, "--format", "csv", "-o", file("csv")});
  EXPECT_EQ(written.exit_code, 0) << written.err;
  EXPECT_EQ(read_file(file("csv")).value(), run_fwbench({"report", kRecord, "--format", "csv"}).out);
}

TEST_F(Ci, AnUnknownFormatIsNamed) {
  const ProcessResult result = run_fwbench({"report", kRecord, "--format", "junitt"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("did you mean 'junit'?"));
  EXPECT_THAT(run_fwbench({"report", kRecord, "--format", "zzz"}).err, HasSubstr("formats are junit,"));
  EXPECT_EQ(run_fwbench({"report", kRecord, "--format", "csv", "--json", "-"}).exit_code, 2);
  EXPECT_EQ(run_fwbench({"report", kRecord, "--format", "csv", "-o", file("none/x.csv")}).exit_code, 3);
}

TEST_F(Ci, PublishLeavesWhatACiShows) {
  const ToolResult result = script("publish", {kRecord, file("report")});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("::notice file="));
  EXPECT_THAT(read_file(file("step.md")).value(), HasSubstr("**PASS**"));
  for (const char* const name : {"report/junit.xml", "report/results.csv", "report/summary.md"}) {
    EXPECT_TRUE(std::filesystem::exists(folder_ / name)) << name;
  }
}

TEST_F(Ci, ComparesDutsAndRecords) {
  const ProcessResult duts = run_fwbench({"compare", kRecord, "xdp", "xdp-skb"});
  EXPECT_EQ(duts.exit_code, 0) << duts.err;
  EXPECT_THAT(duts.out, HasSubstr("slower, interval excludes 0"));
  EXPECT_EQ(run_fwbench({"compare", std::string(kRecord) + ":xdp", std::string(kRecord) + ":xdp-skb"}).out, duts.out);
  const ProcessResult records = run_fwbench({"compare", kRecord, kSweepRecord, "--json"});
  EXPECT_EQ(records.exit_code, 0) << records.err;
  EXPECT_THAT(records.out, HasSubstr("different scenarios"));
  EXPECT_EQ(run_fwbench({"compare", kRecord, kRecord}).exit_code, 2);
  EXPECT_THAT(run_fwbench({"compare", kRecord, "xpd", "xdp"}).err, HasSubstr("did you mean 'xdp'?"));
  EXPECT_EQ(run_fwbench({"compare", kRecord}).exit_code, 2);
}

TEST_F(Ci, ShardsThatCannotBeAreRefused) {
  for (const char* const shard : {"0/3", "4/3", "1", "a/b", "1/3x", "-1/3", "1/"}) {
    const ProcessResult result = run_fwbench({"run", kSmoke, "--shard", shard, "--out", file("runs")});
    EXPECT_EQ(result.exit_code, 2) << shard;
    EXPECT_THAT(result.err, HasSubstr("is not one of n parts")) << shard;
  }
  const ProcessResult many = run_fwbench({"run", kSmoke, "--shard", "1/4", "--out", file("runs")});
  EXPECT_EQ(many.exit_code, 2) << "smoke has 3 rounds";
  EXPECT_THAT(many.err, HasSubstr("at most 3 shards"));
  const ProcessResult whole = run_fwbench({"merge", kRecord, "-o", "-"});
  EXPECT_EQ(whole.exit_code, 2);
  EXPECT_THAT(whole.err, HasSubstr("is not a shard"));
}

/// The steps of a workflow, each in a subshell; what GitHub fills in is a word.
constexpr const char* kStepsOfWorkflow = R"perl(
my $workflow = YAML::XS::LoadFile($ARGV[0]);
die "no jobs" unless ref $workflow->{jobs};
for my $job (sort keys %{$workflow->{jobs}}) {
  for my $step (@{$workflow->{jobs}{$job}{steps}}) {
    die "a step of $job does nothing" unless $step->{run} or $step->{uses};
    my $run = $step->{run} or next;
    $run =~ s/\$\{\{.*?\}\}/word/g;
    print "(\n$run\n)\n";
  }
}
)perl";

TEST_F(Ci, WorkflowsAreYamlAndShellcheckHasNothingAgainstTheirSteps) {
  for (const char* const name : {"gate.yml", "shards.yml"}) {
    const std::string workflow = std::string(FWBENCH_SOURCE_DIR) + "/scripts/ci/" + name;
    const auto steps = run_tool_or_fail("perl", {"-MYAML::XS", "-e", kStepsOfWorkflow, workflow});
    ASSERT_TRUE(steps) << steps.error().to_string();
    EXPECT_THAT(*steps, HasSubstr("scripts/ci/publish")) << name;
    // Steps of a job in a container are run by sh.
    const auto checked = run_tool("shellcheck", {"--shell=sh", "-"}, *steps);
    ASSERT_TRUE(checked) << checked.error().to_string();
    EXPECT_EQ(checked->status, 0) << name << checked->out;
  }
}

TEST_F(Ci, TheScenarioOfTheGateIsOne) {
  const ProcessResult result = run_fwbench({"plan", FWBENCH_SOURCE_DIR "/scripts/ci/gate.ini"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("blocked"));
}

class CiAsRoot : public Ci {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: sends real packets";
  }
  [[nodiscard]] ProcessResult smoke(std::vector<std::string> more) const {
    std::vector<std::string> arguments = {
        "run", kSmoke, "--no-plots", "--out", file("runs"), "--set", "trial.delay_duration=0s"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_fwbench(arguments);
  }
};

TEST_F(CiAsRoot, ThresholdsDecideTheExitCode) {
  const ProcessResult failed = smoke({"--set", "thresholds.xdp.mrr_pps>=1G", "--set", "thresholds.*.false_pass==0"});
  EXPECT_EQ(failed.exit_code, 1) << failed.err;
  const auto record = load_record(file("runs/smoke"));
  ASSERT_TRUE(record);
  ASSERT_TRUE(record->thresholds);
  EXPECT_EQ(record->thresholds->front().verdict, "fail");
  EXPECT_EQ(record->thresholds->back().verdict, "pass");
  ASSERT_TRUE(record->thresholds->front().interval);
  EXPECT_EQ(record->thresholds->front().interval->n, 3);
  const ProcessResult unsure = smoke({"--set", "thresholds.xdp.mrr_pps>=1", "--set", "trial.rounds=2"});
  EXPECT_EQ(unsure.exit_code, 6) << "two rounds have no interval";
}

TEST_F(CiAsRoot, ThresholdsHoldAndTheRunKnowsWhatElseWentOn) {
  const ProcessResult held = smoke({"--set", "thresholds.xdp.mrr_pps>=1", "--set", "thresholds.*.false_pass==0"});
  ASSERT_EQ(held.exit_code, 0) << held.err;
  EXPECT_THAT(held.out, HasSubstr("Thresholds"));
  const auto record = load_record(file("runs/smoke"));
  ASSERT_TRUE(record);
  ASSERT_TRUE(record->conditions);
  EXPECT_TRUE(record->conditions->load_before);
  EXPECT_TRUE(record->conditions->steal_share);
  for (const Trial& trial : record->trials) EXPECT_TRUE(trial.steal_share) << trial.dut;
  const DutSummary& xdp = record->summary.at("xdp");
  EXPECT_NEAR(*xdp.headroom * xdp.vs_null->median, 1, 1e-9);
  EXPECT_EQ(*xdp.lower_bound, *xdp.headroom <= 1.1);
  EXPECT_FALSE(record->summary.at("null-drop").headroom);
}

// Catches a shard with rounds of another, and a merge that loses or doubles some.
TEST_F(CiAsRoot, ShardsByGnuParallelGiveTheWholeCampaign) {
  const ToolResult result =
      script("shard-parallel", {"3", kSmoke, file("campaign"), "--set", "thresholds.xdp.mrr_pps>=1"});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto record = load_record(file("campaign/record.json"));
  ASSERT_TRUE(record) << record.error().to_string();
  EXPECT_TRUE(record->complete);
  EXPECT_TRUE(record->valid);
  const auto count = [&](TrialPurpose purpose, int shard) {
    return std::count_if(record->trials.begin(), record->trials.end(),
                         [&](const Trial& t) { return t.purpose == purpose && (shard == 0 || t.shard == shard); });
  };
  EXPECT_EQ(count(TrialPurpose::correctness, 2), 3) << "each DUT in each shard";
  EXPECT_EQ(count(TrialPurpose::mrr, 0), 9) << "3 rounds of 3 DUTs";
  EXPECT_EQ(count(TrialPurpose::mrr, 1), 3);
  EXPECT_EQ(count(TrialPurpose::delay_load, 0), 2) << "of null-pass and xdp, each once";
  EXPECT_EQ(record->summary.at("xdp").vs_null->n, 3);
  EXPECT_EQ(record->summary.at("xdp").verdicts.false_drop, 0U);
  EXPECT_TRUE(record->summary.at("xdp").delay_load);
  EXPECT_EQ(record->thresholds->front().verdict, "pass");
  for (const Trial& trial : record->trials) {
    if (trial.purpose != TrialPurpose::mrr) continue;
    EXPECT_EQ(trial.round, trial.shard);
  }
  EXPECT_FALSE(load_record(file("campaign/shard-1.json"))->thresholds) << "one round decides nothing";
  const std::string one = file("campaign/shard-1.json");
  const ProcessResult twice = run_fwbench({"merge", one, one, file("campaign/shard-2.json"), "-o", file("x.json")});
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_THAT(twice.err, HasSubstr("shard 1/3 is there twice"));
  EXPECT_THAT(run_fwbench({"merge", one, "-o", file("x.json")}).err, HasSubstr("shard 2/3 is missing"));
}

}  // namespace
}  // namespace fwbench
