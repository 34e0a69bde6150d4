// SPDX-License-Identifier: BSD-2-Clause
/// Sockets and the processes that read them: every frame is read or counted as lost. Needs root.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "reader/packet_socket.h"
#include "reader/udp_socket.h"

namespace fwbench {
namespace {

using ::testing::HasSubstr;

constexpr int kReaderCpu = 1;
constexpr uint16_t kPort = 1234;

/// g0 and d0 in a network namespace of the test's own; they go with the process.
bool make_scratch_network() {
  static const bool made = [] {
    if (::unshare(CLONE_NEWNET) != 0) return false;
    std::ofstream("/proc/sys/net/ipv6/conf/default/disable_ipv6") << 1;
    return std::system(
               "ip link add g0 type veth peer name d0 && ip link set g0 up && ip link set d0 up && "
               "ip link set lo up") == 0;
  }();
  return made;
}

class ReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: network namespaces and packet sockets";
    if (::sysconf(_SC_NPROCESSORS_ONLN) < 2) GTEST_SKIP() << "needs two CPUs";
    ASSERT_TRUE(make_scratch_network());
  }

  /// Out of g0.
  static uint64_t send_frames(uint64_t count) {
    const UniqueFd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    std::array<uint8_t, 60> frame = {};
    frame[12] = 0x88;  // an EtherType for experiments (IEEE 802, 0x88b5): no stack answers
    frame[13] = 0xb5;
    frame.back() = 1;
    sockaddr_ll to = {};
    to.sll_family = AF_PACKET;
    to.sll_ifindex = static_cast<int>(::if_nametoindex("g0"));
    uint64_t sent = 0;
    for (uint64_t i = 0; i < count; ++i) {
      if (::sendto(socket.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) >
          0) {
        ++sent;
      }
    }
    return sent;
  }

  static uint64_t send_datagrams(uint64_t count) {
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(kPort);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    uint64_t sent = 0;
    for (uint64_t i = 0; i < count; ++i) {
      if (::sendto(socket.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 1) ++sent;
    }
    return sent;
  }

  /// Waits until `read` gives `wanted`, for a second at most; returns what it gives.
  template <typename Read>
  static uint64_t settled(uint64_t wanted, Read read) {
    for (int i = 0; i < 100 && read() != wanted; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return read();
  }
};

TEST_F(ReaderTest, TheTapReadsEveryFrame) {
  auto socket = PacketSocket::open(static_cast<int>(::if_nametoindex("d0")));
  ASSERT_TRUE(socket) << socket.error().to_string();
  auto process = ReaderProcess::start("test-tap", kReaderCpu, [&](ReaderState& s) { return socket->read_all(s); });
  ASSERT_TRUE(process) << process.error().to_string();
  const uint64_t sent = send_frames(20'000);
  EXPECT_EQ(sent, 20'000U);
  EXPECT_EQ(settled(sent, [&] { return process->received() + socket->lost().value(); }), sent);
  const auto stopped = process->stop();
  EXPECT_TRUE(stopped) << stopped.error().to_string();
}

// A ring that nobody reads fills up. Catches losses that are read once and forgotten: the kernel sets its counter to 0.
TEST_F(ReaderTest, TheTapCountsWhatFindsNoRoom) {
  auto socket = PacketSocket::open(static_cast<int>(::if_nametoindex("d0")));
  ASSERT_TRUE(socket) << socket.error().to_string();
  constexpr uint64_t kMoreThanFit = 200'000;
  const uint64_t sent = send_frames(kMoreThanFit);
  const uint64_t lost = socket->lost().value();
  EXPECT_GT(lost, 0U);
  EXPECT_LT(lost, sent);
  EXPECT_EQ(socket->lost().value(), lost) << "asked again";
  auto process = ReaderProcess::start("test-tap", kReaderCpu, [&](ReaderState& s) { return socket->read_all(s); });
  ASSERT_TRUE(process) << process.error().to_string();
  EXPECT_EQ(settled(sent - lost, [&] { return process->received(); }), sent - lost);
}

TEST_F(ReaderTest, TheUdpSocketReadsEveryDatagramOrCountsIt) {
  auto socket = UdpSocket::open(kPort);
  ASSERT_TRUE(socket) << socket.error().to_string();
  const uint64_t unread = send_datagrams(100'000);
  const uint64_t lost = socket->lost().value();
  EXPECT_GT(lost, 0U) << "nobody was reading";
  auto process = ReaderProcess::start("test-udp", kReaderCpu, [&](ReaderState& s) { return socket->read_all(s); });
  ASSERT_TRUE(process) << process.error().to_string();
  EXPECT_EQ(settled(unread - lost, [&] { return process->received(); }), unread - lost);
  const uint64_t all = unread + send_datagrams(10'000);
  EXPECT_EQ(settled(all, [&] { return process->received() + socket->lost().value(); }), all);
  const auto stopped = process->stop();
  EXPECT_TRUE(stopped) << stopped.error().to_string();
}

TEST_F(ReaderTest, AReaderThatDiesIsNoticed) {
  auto process = ReaderProcess::start("test-dies", kReaderCpu, [](ReaderState& state) {
    while (state.stop.load() == 0) ::usleep(1000);
    return 0;
  });
  ASSERT_TRUE(process) << process.error().to_string();
  EXPECT_TRUE(process->check());
  ::kill(process->pid(), SIGKILL);
  (void)settled(1, [&] { return process->check() ? uint64_t{0} : uint64_t{1}; });
  const auto checked = process->check();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::measurement);
  EXPECT_THAT(checked.error().message, HasSubstr("test-dies was killed by signal 9"));
  EXPECT_FALSE(process->stop());
}

TEST_F(ReaderTest, AReaderThatGivesUpSaysWhy) {
  auto process = ReaderProcess::start("test-fails", kReaderCpu, [](ReaderState&) { return ENETDOWN; });
  ASSERT_TRUE(process) << process.error().to_string();
  (void)settled(1, [&] { return process->check() ? uint64_t{0} : uint64_t{1}; });
  EXPECT_EQ(process->check().error().sys_errno, ENETDOWN);
}

}  // namespace
}  // namespace fwbench
