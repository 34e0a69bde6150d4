// SPDX-License-Identifier: BSD-2-Clause
/// The real program between two veth pairs, on the edge policy. Needs root and two CPUs.
#include "dpdk/process.h"

#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_xdp.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "afxdp/test_bed.h"
#include "core/paths.h"
#include "engine/image.h"
#include "engine/testing.h"
#include "policy/oracle.h"

namespace fwbench {
namespace {

using test::Steer;
using ::testing::HasSubstr;
using testing::Random;
using ::testing::StartsWith;
using testing::TestFrame;

namespace fs = std::filesystem;

/// Sends each frame once, by an AF_PACKET socket: slow enough that none is lost.
void send_frames(const char* ifname, const std::vector<TestFrame>& frames) {
  const UniqueFd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  sockaddr_ll to = {};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(::if_nametoindex(ifname));
  for (const TestFrame& frame : frames) {
    ASSERT_EQ(::sendto(socket.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof(to)),
              static_cast<ssize_t>(frame.size()));
  }
}

uint32_t xdp_program_on(const char* ifname) {
  uint32_t id = 0;
  ::bpf_xdp_query_id(static_cast<int>(::if_nametoindex(ifname)), 0, &id);
  return id;
}

/// Files that DPDK is known to leave where it may.
std::vector<std::string> dpdk_files() {
  std::vector<std::string> found;
  for (const char* folder : {"/run/dpdk", "/var/run/dpdk", "/dev/hugepages", "/dev/shm", "/tmp/dpdk"}) {
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(folder, ignored)) found.push_back(entry.path());
  }
  return found;
}

class DpdkProcessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: network namespaces and AF_XDP sockets";
    if (::sysconf(_SC_NPROCESSORS_ONLN) < 2) GTEST_SKIP() << "needs two CPUs";
    ASSERT_TRUE(test::make_scratch_network());
    ASSERT_TRUE(test::pin_to(test::kGeneratorCpu));
    ASSERT_TRUE(use_policy(std::make_shared<const Policy>(testing::narrow_policy(3))));
    out_.emplace("s0");
    ASSERT_TRUE(out_->attached());
  }

  /// The usual one is small: rte_acl takes a second or so for the edge policy.
  bool use_policy(std::shared_ptr<const Policy> policy) {
    policy_ = std::move(policy);
    if (policy_ == nullptr) return false;
    auto acl = make_acl_policy(*policy_);
    auto image = compile_policy(*policy_);
    if (!acl || !image) return false;
    acl_ = std::move(*acl);
    image_.emplace(std::move(*image));
    return true;
  }

  [[nodiscard]] DpdkConfig config() const {
    DpdkConfig config;
    config.program = helper_program(kDpdkProgram).value_or(fs::path());
    config.rx_ifname = "d0";
    config.tx_ifname = "d1";
    config.cpu = test::kFirewallCpu;
    config.acl = &acl_;
    config.image = image_->bytes();
    size_t size = 0;
    const void* const elf = steer_bpf__elf_bytes(&size);
    config.xdp_program = {static_cast<const std::byte*>(elf), size};
    return config;
  }

  /// Waits until the process has received so many frames.
  static DpdkCounters settle(const DpdkProcess& process, uint64_t frames) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    DpdkCounters now = process.counters();
    while (now.received + now.missed < frames && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      now = process.counters();
    }
    return now;
  }

  std::shared_ptr<const Policy> policy_;
  AclPolicy acl_;
  std::optional<PolicyImage> image_;
  std::optional<Steer> out_;
};

