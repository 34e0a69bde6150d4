// SPDX-License-Identifier: BSD-2-Clause
/// A replay on real links: what arrives is what was sent, byte for byte and in order, when it was due.

#include "traffic/engines/replay_engine.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <thread>

#include "lab/lab.h"
#include "lab/lab_process.h"
#include "null.skel.h"
#include "traffic/engines/arrivals.h"
#include "traffic/random.h"

namespace fwbench {
namespace {

using Frames = std::vector<std::vector<std::byte>>;

Frames random_frames(size_t count) {
  SplitMix64 random(3);
  Frames frames;
  for (size_t i = 0; i < count; ++i) {
    auto& frame = frames.emplace_back(static_cast<size_t>(14 + random.up_to(i % 10 == 0 ? FW_MAX_FRAME - 14 : 200)));
    for (std::byte& b : frame) b = static_cast<std::byte>(random.up_to(255));
  }
  frames.front().resize(14);
  frames.back().resize(FW_MAX_FRAME);
  return frames;
}

/// A lab whose DUT passes everything.
struct PassLab {
  Lab lab;
  std::unique_ptr<null_bpf, decltype(&null_bpf__destroy)> null;
  XdpLink link;
  std::unique_ptr<ReplayEngine> engine;

  static Result<PassLab> open(const Frames& frames, uint64_t gap_ns, uint64_t passes) {
    auto lab = Lab::build({.mtu = FW_MAX_FRAME - 14});
    if (!lab) return tl::unexpected(lab.error());
    std::unique_ptr<null_bpf, decltype(&null_bpf__destroy)> null(null_bpf__open(), &null_bpf__destroy);
    null->rodata->egress_ifindex = static_cast<uint32_t>(lab->d1().ifindex);
    if (null_bpf__load(null.get()) != 0) return fail(ErrorKind::internal, "null");
    auto link = XdpLink::attach(null->progs.null_pass, lab->d0().ifindex, XdpMode::native);
    if (!link) return tl::unexpected(link.error());
    uint64_t bytes = 0;
    std::vector<ReplayFrame> load;
    for (const auto& frame : frames) {
      load.push_back({.bytes = frame, .due_ns = load.size() * gap_ns});
      bytes += frame.size();
    }
    auto engine = ReplayEngine::open({.netns_fd = lab->gen_ns().fd(),
                                      .egress_ifindex = lab->g0().ifindex,
                                      .cpu = 0,
                                      .frames = load.size(),
                                      .bytes = bytes,
                                      .timed = load.size() * passes});
    if (!engine) return tl::unexpected(engine.error());
    (*engine)->load(load);
    return PassLab{std::move(*lab), std::move(null), std::move(*link), std::move(*engine)};
  }

  Result<Arrivals> open_arrivals(uint64_t frames, uint64_t bytes) const {
    return Arrivals::open(
        {.netns_fd = lab.sink_ns().fd(), .ifindex = lab.s0().ifindex, .frames = frames, .bytes = bytes});
  }

  ReplaySent replay(const ReplaySchedule& schedule, uint64_t frames) const {
    EXPECT_TRUE(engine->start(schedule));
    for (int i = 0; i < 1'000 && engine->sent().frames < frames; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    const auto sent = engine->stop();
    EXPECT_TRUE(sent) << sent.error().to_string();
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    return sent.value_or(ReplaySent{});
  }
};

void in_lab(const std::function<void()>& test) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root: sends real packets";
  const auto code = run_in_lab_process([&]() -> int {
    test();
    return ::testing::Test::HasFailure() ? 2 : 0;
  });
  EXPECT_EQ(code.value_or(-1), 0);
}

uint64_t total(const Frames& frames) {
  uint64_t bytes = 0;
  for (const auto& frame : frames) bytes += frame.size();
  return bytes;
}

TEST(ReplayEngineRoot, FlatOutEveryByteArrivesInOrderPassForPass) {
  in_lab([] {
    constexpr uint64_t kPasses = 3;
    const Frames frames = random_frames(5'000);  // more than one chunk
    const auto lab = PassLab::open(frames, 0, kPasses);
    ASSERT_TRUE(lab) << lab.error().to_string();
    const auto sink = lab->open_arrivals(kPasses * frames.size(), kPasses * total(frames));
    ASSERT_TRUE(sink) << sink.error().to_string();
    const ReplaySent sent = lab->replay({.passes = kPasses}, kPasses * frames.size());
    EXPECT_EQ(sent.frames, kPasses * frames.size());
    EXPECT_GT(sent.span_ns, 0U);
    EXPECT_TRUE(lab->engine->errors_ns().empty());
    const auto arrived = sink->frames();
    ASSERT_EQ(arrived.size(), kPasses * frames.size());
    for (size_t i = 0; i < arrived.size(); ++i) {
      ASSERT_TRUE(std::ranges::equal(arrived[i], frames[i % frames.size()])) << i;
    }
  });
}

TEST(ReplayEngineRoot, TimedFramesAreNeverEarlyAndDelayNoOther) {
  in_lab([] {
    constexpr uint64_t kGap = 100'000;
    const Frames frames = random_frames(500);
    const auto lab = PassLab::open(frames, kGap, 2);
    ASSERT_TRUE(lab) << lab.error().to_string();
    const ReplaySent sent = lab->replay({.timed = true, .passes = 2, .pass_ns = 600 * kGap}, 1'000);
    EXPECT_EQ(sent.frames, 1'000U);
    const auto errors = lab->engine->errors_ns();
    ASSERT_EQ(errors.size(), 1'000U);
    // Sent = due + error, for the first frame and for the last one of the second pass.
    const int64_t planned = (600 + 499) * int64_t{kGap};
    EXPECT_EQ(sent.drift_ns, int64_t{errors.back()} - int64_t{errors.front()});
    EXPECT_NEAR(static_cast<double>(sent.span_ns), static_cast<double>(planned + sent.drift_ns), 50'000'000);
    EXPECT_GE(static_cast<int64_t>(sent.span_ns), planned - int64_t{errors.front()} - int64_t{kGap});
  });
}

TEST(ReplayEngineRoot, AFullFarEndSaysSo) {
  in_lab([] {
    const Frames frames = random_frames(1'000);
    const auto lab = PassLab::open(frames, 0, 1);
    ASSERT_TRUE(lab) << lab.error().to_string();
    auto sink = lab->open_arrivals(600, total(frames));
    ASSERT_TRUE(sink) << sink.error().to_string();
    lab->replay({}, 1'000);
    EXPECT_EQ(sink->state().stored, 600U);
    EXPECT_EQ(sink->state().full, 400U);
    EXPECT_TRUE(std::ranges::equal(sink->frames()[599], frames[599]));
    sink->reset();
    EXPECT_TRUE(sink->frames().empty());
  });
}

}  // namespace
}  // namespace fwbench
