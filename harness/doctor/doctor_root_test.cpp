// SPDX-License-Identifier: BSD-2-Clause
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "doctor/doctor.h"
#include "doctor/probes.h"
#include "doctor/sandbox.h"
#include "doctor/veth.h"

namespace fwbench {
namespace {

using ::testing::HasSubstr;

constexpr auto kPatience = std::chrono::milliseconds(5000);
constexpr auto kBeat = std::chrono::milliseconds(1);

class Sandbox : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  }
};
using Doctor = Sandbox;

TEST_F(Doctor, FindsEverythingRequiredOnAMachineThatRunsTheTests) {
  const auto checks = run_checks();
  EXPECT_TRUE(can_run(checks)) << render_checks(checks, false);
}

TEST_F(Sandbox, ReturnsWhatTheProbeFound) {
  EXPECT_EQ(run_in_sandbox([] { return Result<std::string>("yes"); }, kPatience).value(), "yes");
  const auto failed =
      run_in_sandbox([]() -> Result<std::string> { return sys_fail(EPERM, "cannot try it"); }, kPatience);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("cannot try it"));
  EXPECT_THAT(failed.error().message, HasSubstr("Operation not permitted"));
}

TEST_F(Sandbox, IsPid1InANetworkWithoutOurLinks) {
  const auto found = run_in_sandbox(
      []() -> Result<std::string> {
        const auto veth = make_veth_pair();
        if (!veth) return tl::unexpected(veth.error());
        return fmt::format("pid {}, veth {}", ::getpid(), veth->receiver > 0);
      },
      kPatience);
  EXPECT_EQ(found.value(), "pid 1, veth true");
  EXPECT_EQ(::if_nametoindex(kReceiverLink), 0U) << "a link leaked out of the sandbox";
}

TEST_F(Sandbox, KillsAProbeThatHangs) {
  const auto begin = std::chrono::steady_clock::now();
  const auto found = run_in_sandbox(
      []() -> Result<std::string> {
        ::pause();
        return "woke up";
      },
      std::chrono::milliseconds(100));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message, "no answer within 100 ms");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kPatience);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
}

TEST_F(Sandbox, SurvivesAProbeThatCrashes) {
  const auto found = run_in_sandbox(
      []() -> Result<std::string> {
        std::signal(SIGSEGV, SIG_DFL);  // not the sanitizer's report
        ::raise(SIGSEGV);               // ignored by PID 1 ...
        ::_exit(0);                     // ... so this: no answer
      },
      kPatience);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr("crashed"));
}

// Catches a missing PR_SET_PDEATHSIG: the probe would go on counting.
TEST_F(Sandbox, DiesWithItsCaller) {
  void* memory = ::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto& beats = *new (memory) std::atomic<int>(0);
  const pid_t caller = ::fork();
  if (caller == 0) {
    (void)run_in_sandbox(
        [&]() -> Result<std::string> {
          for (; beats < 5000; ++beats) std::this_thread::sleep_for(kBeat);
          return "was never stopped";
        },
        std::chrono::minutes(1));
    ::_exit(0);
  }
  for (int tries = 0; tries < 5000 && beats < 5; ++tries) std::this_thread::sleep_for(kBeat);
  ASSERT_GE(beats, 5) << "the probe never ran";
  ::kill(caller, SIGKILL);
  ::waitpid(caller, nullptr, 0);
  std::this_thread::sleep_for(50 * kBeat);
  const int after = beats;
  std::this_thread::sleep_for(100 * kBeat);
  EXPECT_EQ(beats, after) << "the probe outlived its caller";
}

// These are optional for users, but a probe that never succeeds would only ever be a warning.
TEST_F(Doctor, FindsWhatTheFirewallsUnderTestNeed) {
  for (const Check& check : run_checks()) {
    if (check.id == "af-xdp" || check.id == "threaded-napi" || check.id == "bpf-jit" || check.id == "nft-netdev") {
      EXPECT_EQ(check.status, Check::Status::ok) << check.title << ": " << check.detail;
    }
  }
}

TEST_F(Sandbox, LiveFramesAreCountedNotAssumed) {
  EXPECT_EQ(run_in_sandbox(probe_live_frames, kPatience).value(), "64 of 64 frames arrived");
}

}  // namespace
}  // namespace fwbench
