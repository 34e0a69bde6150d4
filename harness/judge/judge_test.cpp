// SPDX-License-Identifier: BSD-2-Clause
#include "judge/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "traffic/schedule.h"

namespace fwbench {
namespace {

using ::testing::HasSubstr;

/// Four frames; the policy passes 0 and 1 and drops 2 and 3.
struct Fixture {
  Policy policy;
  FrameTable table;
  Expectation expectation;

  Fixture() {
    policy.file = "p.nft";
    policy.default_verdict = Verdict::drop;
    policy.default_pos = {.line = 7, .column = 3};
    for (int i = 0; i < 4; ++i) {
      table.frames.push_back({.bytes = std::vector<std::byte>(60), .class_index = 0});
      expectation.frames.push_back({i < 2 ? Verdict::accept : Verdict::drop, -1});
    }
    expectation.classes = {"all"};
  }

  Trial judge(const Observation& observation) const {
    Trial trial;
    judge_trial(observation, expectation, policy, table, trial);
    return trial;
  }
};

/// 40 frames, 10 of each index, every one as the policy says.
Observation all_right() {
  Observation o;
  o.planned_load = 40;
  o.ring_taken = 40;
  o.dut = {.seen = 40, .passed = 20, .dropped_by_rule = 20};
  o.sink_frames = 20;
  o.arrivals = {10, 10, 0, 0};
  return o;
}

TEST(Judge, RightVerdictsWithBalancedBooks) {
  const Trial trial = Fixture().judge(all_right());
  EXPECT_TRUE(trial.valid);
  EXPECT_TRUE(trial.lossless);
  EXPECT_EQ(trial.ledger.unaccounted, 0);
  EXPECT_EQ(trial.verdicts.passed, 20U);
  EXPECT_EQ(trial.verdicts.dropped, 20U);
  EXPECT_EQ(trial.verdicts.false_drop + trial.verdicts.false_pass, 0U);
  EXPECT_TRUE(trial.mismatches.empty());
}

// While policies change, a frame that they judge differently may do either, and only such a one.
TEST(Judge, OpenFramesMayPassOrNot) {
  Fixture fixture;
  Observation o = all_right();
  o.arrivals = {10, 4, 6, 0};
  EXPECT_EQ(fixture.judge(o).verdicts.false_drop, 6U);
  fixture.expectation.open = {false, true, true, false};
  const Trial trial = fixture.judge(o);
  EXPECT_TRUE(trial.valid);
  EXPECT_EQ(trial.verdicts.passed, 10U);
  EXPECT_EQ(trial.verdicts.dropped, 10U);
  EXPECT_EQ(trial.verdicts.false_drop + trial.verdicts.false_pass, 0U);
  fixture.expectation.open = {true, true, false, true};
  EXPECT_EQ(fixture.judge(o).verdicts.false_pass, 6U);
}

/// Each of these is one frame that one counter does not know of.
TEST(Judge, EveryIdentityIsChecked) {
  const std::pair<const char*, std::function<void(Observation&)>> breaks[] = {
      {"planned", [](Observation& o) { ++o.planned_load; }},
      {"ring taken", [](Observation& o) { --o.ring_taken; }},
      {"ring dropped", [](Observation& o) { ++o.ring_dropped; }},
      {"refused", [](Observation& o) { ++o.refused; }},
      {"seen", [](Observation& o) { --o.dut.seen; }},
      {"dropped by rule", [](Observation& o) { --o.dut.dropped_by_rule; }},
      {"dropped by stack", [](Observation& o) { ++o.dut.dropped_by_stack; }},
      {"aborted", [](Observation& o) { ++o.dut.aborted; }},
      {"lost in AF_XDP rings", [](Observation& o) { ++o.dut.lost_xsk; }},
      {"passed", [](Observation& o) { ++o.dut.passed; }},
      {"egress", [](Observation& o) { ++o.egress_dropped; }},
      {"sink", [](Observation& o) { --o.sink_frames; }},
      {"probe", [](Observation& o) { ++o.planned_probes; }},
  };
  for (const auto& [what, break_it] : breaks) {
    Observation o = all_right();
    break_it(o);
    const Trial trial = Fixture().judge(o);
    EXPECT_FALSE(trial.valid) << what;
    EXPECT_GE(trial.ledger.unaccounted, 1) << what;
    EXPECT_THAT(trial.invalid_reason, HasSubstr("do not balance")) << what;
    EXPECT_FALSE(trial.rate_pps) << what << ": an invalid trial has no rate";
  }
}

/// Sums alone would balance.
TEST(Judge, OneIndexTwiceDoesNotHideAnotherThatIsMissing) {
  Observation o = all_right();
  o.arrivals = {11, 9, 0, 0};
  const Trial trial = Fixture().judge(o);
  EXPECT_FALSE(trial.valid);
  EXPECT_EQ(trial.ledger.unaccounted, 1);
}

TEST(Judge, NamesFalseDropsAndFalsePasses) {
  Observation o = all_right();
  o.arrivals = {10, 7, 2, 0};
  o.dut = {.seen = 40, .passed = 19, .dropped_by_rule = 21};
  o.sink_frames = 19;
  const Trial trial = Fixture().judge(o);
  EXPECT_TRUE(trial.valid);
  EXPECT_EQ(trial.verdicts.false_drop, 3U);
  EXPECT_EQ(trial.verdicts.false_pass, 2U);
  EXPECT_EQ(trial.verdicts.expect_pass, 20U);
  EXPECT_EQ(trial.verdicts.expect_drop, 20U);
  ASSERT_EQ(trial.mismatches.size(), 2U);
  EXPECT_EQ(trial.mismatches[0].frame_index, 1U);
  EXPECT_EQ(trial.mismatches[0].expected, "accept");
  EXPECT_EQ(trial.mismatches[0].got, "dropped 3 of 10");
  EXPECT_EQ(trial.mismatches[1].got, "passed 2 of 10");
  EXPECT_THAT(trial.mismatches[1].rule, HasSubstr("p.nft:7"));
}

TEST(Judge, UnderLossOnlyWhatArrivedIsJudged) {
  Observation o = all_right();
  o.ring_taken = 30;
  o.ring_dropped = 10;
  o.dut = {.seen = 30, .passed = 16, .dropped_by_rule = 14};
  o.sink_frames = 16;
  o.arrivals = {10, 5, 1, 0};
  const Trial trial = Fixture().judge(o);
  EXPECT_TRUE(trial.valid);
  EXPECT_FALSE(trial.lossless);
  EXPECT_EQ(trial.verdicts.false_drop, 0U);  // the five may have been lost in the ring
  EXPECT_EQ(trial.verdicts.false_pass, 1U);  // but what passed, passed
  EXPECT_EQ(trial.verdicts.dropped, 0U);
}

/// Frame 1, which the policy accepts, and frame 2, which it drops, never reach the rules.
Observation with_stack_drops() {
  Observation o = all_right();
  o.arrivals = {10, 0, 0, 0};
  o.dut = {.seen = 40, .passed = 10, .dropped_by_rule = 10, .dropped_by_stack = 20};
  o.sink_frames = 10;
  return o;
}

TEST(Judge, WhatTheStackMustDropIsNoFalseDropAndNoLoss) {
  Fixture f;
  f.expectation.stack = {StackFate::survives, StackFate::drops_before_rules, StackFate::drops_before_rules,
                         StackFate::survives};
  const Trial trial = f.judge(with_stack_drops());
  EXPECT_TRUE(trial.valid);
  EXPECT_TRUE(trial.lossless);
  EXPECT_EQ(trial.verdicts.expect_pass, 10U);  // frame 1 is in no verdict
  EXPECT_EQ(trial.verdicts.false_drop, 0U);
  EXPECT_EQ(trial.verdicts.dropped, 20U);
}

// Catches a count that is taken as it comes: then frames that vanish in the stack for another reason are no loss.
TEST(Judge, MoreStackDropsThanThereMustBeAreLoss) {
  Fixture f;
  f.expectation.stack = {StackFate::survives, StackFate::drops_before_rules, StackFate::survives, StackFate::survives};
  EXPECT_FALSE(f.judge(with_stack_drops()).lossless);
  f.expectation.stack.clear();
  EXPECT_FALSE(f.judge(with_stack_drops()).lossless);
}

// Behind prerouting, what the rules drop never reaches the stack's own checks.
TEST(Judge, AfterTheRulesTheStackDropsOnlyWhatTheyAccept) {
  Fixture f;
  f.expectation.stack = {StackFate::survives, StackFate::drops_after_rules, StackFate::drops_after_rules,
                         StackFate::survives};
  Observation o = with_stack_drops();
  o.dut = {.seen = 40, .passed = 10, .dropped_by_rule = 20, .dropped_by_stack = 10};
  const Trial trial = f.judge(o);
  EXPECT_TRUE(trial.lossless);
  EXPECT_EQ(trial.verdicts.false_drop + trial.verdicts.false_pass, 0U);
}

TEST(Judge, AFrameThatTheStackMustDropIsAFalsePassWhenItArrives) {
  Fixture f;
  f.expectation.stack = {StackFate::survives, StackFate::drops_before_rules, StackFate::survives, StackFate::survives};
  EXPECT_EQ(f.judge(all_right()).verdicts.false_pass, 10U);
}

TEST(Judge, NothingSeenIsInvalid) {
  Observation o;
  o.arrivals = {0, 0, 0, 0};
  EXPECT_FALSE(Fixture().judge(o).valid);
}

TEST(Judge, AnotherAuthorityIsNamed) {
  Fixture f;
  f.expectation = expect_all(f.expectation, Verdict::drop, "null-drop drops every frame");
  const Trial trial = f.judge(all_right());
  EXPECT_EQ(trial.verdicts.false_pass, 20U);
  EXPECT_EQ(trial.mismatches.front().rule, "null-drop drops every frame");
}

TEST(Judge, RateIsWhatWasDecidedInTheWindow) {
  Observation o = all_right();
  o.window_ns = 500'000'000;
  o.decided_in_window = 30;
  o.offered_in_window = 40;
  const Trial trial = Fixture().judge(o);
  EXPECT_DOUBLE_EQ(trial.rate_pps.value(), 60);
  EXPECT_DOUBLE_EQ(trial.offered_pps.value(), 80);
}

TEST(Judge, DelayCountsLostDuplicatedAndReorderedProbes) {
  Observation o = all_right();
  o.planned_probes = 4;
  o.ring_taken += 4;
  o.dut.seen += 4;
  o.dut.passed += 3;
  o.dut.dropped_by_rule += 1;
  o.sink_probes = 3;
  o.reordered = 1;
  o.probes = {
      {.delay_ns = 100, .lateness_ns = 1, .arrivals = 1}, {.delay_ns = 200, .lateness_ns = 1, .arrivals = 2}, {}, {}};
  const Trial trial = Fixture().judge(o);
  ASSERT_TRUE(trial.delay);
  EXPECT_EQ(trial.delay->sent, 4U);
  EXPECT_EQ(trial.delay->n, 2U);
  EXPECT_EQ(trial.delay->duplicated, 1U);
  EXPECT_EQ(trial.delay->reordered, 1U);
  EXPECT_EQ(trial.delay->p50, 100U);
  EXPECT_EQ(trial.delay->max, 200U);
}

TEST(TimesEmitted, FramesGoOutInIndexOrder) {
  EXPECT_EQ(times_emitted(10, 4, 0), 3U);
  EXPECT_EQ(times_emitted(10, 4, 1), 3U);
  EXPECT_EQ(times_emitted(10, 4, 2), 2U);
  EXPECT_EQ(times_emitted(0, 4, 0), 0U);
}

}  // namespace
}  // namespace fwbench
