// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The real nft, in a network namespace of the test's own, and frames sent past its counters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/unique_fd.h"
#include "policy/oracle.h"
#include "policy/test_packet.h"

namespace fwbench::test {

struct CommandResult {
  int status = -1;
  std::string output;
};

inline CommandResult run(const std::string& command) {
  CommandResult result;
  FILE* pipe = popen((command + " 2>&1").c_str(), "re");
  if (pipe == nullptr) return result;
  std::array<char, 4096> buffer{};
  while (const size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) result.output.append(buffer.data(), n);
  result.status = pclose(pipe);
  return result;
}

class Nft : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root for a network namespace";
    if (run("nft --version").status != 0) GTEST_SKIP() << "needs nft (package nftables)";
    if (unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "unshare(CLONE_NEWNET): " << strerror(errno);
    // No neighbour discovery of the kernel's own between our frames.
    for (const char* which : {"all", "default"}) {
      std::ofstream(fmt::format("/proc/sys/net/ipv6/conf/{}/disable_ipv6", which)) << 1;
    }
    ASSERT_EQ(run("ip link add d0 type veth peer name g0 && ip link set d0 up && ip link set g0 up").status, 0);
    ruleset_ = std::filesystem::temp_directory_path() / fmt::format("fwbench_nft_test_{}.nft", getpid());
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove(ruleset_, ignored);
  }

  /// @param options "-c" to check only.
  CommandResult nft(const std::string& text, const std::string& options = "") {
    std::ofstream(ruleset_) << text;
    return run(fmt::format("nft {} -f {}", options, ruleset_.string()));
  }

  void open_socket() {
    socket_.reset(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    ASSERT_TRUE(socket_.valid());
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_ifindex = static_cast<int>(if_nametoindex("g0"));
    ASSERT_EQ(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  void send_frame(const Bytes& frame) {
    ASSERT_EQ(send(socket_.get(), frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()));
  }

  /// Packet counters of a chain's rules, in their order.
  static std::vector<uint64_t> counters(const std::string& table, const std::string& chain) {
    return packets_in(fmt::format("nft list chain netdev {} {}", table, chain));
  }
  /// Of all chains, in the order of the text.
  static std::vector<uint64_t> table_counters(const std::string& table) {
    return packets_in(fmt::format("nft list table netdev {}", table));
  }
  static std::vector<uint64_t> packets_in(const std::string& command) {
    const CommandResult list = run(command);
    std::vector<uint64_t> packets;
    constexpr std::string_view kCounter = "counter packets ";
    for (size_t at = list.output.find(kCounter); at != std::string::npos; at = list.output.find(kCounter, at)) {
      at += kCounter.size();
      packets.push_back(std::strtoull(list.output.c_str() + at, nullptr, 10));
    }
    return packets;
  }

  /// A chain in front of all others that counts what came through the veth pair at all.
  void load_probe() {
    const CommandResult loaded =
        nft("table netdev probe {\n chain arrivals {\n type filter hook ingress device \"d0\" priority -500\n"
            "counter\n }\n}\n");
    ASSERT_EQ(loaded.status, 0) << loaded.output;
  }
  /// Receive runs in a softirq of the sender as a rule, but need not.
  static void await_arrivals(uint64_t expected) {
    using namespace std::chrono_literals;
    for (int i = 0; i < 200 && counters("probe", "arrivals") != std::vector<uint64_t>{expected}; ++i) {
      std::this_thread::sleep_for(10ms);
    }
    ASSERT_THAT(counters("probe", "arrivals"), testing::ElementsAre(expected));
  }

  /// Up to the fix asked for in "netfilter: xtables: fix L4 header parsing for non-first fragments" (netfilter-devel,
  /// 2026-04-27), nft_payload_fast_eval() read a transport header out of later fragments too, other than
  /// nft_payload_eval() has it. On such a kernel nft is no judge of them.
  void find_out_about_fragments() {
    ASSERT_EQ(nft(policy_text("tcp dport 80 counter")).status, 0);
    ASSERT_NO_FATAL_FAILURE(load_probe());
    ASSERT_NO_FATAL_FAILURE(open_socket());
    ASSERT_NO_FATAL_FAILURE(send_frame(tcp4({.fragment = 1}, {.dport = 80})));
    ASSERT_NO_FATAL_FAILURE(await_arrivals(1));
    kernel_reads_later_fragments_ = counters("filter", "ingress") == std::vector<uint64_t>{1};
    RecordProperty("kernel_reads_transport_of_later_fragments", kernel_reads_later_fragments_);
    ASSERT_EQ(run("nft flush ruleset").status, 0);
  }

  std::filesystem::path ruleset_;
  UniqueFd socket_;
  bool kernel_reads_later_fragments_ = false;
};

inline std::vector<uint64_t> difference(std::vector<uint64_t> after, const std::vector<uint64_t>& before) {
  for (size_t i = 0; i < after.size() && i < before.size(); ++i) after[i] -= before[i];
  return after;
}

/// The hits of the rules that have a counter.
inline std::vector<uint64_t> counted(const Policy& policy, const std::vector<uint64_t>& hits) {
  std::vector<uint64_t> of_counters;
  for (size_t i = 0; i < hits.size(); ++i) {
    if (policy.rules[i].counted) of_counters.push_back(hits[i]);
  }
  return of_counters;
}

inline std::string hex_dump(const Bytes& frame) {
  std::string text;
  for (const std::byte b : frame) text += fmt::format("{:02x}", std::to_integer<unsigned>(b));
  return text;
}

}  // namespace fwbench::test
