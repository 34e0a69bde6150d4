// SPDX-License-Identifier: BSD-2-Clause
/// Class by class: what was sent, what should arrive and did, what should not and did.
#include <gtest/gtest.h>

#include "judge/judge.h"

namespace fwbench {
namespace {

/// Six frames of two classes: 0, 1 of "legit" and 4, 5 of "mixed" are permitted, 2 and 3 of "mixed" are not.
struct Classes {
  FrameTable table;
  Expectation expectation;

  Classes() {
    for (int i = 0; i < 6; ++i) {
      const bool legal = i < 2 || i > 3;
      table.frames.push_back(
          {.bytes = std::vector<std::byte>(60), .class_index = static_cast<uint16_t>(i < 2 ? 0 : 1)});
      expectation.frames.push_back({legal ? Verdict::accept : Verdict::drop, -1});
      expectation.legal.push_back(legal);
    }
    expectation.classes = {"legit", "mixed"};
  }

  [[nodiscard]] std::vector<ClassCounts> count(const Expectation& by) const {
    Observation o;
    o.planned_load = 63;  // 11 of the first three, 10 of the others
    o.arrivals = {11, 9, 2, 0, 10, 0};
    return count_classes(o, by, table);
  }
};

TEST(ClassCounts, AddUpByClass) {
  const Classes fixture;
  const auto counts = fixture.count(fixture.expectation);
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[0].name, "legit");
  EXPECT_EQ(counts[0].sent, 22U);
  EXPECT_EQ(counts[0].legal, 22U);
  EXPECT_EQ(counts[0].arrived, 20U);
  EXPECT_EQ(counts[0].illegal, 0U);
  EXPECT_EQ(counts[1].sent, 41U);
  EXPECT_EQ(counts[1].legal, 20U);
  EXPECT_EQ(counts[1].arrived, 10U);
  EXPECT_EQ(counts[1].illegal, 21U);
  EXPECT_EQ(counts[1].leaked, 2U);
  EXPECT_EQ(counts[1].illegal_frames, 2U);
  EXPECT_EQ(counts[1].leaked_frames, 1U);
}

TEST(ClassCounts, WhatIsLegalIsThePolicysWordWhateverTheDeviceIs) {
  const Classes fixture;
  const auto null_pass = fixture.count(expect_all(fixture.expectation, Verdict::accept, "passes every frame"));
  EXPECT_EQ(null_pass.at(1).illegal, 21U);
  EXPECT_EQ(null_pass.at(1).leaked, 2U);
}

TEST(ClassCounts, WhatTheStackDropsIsNeither) {
  Classes fixture;
  fixture.expectation.stack.assign(6, StackFate::survives);
  fixture.expectation.stack[4] = StackFate::drops_after_rules;
  fixture.expectation.stack[3] = StackFate::drops_before_rules;
  const auto counts = fixture.count(fixture.expectation);
  EXPECT_EQ(counts[1].sent, 41U);
  EXPECT_EQ(counts[1].legal, 10U);
  EXPECT_EQ(counts[1].illegal, 11U);
}

TEST(ClassCounts, NeedToKnowWhatIsLegal) {
  Classes fixture;
  fixture.expectation.legal.clear();
  EXPECT_TRUE(fixture.count(fixture.expectation).empty());
}

}  // namespace
}  // namespace fwbench
