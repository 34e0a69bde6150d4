// SPDX-License-Identifier: BSD-2-Clause
/// Constant loads, odd packets and illegal traffic in the real kernel: every frame is known, judged and counted.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "cli/test_process.h"
#include "core/test_kernel_threads.h"
#include "record/record_json.h"

namespace fwbench {
namespace {

std::string scenario(const char* name) {
  return fmt::format("{}/scenarios/{}.ini", FWBENCH_SOURCE_DIR, name);
}

class Loads : public ::testing::Test {
 protected:
  Loads() : folder_(std::filesystem::temp_directory_path() / fmt::format("fwbench_load_cli_{}", ::getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~Loads() override { std::filesystem::remove_all(folder_); }
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: sends real packets";
  }

  /// One short round of each: it is the counts that are looked at.
  /// @param expected_code of the run; nothing: 0, or 4 when the machine was too busy for a search
  Record run(const char* name, const std::string& duts, const std::vector<std::string>& settings,
             std::optional<int> expected_code = 0) {
    std::vector<std::string> arguments = {"run",     scenario(name),
                                          "--quick", "--no-plots",
                                          "--json",  "-",
                                          "--out",   (folder_ / "runs").string(),
                                          "--dut",   duts,
                                          "--set",   "trial.rounds=1",
                                          "--set",   "trial.duration=60ms",
                                          "--set",   "trial.repeats=1"};
    for (const std::string& setting : settings) arguments.insert(arguments.end(), {"--set", setting});
    const ProcessResult result = run_fwbench(arguments);
    if (expected_code) {
      EXPECT_EQ(result.exit_code, *expected_code) << result.err << result.out.substr(0, 2000);
    } else {
      EXPECT_TRUE(result.exit_code == exit_ok || result.exit_code == exit_invalid) << result.err;
    }
    auto record = record_from_json(result.out);
    EXPECT_TRUE(record) << record.error().to_string();
    return record.value_or(Record{});
  }

 private:
  std::filesystem::path folder_;
};

const CaseSummary& case_of(const Record& record, const std::string& dut, size_t i) {
  return record.summary.at(dut).cases->at(i);
}

TEST_F(Loads, TheRampBeginsWithTheFirstFrame) {
  const Record record = run("syn_flood", "null-pass",
                            {"trial.rounds=3", "trial.duration=200ms", "trial.ramp=0s", "trial.delay_duration=0s"});
  // An engine takes up to 20 ms to set up, and so long is one point of the timeline. The host may pause in one trial.
  int full_from_the_start = 0;
  for (const Trial& trial : record.trials) {
    if (trial.timeline.size() < 5) continue;
    std::vector<double> rates;
    for (const TimelinePoint& point : trial.timeline) rates.push_back(point.pps);
    std::ranges::nth_element(rates, rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2));
    full_from_the_start += trial.timeline.front().pps > 0.8 * rates[rates.size() / 2] ? 1 : 0;
  }
  EXPECT_GT(full_from_the_start, 0);
}

TEST_F(Loads, OfEachClassItIsKnownWhatWasSentAndWhatArrived) {
  const Record record = run("syn_flood_curve", "null-pass,xdp", {"matrix.class.attack.rate=0,100k"});
  ASSERT_TRUE(record.sweep);
  for (const char* const dut : {"null-pass", "xdp"}) {
    const CaseSummary& attacked = case_of(record, dut, 1);
    ASSERT_EQ(attacked.classes.size(), 2U) << dut;
    const ClassCounts& customers = attacked.classes[0];
    EXPECT_EQ(customers.name, "customers");
    EXPECT_GT(customers.legal, 0U);
    EXPECT_EQ(customers.legal, customers.sent);
    EXPECT_EQ(customers.arrived, customers.legal) << dut << " shares the generator's core and cannot lose any";
    const ClassCounts& attack = attacked.classes[1];
    EXPECT_EQ(attack.illegal, attack.sent);
    EXPECT_EQ(attack.leaked, std::string_view(dut) == "xdp" ? 0U : attack.illegal) << dut;
    EXPECT_NEAR(static_cast<double>(attack.sent) / static_cast<double>(customers.sent), 2, 0.1)
        << "100k beside 50k; the last pass through the table is not a whole one";
    ASSERT_TRUE(attacked.load);
    EXPECT_EQ(attacked.load->load_pps, 150'000);
    EXPECT_EQ(attacked.load->goodput.median, 1);
    EXPECT_FALSE(attacked.mrr_pps);
  }
  for (const Trial& trial : record.trials) {
    if (trial.purpose != TrialPurpose::load) continue;
    EXPECT_GT(trial.delay.value_or(DelayStats{}).n, 0U) << "probes beside it";
  }
}

TEST_F(Loads, ALeakIsCountedByPacketsAndByFramesAndHasABound) {
  // Every 100,000th frame that should be dropped passes.
  const Record record =
      run("illegal_mix", "fault-pass,xdp",
          {"class.illegal.share=0.9", "policy.rules=100", "traffic.frames=8000", "trial.repeats=30"}, 5);
  const auto& fault = record.summary.at("fault-pass").leak;
  ASSERT_TRUE(fault);
  EXPECT_GE(fault->leaked, 2U);
  EXPECT_EQ(fault->leaked, record.summary.at("fault-pass").verdicts.false_pass);
  EXPECT_GT(fault->upper95, fault->share);
  EXPECT_EQ(fault->illegal_frames, 7'200U);
  const auto& xdp = record.summary.at("xdp").leak;
  ASSERT_TRUE(xdp);
  EXPECT_EQ(xdp->leaked, 0U);
  EXPECT_NEAR(xdp->upper95 * static_cast<double>(xdp->illegal), 3, 0.01) << "the rule of three";
}

TEST_F(Loads, OddPacketsMeetTheOraclesVerdictEverywhere) {
  for (const char* const name : {"fragments", "malformed"}) {
    const Record record = run(name, "xdp,nft,iptables", {});
    for (const std::string& dut : record.duts) {
      const DutSummary& summary = record.summary.at(dut);
      EXPECT_EQ(summary.ledger.unaccounted, 0) << name << " " << dut;
      EXPECT_GT(summary.verdicts.expect_pass, 1000U) << name << " " << dut;
      EXPECT_GT(summary.verdicts.expect_drop, 1000U) << name << " " << dut;
      EXPECT_EQ(summary.skipped.has_value(), dut == "iptables") << name << ": it has a case that iptables cannot do";
    }
    EXPECT_TRUE(record.summary.at("iptables").cases->at(0).mrr_pps) << name << ", and one that it can";
    if (std::string_view(name) == "malformed") {
      EXPECT_GT(record.summary.at("iptables").ledger.dropped_by_stack, 1000U) << "before any rule was asked";
    }
  }
}

TEST_F(Loads, BurstsAreSentWholeAndArrive) {
  const Record record = run("burst", "xdp", {"matrix.class.customers.burst=1,256"});
  for (size_t i = 0; i < 2; ++i) {
    const CaseSummary& xdp = case_of(record, "xdp", i);
    EXPECT_EQ(xdp.classes.at(0).arrived, xdp.classes.at(0).legal);
  }
}

TEST_F(Loads, ASearchEndsWithBoundsThatFollowFromItsTrials) {
  SKIP_WITHOUT_KERNEL_THREADS();
  const Record record = run("ndr", "xdp", {"trial.search_width=0.3", "trial.delay_duration=20ms"}, std::nullopt);
  ASSERT_TRUE(record.searches);
  ASSERT_EQ(record.searches->size(), 1U);
  const RateSearch& search = record.searches->front();
  EXPECT_EQ(search.dut, "xdp");
  EXPECT_EQ(record.valid, search.end != "void_trials");
  EXPECT_TRUE(search.placement.starts_with("split")) << search.placement;
  ASSERT_GE(search.trials.size(), 2U);
  EXPECT_EQ(search.trials.front().load_pps, search.max_load);
  for (const LoadTrial& trial : search.trials) {
    EXPECT_GE(trial.load_pps, search.min_load);
    EXPECT_LE(trial.load_pps, search.max_load);
    EXPECT_LE(trial.lost, trial.legal);
    EXPECT_LE(trial.legal, trial.sent);
    // Half of the frames are legal: loss is counted among those alone.
    if (trial.void_reason.empty()) {
      EXPECT_NEAR(static_cast<double>(trial.legal) / static_cast<double>(trial.sent), 0.5, 0.1);
    }
  }
  ASSERT_EQ(search.rates.size(), 2U);
  for (const SearchedRate& rate : search.rates) {
    if (!rate.lower) continue;
    EXPECT_LE(*rate.throughput, static_cast<double>(*rate.lower));
    EXPECT_LT(*rate.lower, rate.upper.value_or(UINT64_MAX));
  }
  std::vector<std::string> delays;
  for (const Trial& trial : record.trials) {
    if (!trial.load_pps || !trial.delay) continue;
    delays.push_back(fmt::format("{} {}", trial.round, trial.arrivals.value_or("even")));
    EXPECT_NEAR(*trial.load_pps, static_cast<double>(search.rates[1].lower.value_or(0)) * trial.round / 100, 1);
  }
  const std::vector<std::string> all = {"0 even",  "10 poisson", "50 poisson", "90 poisson",
                                        "10 even", "50 even",    "90 even"};
  EXPECT_EQ(delays, search.rates[1].lower ? all : std::vector<std::string>{});
  EXPECT_EQ(record.summary.at("xdp").verdicts.false_pass, 0U);
}

}  // namespace
}  // namespace fwbench
