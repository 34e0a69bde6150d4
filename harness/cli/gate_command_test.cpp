// SPDX-License-Identifier: BSD-2-Clause
/// `fwbench gate` as its users start it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "cli/test_process.h"
#include "core/file.h"
#include "record/record_json.h"

namespace fwbench {
namespace {

using ::testing::HasSubstr;

class GateCommand : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string file(const std::string& name) const { return (folder_ / name).string(); }

  /// Pairs as short as can be.
  [[nodiscard]] ProcessResult gate(const std::vector<std::string>& more, const char* frames = "20000") const {
    std::vector<std::string> arguments = {"gate",     FWBENCH_SOURCE_DIR "/scenarios/syn_flood.ini",
                                          "--trial",  "50ms",
                                          "--pairs",  "6",
                                          "--out",    file("runs"),
                                          "--frames", frames};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_fwbench(arguments);
  }
  /// What `gate` says as JSON.
  [[nodiscard]] Record record_of(std::vector<std::string> more, int expected_code, const char* frames = "20000") const {
    more.insert(more.end(), {"--json", "-"});
    return record_in(gate(more, frames), expected_code);
  }
  [[nodiscard]] static Record record_in(const ProcessResult& result, int expected_code) {
    EXPECT_EQ(result.exit_code, expected_code) << result.err << result.out.substr(0, 2000);
    auto record = record_from_json(result.out);
    EXPECT_TRUE(record) << record.error().to_string();
    return record.value_or(Record{});
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / fmt::format("fwbench_gate_command_{}", ::getpid());
};

TEST_F(GateCommand, WrongUsageIsSaidBeforeAnythingRuns) {
  const auto err_of = [&](const std::vector<std::string>& more) {
    const ProcessResult result = gate(more);
    EXPECT_EQ(result.exit_code, exit_usage) << result.err;
    return result.err;
  };
  const std::vector<std::string> sides = {"--base", "xdp", "--head", "xdp"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), sides.begin(), sides.end());
    return more;
  };
  EXPECT_THAT(err_of({"--base", "xdp"}), HasSubstr("compares two"));
  EXPECT_THAT(err_of({"--base", "xdp", "--head", "tarot"}), HasSubstr("tarot"));
  EXPECT_THAT(err_of({"--base", "xdp", "--baseline", "x.json"}), HasSubstr("excludes"));
  EXPECT_THAT(err_of(with({"--threshold", "0.1"})), HasSubstr("--threshold wants a percentage"));
  EXPECT_THAT(err_of(with({"--threshold", "0%"})), HasSubstr("above 0%"));
  EXPECT_THAT(err_of(with({"--max-pairs", "5"})), HasSubstr("--max-pairs no less"));
  EXPECT_THAT(run_fwbench({"gate", "syn_flood", "--base", "xdp", "--head", "xdp", "--trial", "1us"}).err,
              HasSubstr("from 20ms to 60s"));
  EXPECT_THAT(gate(sides, "0").err, HasSubstr("--frames must be"));
  EXPECT_THAT(err_of(with({"--set", "matrix.traffic.seed=1,2"})), HasSubstr("one traffic"));
  EXPECT_THAT(err_of(with({"--set", "traffic.rate=100k"})), HasSubstr("constant load"));
  EXPECT_EQ(run_fwbench({"gate", "--baseline", file("none.json"), file("none.json")}).exit_code, exit_usage);
}

class RealGate : public GateCommand {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: sends real packets";
    GateCommand::SetUp();
  }
};

