// SPDX-License-Identifier: BSD-2-Clause
#include "engine/live_policy.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "engine/testing.h"

namespace fwbench {
namespace {

using testing::TestFrame;

/// Decides every frame of narrow_frame(0..63) the same way: by `verdict`.
PolicyImage image_of(Verdict verdict, size_t rules = 64) {
  Policy policy = testing::narrow_policy(rules);
  for (Rule& rule : policy.rules) rule.outcome.action = verdict == Verdict::accept ? Action::accept : Action::drop;
  return compile_policy(policy).value();
}

struct Bed {
  std::vector<TestFrame> frames;
  std::vector<FrameView> views;
  std::vector<std::byte> memory;
  std::span<std::byte> aligned;

  explicit Bed(size_t image_bytes) : memory(LivePolicy::bytes_for(image_bytes) + 64) {
    for (size_t i = 0; i < 64; ++i) frames.push_back(testing::narrow_frame(i));
    for (const TestFrame& frame : frames) views.push_back(testing::view(frame));
    void* start = memory.data();
    size_t room = memory.size();
    std::align(64, LivePolicy::bytes_for(image_bytes), start, room);
    aligned = {static_cast<std::byte*>(start), LivePolicy::bytes_for(image_bytes)};
  }
};

TEST(LivePolicyTest, DecidesByTheNewPolicyOnceReplaced) {
  const PolicyImage pass = image_of(Verdict::accept);
  const PolicyImage drop = image_of(Verdict::drop);
  Bed bed(pass.bytes().size());
  auto live = LivePolicy::open(bed.aligned, pass);
  ASSERT_TRUE(live.has_value()) << live.error().to_string();
  std::array<uint64_t, 65> hits{};
  EXPECT_EQ(live->classify(bed.views, hits), ~uint64_t{0});
  ASSERT_TRUE(live->replace(drop).has_value());
  EXPECT_EQ(live->classify(bed.views, hits), 0u);
  ASSERT_TRUE(live->replace(pass).has_value());
  EXPECT_EQ(live->classify(bed.views, hits), ~uint64_t{0});
}

TEST(LivePolicyTest, RefusesWhatDoesNotFit) {
  const PolicyImage small = image_of(Verdict::accept);
  Bed bed(small.bytes().size());
  auto live = LivePolicy::open(bed.aligned, small);
  ASSERT_TRUE(live.has_value());
  const auto replaced = live->replace(compile_policy(testing::narrow_policy(5000)).value());
  ASSERT_FALSE(replaced.has_value());
  EXPECT_EQ(replaced.error().kind, ErrorKind::usage);
}

// Without the hazard pointer the writer overwrites the image under the reader: some batch is decided by both.
TEST(LivePolicyTest, NeverMixesTwoPoliciesInABatch) {
  const PolicyImage pass = image_of(Verdict::accept);
  const PolicyImage drop = image_of(Verdict::drop);
  Bed bed(pass.bytes().size());
  auto live = LivePolicy::open(bed.aligned, pass);
  ASSERT_TRUE(live.has_value());
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> mixed = 0;
  std::atomic<uint64_t> batches = 0;
  std::thread reader([&] {
    std::array<uint64_t, 65> hits{};
    while (!stop) {
      const uint64_t verdicts = live->classify(bed.views, hits);
      if (verdicts != 0 && verdicts != ~uint64_t{0}) ++mixed;
      ++batches;
    }
  });
  for (int i = 0; i < 2000; ++i) EXPECT_TRUE(live->replace(i % 2 == 0 ? drop : pass).has_value());
  stop = true;
  reader.join();
  EXPECT_EQ(mixed, 0u) << "of " << batches;
  EXPECT_GT(batches, 10u);
}

}  // namespace
}  // namespace fwbench
