// SPDX-License-Identifier: BSD-2-Clause
#include "lab/lab.h"

#include <gtest/gtest.h>
#include <net/if.h>
#include <unistd.h>

#include <filesystem>

#include "core/test_kernel_threads.h"
#include "lab/lab_process.h"
#include "lab/napi.h"

namespace fwbench {
namespace {

#define SKIP_WITHOUT_ROOT() \
  if (::geteuid() != 0) GTEST_SKIP() << "needs root: creates namespaces"

std::string own_netns() {
  return std::filesystem::read_symlink("/proc/thread-self/ns/net").string();
}

TEST(LabProcess, RunsAsPidOneAndReturnsTheExitCode) {
  SKIP_WITHOUT_ROOT();
  EXPECT_EQ(run_in_lab_process([] { return ::getpid() == 1 ? 42 : 1; }).value(), 42);
}

TEST(LabProcess, ACrashIsAnError) {
  SKIP_WITHOUT_ROOT();
  // PID 1 ignores signals it has no handler for, so it must be killed by a fault; the kernel forces those.
  EXPECT_NE(run_in_lab_process([]() -> int { ::_exit(99); }).value_or(0), 0);
}

TEST(Lab, BuildsThreeNamespacesAndLeavesTheHostAlone) {
  SKIP_WITHOUT_ROOT();
  const std::string before = own_netns();
  const auto code = run_in_lab_process([]() -> int {
    auto lab = Lab::build({});
    if (!lab) {
      fmt::print(stderr, "{}\n", lab.error().to_string());
      return 1;
    }
    if (lab->d0().ifindex == 0 || lab->s0().ifindex == 0) return 2;
    if (::if_nametoindex("g0") != 0) return 3;  // g0 lives elsewhere
    const auto counters = lab->counters();
    if (!counters) return 4;
    for (const char* name : {"g0.tx_queue_0_xdp_xmit", "d0.rx_queue_0_xdp_packets", "s0.rx_dropped"}) {
      if (!counters->contains(name)) return 5;
    }
    for (const auto& [name, value] : *counters) {
      if (name.ends_with("_packets") && value != 0) return 6;  // a new lab is silent
    }
    return 0;
  });
  EXPECT_EQ(code.value(), 0);
  EXPECT_EQ(own_netns(), before);
  EXPECT_EQ(::if_nametoindex("d0"), 0U);
}

TEST(ThreadedNapi, IsAThreadOnTheCpuThatWasAskedForAndEndsWithTheObject) {
  SKIP_WITHOUT_ROOT();
  SKIP_WITHOUT_KERNEL_THREADS();
  const auto code = run_in_lab_process([]() -> int {
    const auto lab = Lab::build({});
    if (!lab) return 1;
    for (int i = 0; i < 2; ++i) {  // the second one finds the device as it was
      const auto napi = ThreadedNapi::start(lab->d0(), 0);
      if (napi) continue;
      fmt::print(stderr, "{}\n", napi.error().to_string());
      return 2;
    }
    return pin_napi_thread(1, 0) ? 3 : 0;  // no such NAPI: ids of devices begin above the number of CPUs
  });
  EXPECT_EQ(code.value(), 0);
}

TEST(ThreadedNapi, ACpuThatIsNotThereIsAnError) {
  SKIP_WITHOUT_ROOT();
  SKIP_WITHOUT_KERNEL_THREADS();
  const auto code = run_in_lab_process([]() -> int {
    const auto lab = Lab::build({});
    return lab && !ThreadedNapi::start(lab->d0(), 1000) ? 0 : 1;
  });
  EXPECT_EQ(code.value(), 0);
}

}  // namespace
}  // namespace fwbench
