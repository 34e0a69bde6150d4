// SPDX-License-Identifier: BSD-2-Clause
#include "gate/judge_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gate/paired.h"
#include "traffic/random.h"

namespace fwbench {
namespace {

using testing::HasSubstr;

/// Relative, uniform: what one trial differs from the next by.
constexpr double kNoise = 0.01;

struct Made {
  size_t pairs = 10;
  double head = 1;         ///< rate, to the base's
  double second_base = 1;  ///< rate of the base's second trial, to its first
  double program_ps = 0;   ///< of the head; the base's is 10,000; 0: neither has a time
  double base_pps = 1e6;
};

Trial side_trial(const char* side, int round) {
  Trial trial;
  trial.side = side;
  trial.round = round;
  trial.purpose = round == 0 ? TrialPurpose::correctness : TrialPurpose::mrr;
  return trial;
}

Record make_record(const Made& made) {
  SplitMix64 random(7);
  Record record;
  for (const char* const side : {"base", "head"}) {
    Trial& pass = record.trials.emplace_back(side_trial(side, 0));
    pass.counters = {{kVerifiedInstructions, 1000}, {kJitedBytes, 5000}, {kMapBytes, 65536}};
  }
  const auto orders = draw_orders(made.pairs, 3);
  for (size_t i = 0; i < orders.size(); ++i) {
    int bases = 0;
    for (const Side side : orders[i]) {
      const bool is_base = side == Side::base;
      Trial& trial = record.trials.emplace_back(side_trial(is_base ? "base" : "head", static_cast<int>(i) + 1));
      const double noise = 1 + kNoise * (static_cast<double>(random.next() >> 11) / 9007199254740992.0 - 0.5);
      const double own = is_base ? (bases++ == 0 ? 1 : made.second_base) : made.head;
      trial.rate_pps = made.base_pps * own * noise;
      if (made.program_ps > 0) {
        trial.counters[kProgramPicoseconds] = static_cast<uint64_t>((is_base ? 10'000 : made.program_ps) * noise);
      }
    }
  }
  return record;
}

/// Pairs of one trial a side, in slices. The machine's speed changes from block to block by far more than the head
/// differs, and the first slice of each block is slow.
Record make_sliced_record(double head) {
  constexpr size_t kBlocks = 20;
  SplitMix64 random(11);
  Record record = make_record({.pairs = 0});
  for (int pair = 1; pair <= 10; ++pair) {
    Trial sides[] = {side_trial("base", pair), side_trial("head", pair)};
    for (size_t block = 0; block < kBlocks; ++block) {
      const double speed = 1 + static_cast<double>(random.up_to(100)) / 100;
      for (const double place : {0.9, 1.0}) {
        sides[0].timeline.push_back({0, 1e6 * speed * place});
        sides[1].timeline.push_back({0, 1e6 * speed * place * head});
      }
    }
    for (Trial& side : sides) {
      side.rate_pps = 1e6;
      record.trials.push_back(side);
    }
  }
  return record;
}

Gate judge(const Record& record, const GateSettings& settings = {}) {
  Gate gate;
  gate.threshold = settings.threshold;
  judge_gate(record, settings, looks_of(settings), gate);
  return gate;
}

Trial& pass_of(Record& record, const char* side) {
  for (Trial& trial : record.trials) {
    if (trial.round == 0 && trial.side == side) return trial;
  }
  return record.trials.front();
}

const GateExact& exact(const Gate& gate, std::string_view name) {
  for (const GateExact& one : gate.exact) {
    if (one.name == name) return one;
  }
  ADD_FAILURE() << "no " << name;
  return gate.exact.front();
}

TEST(JudgeGate, HasThreeAnswers) {
  const Gate same = judge(make_record({}));
  EXPECT_EQ(same.answer, "pass") << same.reason;
  EXPECT_EQ(gate_exit_code(same), exit_ok);
  EXPECT_EQ(same.pairs, 10U);
  EXPECT_EQ(same.metrics.at(0).n, 10U);
  EXPECT_TRUE(same.base_check->holds);

  const Gate worse = judge(make_record({.head = 0.9}));
  EXPECT_EQ(worse.answer, "fail");
  EXPECT_EQ(gate_exit_code(worse), exit_gate_failed);
  EXPECT_NEAR(worse.metrics.at(0).ratio, 0.9, 0.01);
  EXPECT_THAT(worse.reason, HasSubstr("mrr_pps"));

  const Gate near = judge(make_record({.head = 0.975}));
  EXPECT_EQ(near.answer, "inconclusive");
  EXPECT_EQ(gate_exit_code(near), exit_inconclusive);
  EXPECT_EQ(judge(make_record({.head = 1.2})).answer, "pass");
}

TEST(JudgeGate, TakesSlicesBlockByBlock) {
  const Gate same = judge(make_sliced_record(1));
  EXPECT_EQ(same.answer, "pass") << same.reason;
  EXPECT_EQ(same.pairs, 10U);
  EXPECT_NEAR(same.metrics.at(0).ratio, 1, 1e-9);
  EXPECT_NEAR(same.base_check->ratio, 1, 0.1) << "of blocks, not of places in a block";
  const Gate worse = judge(make_sliced_record(0.96));
  EXPECT_EQ(worse.answer, "fail") << worse.reason;
  EXPECT_NEAR(worse.metrics.at(0).ratio, 0.96, 1e-9);
}

// Catches a slice that the host took away, and that decides a pair or makes it vanish.
TEST(JudgeGate, LeavesOutASliceWithoutAnyFrame) {
  Record record = make_sliced_record(0.96);
  for (Trial& trial : record.trials) {
    if (trial.round != 0 && trial.side == "base") trial.timeline[3].pps = 0;
    if (trial.round != 0 && trial.side == "head") trial.timeline[8].pps = 1;
  }
  const Gate gate = judge(record);
  EXPECT_EQ(gate.pairs, 10U);
  EXPECT_NEAR(gate.metrics.at(0).ratio, 0.96, 1e-9);
}

TEST(JudgeGate, SaysHowManyMorePairsWouldDecide) {
  const Gate gate = judge(make_record({.head = 0.9755}));
  ASSERT_EQ(gate.answer, "inconclusive") << gate.reason;
  ASSERT_TRUE(gate.metrics.at(0).more_pairs);
  EXPECT_THAT(gate.reason, HasSubstr(fmt::format("about {} more pairs", *gate.metrics[0].more_pairs)));
}

TEST(JudgeGate, TakesTheSameDifferenceOfAFastAndOfASlowMachine) {
  const Gate slow = judge(make_record({.head = 0.9, .base_pps = 1e3}));
  const Gate fast = judge(make_record({.head = 0.9, .base_pps = 1e7}));
  EXPECT_DOUBLE_EQ(slow.metrics.at(0).ratio, fast.metrics.at(0).ratio);
}

// Catches sides exchanged, and rates paired with trials of other pairs: the machine is half as fast in every other.
TEST(JudgeGate, PairsWhatWasMeasuredTogether) {
  Record record = make_record({.head = 0.9});
  for (Trial& trial : record.trials) {
    if (trial.rate_pps && trial.round % 2 == 0) trial.rate_pps = *trial.rate_pps / 2;
  }
  const Gate gate = judge(record);
  EXPECT_EQ(gate.answer, "fail");
  EXPECT_NEAR(gate.metrics.at(0).ratio, 0.9, 0.01);
  EXPECT_LT(gate.metrics[0].high - gate.metrics[0].low, 0.02);
}

TEST(JudgeGate, LeavesOutPairsWithAnInvalidTrial) {
  Record record = make_record({.pairs = 10});
  Trial& bad = record.trials.at(4);
  bad.valid = false;
  bad.rate_pps = 1;
  const Gate gate = judge(record);
  EXPECT_EQ(gate.answer, "pass");
  EXPECT_EQ(gate.pairs, 9U);
  EXPECT_EQ(gate.invalid_pairs, 1U);
}

TEST(JudgeGate, DoesNotAnswerWithTooFewPairs) {
  const Gate gate = judge(make_record({.pairs = kMinPairs - 1, .head = 0.5}));
  EXPECT_EQ(gate.answer, "inconclusive");
  EXPECT_TRUE(gate.metrics.empty());
  EXPECT_EQ(judge(make_record({.pairs = kMinPairs, .head = 0.5})).answer, "fail");
}

// A head that decides nothing has no ratio; without a metric there is nothing that could pass.
TEST(JudgeGate, DoesNotPassAHeadWithoutARate) {
  EXPECT_EQ(judge(make_record({.head = 0})).answer, "inconclusive");
}

TEST(JudgeGate, IsVoidWhenTheBaseDiffersFromItself) {
  const Gate gate = judge(make_record({.head = 0.8, .second_base = 0.9}));
  EXPECT_EQ(gate.answer, "void");
  EXPECT_EQ(gate_exit_code(gate), exit_invalid);
  EXPECT_FALSE(gate.base_check->holds);
  EXPECT_NEAR(gate.base_check->ratio, 0.9, 0.01);
  EXPECT_EQ(judge(make_record({.second_base = 0.99})).answer, "pass");
}

TEST(JudgeGate, JudgesTheProgramsTimeWhenAskedTo) {
  const Record slower = make_record({.program_ps = 11'000});
  EXPECT_EQ(judge(slower).answer, "pass");
  const Gate gate = judge(slower, {.program_time = true});
  EXPECT_EQ(gate.answer, "fail");
  ASSERT_EQ(gate.metrics.size(), 2U);
  EXPECT_EQ(gate.metrics[0].answer, "pass");
  EXPECT_EQ(gate.metrics[1].metric, "program_ns");
  EXPECT_EQ(gate.metrics[1].better, "lower");
  EXPECT_EQ(gate.metrics[1].answer, "fail");
  EXPECT_EQ(judge(make_record({.program_ps = 9'000}), {.program_time = true}).answer, "pass");
  const Gate without = judge(make_record({}), {.program_time = true});
  EXPECT_EQ(without.answer, "pass") << "nft has no program";
  EXPECT_EQ(without.metrics.size(), 1U);
}

TEST(DeterministicTier, FailsByOneWrongVerdictOfTheHead) {
  for (uint64_t VerdictCounts::*const wrong : {&VerdictCounts::false_drop, &VerdictCounts::false_pass}) {
    Record record = make_record({.pairs = 0});
    pass_of(record, "head").verdicts.*wrong = 1;
    const Gate gate = judge(record);
    EXPECT_EQ(gate.answer, "fail");
    EXPECT_EQ(gate_exit_code(gate), exit_gate_failed);
    EXPECT_THAT(gate.reason, HasSubstr("0 in the base, 1 in the head"));
    pass_of(record, "base").verdicts.*wrong = 1;
    EXPECT_EQ(judge(record).answer, "inconclusive") << "no worse than the base";
    pass_of(record, "head").verdicts.*wrong = 0;
    EXPECT_EQ(judge(record).answer, "inconclusive") << "better";
  }
}

TEST(DeterministicTier, FailsByAFrameThatNobodyAccountsFor) {
  Record record = make_record({.pairs = 0});
  pass_of(record, "head").ledger.unaccounted = 1;
  EXPECT_EQ(judge(record).answer, "fail");
}

TEST(DeterministicTier, FailsByAWrongVerdictUnderLoadWhereTheBaseHasNone) {
  Record record = make_record({});
  record.trials.back().verdicts.false_pass = 1;
  const bool of_head = record.trials.back().side == "head";
  EXPECT_EQ(judge(record).answer, of_head ? "fail" : "pass");
  for (Trial& trial : record.trials) {
    if (trial.round == 2) trial.verdicts.false_pass = trial.side == "head" ? 3 : 2;
  }
  EXPECT_EQ(exact(judge(record), "false_under_load").verdict, "changed") << "the numbers of frames differ";
}

TEST(DeterministicTier, IsVoidWhenACorrectnessPassIsInvalid) {
  for (const char* const side : {"base", "head"}) {
    Record record = make_record({});
    pass_of(record, side).valid = false;
    pass_of(record, side).invalid_reason = "foreign frames";
    const Gate gate = judge(record);
    EXPECT_EQ(gate.answer, "void") << side;
    EXPECT_THAT(gate.reason, HasSubstr(side));
    EXPECT_THAT(gate.reason, HasSubstr("foreign frames"));
  }
}

TEST(DeterministicTier, ComparesCostsExactlyAndFailsByThemOnlyBeyondTheirThreshold) {
  Record record = make_record({});
  pass_of(record, "head").counters[kVerifiedInstructions] = 1001;
  const Gate shown = judge(record);
  EXPECT_EQ(shown.answer, "pass");
  EXPECT_EQ(exact(shown, "verified_instructions").verdict, "changed");
  EXPECT_EQ(exact(shown, "jited_bytes").verdict, "same");
  EXPECT_EQ(judge(record, {.cost_threshold = 0.002}).answer, "pass");
  const Gate strict = judge(record, {.cost_threshold = 0});
  EXPECT_EQ(strict.answer, "fail");
  EXPECT_THAT(strict.reason, HasSubstr("verified_instructions: 1000 in the base, 1001 in the head"));
  pass_of(record, "head").counters[kVerifiedInstructions] = 999;
  EXPECT_EQ(exact(judge(record, {.cost_threshold = 0}), "verified_instructions").verdict, "better");
  pass_of(record, "head").counters.erase(kVerifiedInstructions);
  EXPECT_EQ(exact(judge(record, {.cost_threshold = 0}), "verified_instructions").verdict, "changed") << "nft";
}

}  // namespace
}  // namespace fwbench
