// SPDX-License-Identifier: BSD-2-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <thread>

#include "afxdp/process.h"
#include "afxdp/test_bed.h"

namespace fwbench {
namespace {

using test::Generator;
using test::interface_counter;
using test::Steer;
using ::testing::HasSubstr;

constexpr size_t kSmallFrame = 60;
/// As test::Generator fills its frames.
constexpr auto kFrameByte = std::byte{0x5a};

/// Hits: frames that are not as they were sent.
uint64_t look_at(std::span<const FrameView> frames, size_t length) {
  uint64_t wrong = 0;
  for (const FrameView& frame : frames) {
    const bool whole = frame.length == length && frame.data[0] == kFrameByte && frame.data[length - 1] == kFrameByte;
    if (!whole) ++wrong;
  }
  return wrong;
}

uint64_t all_of(std::span<const FrameView> frames) {
  return frames.size() == 64 ? ~uint64_t{0} : (uint64_t{1} << frames.size()) - 1;
}

/// Lets every `nth` frame pass. hits[0] counts frames, hits[1] frames that are not as sent.
AfxdpDecide pass_every(uint64_t nth, size_t length) {
  return [nth, length](std::span<const FrameView> frames, std::span<uint64_t> hits) {
    hits[1] += look_at(frames, length);
    uint64_t verdicts = 0;
    for (size_t i = 0; i < frames.size(); ++i) {
      if (hits[0]++ % nth == 0) verdicts |= uint64_t{1} << i;
    }
    return verdicts;
  };
}

class AfxdpTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: network namespaces and AF_XDP sockets";
    if (::sysconf(_SC_NPROCESSORS_ONLN) < 2) GTEST_SKIP() << "needs two CPUs";
    ASSERT_TRUE(test::make_scratch_network());
    ASSERT_TRUE(test::pin_to(test::kGeneratorCpu));
    in_.emplace("d0");
    out_.emplace("s0");
    generator_.emplace("g0");
    ASSERT_TRUE(in_->attached());
    ASSERT_TRUE(out_->attached());
  }

  [[nodiscard]] AfxdpConfig discarding() const {
    AfxdpConfig config;
    config.rx_ifname = "d0";
    config.cpu = test::kFirewallCpu;
    config.xsks_map_fd = in_->xsks_map();
    return config;
  }

  [[nodiscard]] AfxdpConfig deciding(AfxdpDecide decide) const {
    AfxdpConfig config = discarding();
    config.tx_ifname = "d1";
    config.decide = std::move(decide);
    config.hit_counters = 2;
    return config;
  }