TEST_F(DpdkProcessTest, DecidesEveryFrameAsTheOracleDoes) {
  ASSERT_TRUE(use_policy(load_policy(FWBENCH_SOURCE_DIR "/scenarios/policies/edge.nft").policy));
  auto process = DpdkProcess::start(config());
  ASSERT_TRUE(process) << process.error().to_string();
  EXPECT_THAT(process->version(), StartsWith("DPDK "));
  ASSERT_TRUE(process->resume());
  Random random(31);
  std::vector<TestFrame> frames = testing::boundary_frames(*policy_);
  for (int i = 0; i < 1000; ++i) {
    frames.push_back(testing::tcp_syn(0xc6120a01, 0xc6130010, 40000, static_cast<uint16_t>(random() % 1000)));
    frames.push_back(testing::random_frame(random));
  }
  uint64_t passing = 0;
  for (const TestFrame& frame : frames) {
    if (judge_frame(*policy_, frame).verdict == Verdict::accept) ++passing;
  }
  ASSERT_GT(passing, 10U);
  send_frames("g0", frames);
  const DpdkCounters counters = settle(*process, frames.size());
  EXPECT_EQ(counters.received, frames.size());
  EXPECT_EQ(counters.missed, 0U);
  EXPECT_EQ(counters.passed, passing);
  EXPECT_EQ(counters.dropped, frames.size() - passing);
  EXPECT_EQ(out_->counters().seen, passing);
  EXPECT_GT(counters.by_fallback, 0U);
  EXPECT_LT(counters.by_fallback, 1000U) << "only random frames may be for no list";
  EXPECT_TRUE(process->pause());
}

TEST_F(DpdkProcessTest, AccountsForEveryFrameOfAFlood) {
  auto process = DpdkProcess::start(config());
  ASSERT_TRUE(process) << process.error().to_string();
  ASSERT_TRUE(process->resume());
  constexpr uint32_t kFrames = 500'000;
  const test::Generator generator("g0");
  ASSERT_TRUE(generator.send(kFrames, 60));
  const DpdkCounters counters = settle(*process, kFrames);
  EXPECT_EQ(counters.received + counters.missed, kFrames);
  EXPECT_EQ(counters.received, counters.dropped + counters.passed + counters.tx_full);
  EXPECT_TRUE(process->pause());
}

TEST_F(DpdkProcessTest, FramesBetweenTrialsBelongToNone) {
  auto process = DpdkProcess::start(config());
  ASSERT_TRUE(process) << process.error().to_string();
  const std::vector<TestFrame> frames(100, testing::tcp_syn(1, 2, 3, 4));
  send_frames("g0", frames);
  ASSERT_TRUE(process->resume());
  EXPECT_EQ(process->counters().received, 0U);
  send_frames("g0", frames);
  EXPECT_EQ(settle(*process, frames.size()).received, frames.size());
  ASSERT_TRUE(process->pause());
  ASSERT_TRUE(process->resume()) << "and again";
}

TEST_F(DpdkProcessTest, ReportsACrashByName) {
  auto process = DpdkProcess::start(config());
  ASSERT_TRUE(process) << process.error().to_string();
  ASSERT_TRUE(process->resume());
  ASSERT_EQ(::kill(process->pid(), SIGKILL), 0);
  auto checked = process->check();
  for (int i = 0; checked && i < 2000; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    checked = process->check();
  }
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::measurement);
  EXPECT_THAT(checked.error().message, HasSubstr("the DPDK process of d0 was killed by signal 9"));
  EXPECT_FALSE(process->pause());
  // The next one finds what the dead one left on the interfaces.
  auto next = DpdkProcess::start(config());
  ASSERT_TRUE(next) << next.error().to_string();
  EXPECT_TRUE(next->resume());
}

TEST_F(DpdkProcessTest, LeavesNothingBehind) {
  const std::vector<std::string> before = dpdk_files();
  pid_t pid = -1;
  {
    auto process = DpdkProcess::start(config());
    ASSERT_TRUE(process) << process.error().to_string();
    pid = process->pid();
    EXPECT_NE(xdp_program_on("d0"), 0U);
    EXPECT_EQ(dpdk_files(), before);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(xdp_program_on("d0"), 0U);
  EXPECT_EQ(xdp_program_on("d1"), 0U);
  EXPECT_EQ(dpdk_files(), before);
}

TEST_F(DpdkProcessTest, SaysWhatDpdkCouldNotDo) {
  DpdkConfig wrong = config();
  wrong.rx_ifname = "nosuch0";
  const auto missing = DpdkProcess::start(wrong);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::environment);
  EXPECT_THAT(missing.error().to_string(), HasSubstr("af_xdp"));

  wrong = config();
  wrong.program = "/nosuch/fwbench-dpdk";
  const auto unbuilt = DpdkProcess::start(wrong);
  ASSERT_FALSE(unbuilt);
  EXPECT_THAT(unbuilt.error().remedy, HasSubstr("libdpdk-dev"));
}

}  // namespace
}  // namespace fwbench