TEST_F(RealGate, FailsAHeadThatIsFarSlower) {
  const KernelObjects before = kernel_objects();
  const Record record = record_of({"--base", "null-drop", "--head", "xdp-skb", "--max-pairs", "12"}, exit_gate_failed);
  ASSERT_TRUE(record.gate);
  EXPECT_EQ(record.gate->answer, "fail");
  ASSERT_EQ(record.gate->metrics.size(), 1U);
  EXPECT_LT(record.gate->metrics[0].high, record.gate->metrics[0].bound);
  EXPECT_EQ(record.trials.size(), 2 + 2 * (record.gate->pairs + record.gate->invalid_pairs));
  for (const Trial& trial : record.trials) {
    ASSERT_TRUE(trial.side);
    EXPECT_EQ(trial.dut, *trial.side == "base" ? "null-drop" : "xdp-skb");
  }
  EXPECT_EQ(left_behind(before), "");
}

TEST_F(RealGate, NeverFailsADutAgainstItself) {
  // On a busy machine six pairs can be too few to say so, which is no failure.
  constexpr int kTries = 3;
  ProcessResult result;
  for (int tries = 0; tries < kTries && (tries == 0 || result.exit_code == exit_inconclusive); ++tries) {
    result = gate(
        {"--base", "xdp", "--head", "xdp", "--threshold", "90%", "--program-time", "--max-pairs", "6", "--json", "-"});
  }
  const Record record = record_in(result, exit_ok);
  ASSERT_TRUE(record.gate);
  EXPECT_EQ(record.gate->answer, "pass");
  EXPECT_EQ(record.gate->pairs, 6U) << "the first look decides";
  EXPECT_EQ(record.gate->metrics.size(), 2U) << "an XDP program has a time";
  for (const GateExact& exact : record.gate->exact) {
    EXPECT_EQ(exact.verdict, "same") << exact.name;
    if (exact.name == "verified_instructions" || exact.name == "jited_bytes" || exact.name == "map_bytes") {
      EXPECT_GT(exact.base.value_or(0), 0U) << exact.name;
    }
  }
  EXPECT_EQ(record.gate->exact.size(), 8U);
}

TEST_F(RealGate, FailsAWrongVerdictWithoutAnyPair) {
  const Record record =
      record_of({"--base", "xdp", "--head", "fault-drop", "--max-pairs", "6"}, exit_gate_failed, "3000000");
  ASSERT_TRUE(record.gate);
  EXPECT_EQ(record.gate->pairs, 0U);
  EXPECT_EQ(record.trials.size(), 2U);
  EXPECT_THAT(record.gate->reason, HasSubstr("0 in the base"));
}

// By real records of one short run: of the same host and scenario they can be compared, of another they are refused.
TEST_F(RealGate, TakesAStoredBaselineOfTheSameHostOnly) {
  const ProcessResult ran =
      run_fwbench({"run", FWBENCH_SOURCE_DIR "/scenarios/syn_flood.ini", "--no-plots", "--dut", "null-drop,xdp",
                   "--out", file("runs"), "--json", file("baseline.json"), "--set", "trial.rounds=6", "--set",
                   "trial.duration=20ms", "--set", "trial.repeats=1", "--set", "trial.delay_duration=0s"});
  ASSERT_EQ(ran.exit_code, exit_ok) << ran.err;
  const auto by_baseline = [&](const std::string& record) {
    return run_fwbench({"gate", "--baseline", file("baseline.json"), record, "--threshold", "50%"});
  };
  const ProcessResult same = by_baseline(file("baseline.json"));
  EXPECT_EQ(same.exit_code, exit_ok) << same.err << same.out;
  EXPECT_THAT(same.out, HasSubstr("xdp vs_null"));
  const auto text = read_file(file("baseline.json"));
  ASSERT_TRUE(text);
  auto record = record_from_json(*text);
  ASSERT_TRUE(record);
  record->host.host_class += " elsewhere";
  ASSERT_TRUE(write_file_atomically(file("elsewhere.json"), record_to_json(*record)));
  const ProcessResult refused = by_baseline(file("elsewhere.json"));
  EXPECT_EQ(refused.exit_code, exit_invalid);
  EXPECT_THAT(refused.err, HasSubstr("host class"));
}

}  // namespace
}  // namespace fwbench