  /// Waits until the process has nothing left of what was steered to it.
  [[nodiscard]] AfxdpCounters settle(const AfxdpProcess& process) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (true) {
      const auto counters = process.counters();
      EXPECT_TRUE(counters) << counters.error().to_string();
      const steer_counters steered = in_->counters();
      const bool settled = counters->settled(steered.seen - steered.no_socket);
      if (settled || std::chrono::steady_clock::now() > deadline) {
        EXPECT_TRUE(settled) << "seen " << steered.seen << " received " << counters->received << " lost "
                             << counters->lost();
        return *counters;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  std::optional<Steer> in_;
  std::optional<Steer> out_;
  std::optional<Generator> generator_;
};

TEST_F(AfxdpTest, DiscardingAccountsForEveryFrameOfAFlood) {
  constexpr uint32_t kFrames = 300'000;
  auto process = AfxdpProcess::start(discarding());
  ASSERT_TRUE(process) << process.error().to_string();
  ASSERT_TRUE(generator_->send(kFrames, kSmallFrame));
  const AfxdpCounters counters = settle(*process);
  EXPECT_EQ(in_->counters().seen, kFrames);
  EXPECT_EQ(counters.received + counters.lost(), kFrames);
  EXPECT_EQ(counters.received, counters.dropped);
  EXPECT_GT(counters.received, 0U);
  EXPECT_TRUE(process->stop());
}

TEST_F(AfxdpTest, ForwardsExactlyWhatWasAllowed) {
  constexpr uint32_t kFrames = 300'000;
  auto process = AfxdpProcess::start(deciding(pass_every(20, kSmallFrame)));
  ASSERT_TRUE(process) << process.error().to_string();
  const uint64_t refused_before = interface_counter("d1", test::kTxDropped);
  ASSERT_TRUE(generator_->send(kFrames, kSmallFrame));
  const AfxdpCounters counters = settle(*process);
  const uint64_t refused = interface_counter("d1", test::kTxDropped) - refused_before;
  EXPECT_EQ(process->hits()[0], counters.received);
  EXPECT_EQ(process->hits()[1], 0U) << "frames were not as sent";
  EXPECT_EQ(counters.passed + counters.tx_full, (counters.received + 19) / 20);
  EXPECT_EQ(out_->counters().seen + refused, counters.passed);
  EXPECT_GT(counters.passed, 0U);
  EXPECT_TRUE(process->stop());
}

TEST_F(AfxdpTest, NamesEveryLossUnderOverload) {
  // So few frames that a flood must overrun them; each loss is then the fill ring's.
  AfxdpConfig config = deciding([](std::span<const FrameView> frames, std::span<uint64_t>) {
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    return all_of(frames) & 1;
  });
  config.frames = 64;
  auto process = AfxdpProcess::start(config);
  ASSERT_TRUE(process) << process.error().to_string();
  constexpr uint32_t kFrames = 500'000;
  ASSERT_TRUE(generator_->send(kFrames, kSmallFrame));
  const AfxdpCounters counters = settle(*process);
  EXPECT_EQ(counters.received + counters.lost(), kFrames);
  EXPECT_GT(counters.rx_socket.rx_dropped, kFrames / 2);
  EXPECT_EQ(counters.rx_socket.rx_dropped, counters.rx_socket.rx_fill_ring_empty_descs);
  EXPECT_EQ(counters.rx_socket.rx_ring_full, 0U);
  EXPECT_EQ(out_->counters().seen, counters.passed);
}

TEST_F(AfxdpTest, CountsFramesThatDidNotFitTheTransmitRing) {
  AfxdpConfig config = deciding([](std::span<const FrameView> frames, std::span<uint64_t>) { return all_of(frames); });
  config.tx_ring = 2;
  auto process = AfxdpProcess::start(config);
  ASSERT_TRUE(process) << process.error().to_string();
  ASSERT_TRUE(generator_->send(10'000, kSmallFrame));
  const AfxdpCounters counters = settle(*process);
  EXPECT_GT(counters.tx_full, 0U);
  EXPECT_EQ(counters.dropped, 0U);
  EXPECT_EQ(counters.received, counters.passed + counters.tx_full);
  EXPECT_EQ(out_->counters().seen, counters.passed);
}

TEST_F(AfxdpTest, CompletesFramesThatTheInterfaceRefuses) {
  auto process = AfxdpProcess::start(
      deciding([](std::span<const FrameView> frames, std::span<uint64_t>) { return all_of(frames); }));
  ASSERT_TRUE(process) << process.error().to_string();
  const uint64_t refused_before = interface_counter("d1", test::kTxDropped);
  ASSERT_EQ(std::system("ip link set s0 down"), 0);
  EXPECT_TRUE(generator_->send(500, kSmallFrame));
  const AfxdpCounters counters = settle(*process);
  ASSERT_EQ(std::system("ip link set s0 up"), 0);
  EXPECT_EQ(counters.passed, 500U);
  EXPECT_EQ(counters.tx_completed, 500U);
  EXPECT_EQ(out_->counters().seen, 0U);
  EXPECT_EQ(interface_counter("d1", test::kTxDropped) - refused_before, 500U);
}

TEST_F(AfxdpTest, CarriesTheLargestFrameUnchanged) {
  auto process = AfxdpProcess::start(deciding(pass_every(1, FW_MAX_FRAME)));
  ASSERT_TRUE(process) << process.error().to_string();
  // A second firewall where the sink would be looks at what was forwarded.
  AfxdpConfig behind = deciding([](std::span<const FrameView> frames, std::span<uint64_t> hits) {
    hits[0] += frames.size();
    hits[1] += look_at(frames, FW_MAX_FRAME);
    return uint64_t{0};
  });
  behind.rx_ifname = "s0";
  behind.tx_ifname = "g0";
  behind.xsks_map_fd = out_->xsks_map();
  auto observer = AfxdpProcess::start(behind);
  ASSERT_TRUE(observer) << observer.error().to_string();

  ASSERT_EQ(test::send_packets("g0", 200, FW_MAX_FRAME), 200U);
  EXPECT_EQ(settle(*process).passed, 200U);
  EXPECT_TRUE(process->stop());
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_TRUE(observer->stop());
  EXPECT_EQ(observer->hits()[0], 200U);
  EXPECT_EQ(observer->hits()[1], 0U);
}

TEST_F(AfxdpTest, FramesWithoutASocketAreCountedAsSuch) {
  auto process = AfxdpProcess::start(discarding());
  ASSERT_TRUE(process) << process.error().to_string();
  ASSERT_TRUE(process->stop());
  ASSERT_TRUE(generator_->send(1'000, kSmallFrame));
  EXPECT_EQ(in_->counters().seen, 1'000U);
  EXPECT_EQ(in_->counters().no_socket, 1'000U);
  EXPECT_EQ(process->counters()->received, 0U);
}

TEST_F(AfxdpTest, StartsAgainAtOnceOnTheSameQueue) {
  for (int i = 0; i < 3; ++i) {
    auto process = AfxdpProcess::start(deciding(pass_every(1, kSmallFrame)));
    ASSERT_TRUE(process) << process.error().to_string();
    ASSERT_TRUE(generator_->send(100, kSmallFrame));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    while (process->counters()->tx_completed < 100 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_EQ(process->counters()->tx_completed, 100U);
  }
}

TEST_F(AfxdpTest, SleepsWhenThereIsNothingToDo) {
  auto process = AfxdpProcess::start(discarding());
  ASSERT_TRUE(process) << process.error().to_string();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const uint64_t polls = process->counters()->polls;
  EXPECT_GE(polls, 2U);
  EXPECT_LE(polls, 20U) << "it wakes up too often";
}

TEST_F(AfxdpTest, StopsPromptly) {
  auto process = AfxdpProcess::start(discarding());
  ASSERT_TRUE(process) << process.error().to_string();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(process->stop());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  EXPECT_EQ(process->pid(), -1);
  EXPECT_TRUE(process->stop());
  EXPECT_TRUE(process->check());
}

TEST_F(AfxdpTest, ReportsACrash) {
  auto process = AfxdpProcess::start(discarding());
  ASSERT_TRUE(process) << process.error().to_string();
  EXPECT_TRUE(process->check());
  ASSERT_EQ(::kill(process->pid(), SIGKILL), 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const auto checked = process->check();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::measurement);
  EXPECT_THAT(checked.error().message, HasSubstr("killed by signal 9"));
  EXPECT_THAT(checked.error().message, HasSubstr("d0"));
  EXPECT_FALSE(process->stop()) << "a crash stays a failure";
}

TEST_F(AfxdpTest, ReportsALostInterface) {
  auto process = AfxdpProcess::start(
      deciding([](std::span<const FrameView> frames, std::span<uint64_t>) { return all_of(frames); }));
  ASSERT_TRUE(process) << process.error().to_string();
  ASSERT_EQ(std::system("ip link set d1 down"), 0);
  EXPECT_TRUE(generator_->send(10, kSmallFrame));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const auto checked = process->check();
  ASSERT_EQ(std::system("ip link set d1 up"), 0);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().sys_errno, ENETDOWN);
}

TEST_F(AfxdpTest, SaysWhatItCouldNotBind) {
  AfxdpConfig config = discarding();
  config.rx_ifname = "nosuch0";
  const auto missing = AfxdpProcess::start(config);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("nosuch0"));
  EXPECT_FALSE(missing.error().remedy.empty());

  config = discarding();
  config.cpu = 1000;
  const auto unpinned = AfxdpProcess::start(config);
  ASSERT_FALSE(unpinned);
  EXPECT_THAT(unpinned.error().message, HasSubstr("CPU 1000"));

  auto first = AfxdpProcess::start(discarding());
  ASSERT_TRUE(first);
  const auto busy = AfxdpProcess::start(discarding());
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().sys_errno, EBUSY);
}

}  // namespace
}  // namespace fwbench
