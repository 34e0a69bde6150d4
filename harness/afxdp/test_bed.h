// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// For this folder's tests: g0 - [d0 d1] - s0 in a network namespace of the calling process, steer programs on d0 and
/// s0, and a generator of live frames that runs on the calling thread.

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "bpf/abi.h"
#include "core/unique_fd.h"
#include "steer.skel.h"

namespace fwbench::test {

inline constexpr int kGeneratorCpu = 0;
inline constexpr int kFirewallCpu = 1;

inline bool pin_to(int cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(static_cast<size_t>(cpu), &cpus);
  return ::sched_setaffinity(0, sizeof(cpus), &cpus) == 0;
}

/// Moves the calling process into a new network namespace with the four interfaces; they go when the process ends.
inline bool make_scratch_network() {
  static const bool made = [] {
    if (::unshare(CLONE_NEWNET) != 0) return false;
    // IPv6 off first: the interfaces must carry nothing that the tests did not send.
    std::ofstream("/proc/sys/net/ipv6/conf/default/disable_ipv6") << 1;
    return std::system(
               "ip link add g0 mtu 3500 type veth peer name d0 mtu 3500 &&"
               "ip link add d1 mtu 3500 type veth peer name s0 mtu 3500 &&"
               "for i in g0 d0 d1 s0; do ip link set $i up || exit 1; done") == 0;
  }();
  return made;
}

/// The steer program on one interface. Attached until destroyed.
class Steer {
 public:
  explicit Steer(const char* ifname) : skeleton_(steer_bpf__open_and_load()) {
    if (skeleton_)
      link_.reset(bpf_program__attach_xdp(skeleton_->progs.steer, static_cast<int>(::if_nametoindex(ifname))));
  }

  [[nodiscard]] bool attached() const { return link_ != nullptr; }
  [[nodiscard]] int xsks_map() const { return bpf_map__fd(skeleton_->maps.xsks_map); }

  /// Summed over the CPUs.
  [[nodiscard]] steer_counters counters() const {
    std::vector<steer_counters> per_cpu(static_cast<size_t>(libbpf_num_possible_cpus()));
    const uint32_t zero = 0;
    steer_counters sum = {};
    if (bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.counters), &zero, per_cpu.data()) != 0) return sum;
    for (const steer_counters& one : per_cpu) {
      sum.seen += one.seen;
      sum.no_socket += one.no_socket;
    }
    return sum;
  }

 private:
  struct Delete {
    void operator()(steer_bpf* skeleton) const { steer_bpf__destroy(skeleton); }
    void operator()(bpf_link* link) const { bpf_link__destroy(link); }
  };

  std::unique_ptr<steer_bpf, Delete> skeleton_;
  std::unique_ptr<bpf_link, Delete> link_;
};

/// Sends `count` times the same frame out of an interface as XDP frames, as fast as it goes. Returns when all are sent.
class Generator {
 public:
  explicit Generator(const char* ifname) {
    const std::array<bpf_insn, 4> program = {{
        {.code = BPF_ALU64 | BPF_MOV | BPF_K,
         .dst_reg = 1,
         .src_reg = 0,
         .off = 0,
         .imm = static_cast<int>(::if_nametoindex(ifname))},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .src_reg = 0, .off = 0, .imm = 0},
        {.code = BPF_JMP | BPF_CALL, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = BPF_FUNC_redirect},
        {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
    }};
    program_.reset(
        bpf_prog_load(BPF_PROG_TYPE_XDP, "test_flood", "Dual BSD/GPL", program.data(), program.size(), nullptr));
  }

  [[nodiscard]] bool send(uint32_t count, size_t frame_bytes) const {
    constexpr uint32_t kBatch = 64;
    std::vector<uint8_t> frame(frame_bytes, 0x5a);
    bpf_test_run_opts options = {};
    options.sz = sizeof(options);
    options.data_in = frame.data();
    options.data_size_in = static_cast<uint32_t>(frame.size());
    options.repeat = static_cast<int>(count);
    options.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
    options.batch_size = kBatch;
    return bpf_prog_test_run_opts(program_.get(), &options) == 0;
  }

 private:
  UniqueFd program_;
};

/// Sends `count` frames through a packet socket: slower than Generator, but up to FW_MAX_FRAME bytes each (live frames
/// share their page with the kernel's notes on them: 3,408 bytes at most on Linux 6.18). Returns how many were sent.
inline uint32_t send_packets(const char* ifname, uint32_t count, size_t frame_bytes) {
  const UniqueFd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  const std::vector<uint8_t> frame(frame_bytes, 0x5a);
  sockaddr_ll to = {};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(::if_nametoindex(ifname));
  uint32_t sent = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const ssize_t bytes =
        ::sendto(socket.get(), frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
    if (bytes == static_cast<ssize_t>(frame_bytes)) ++sent;
  }
  return sent;
}

/// A column of /proc/net/dev, which shows the calling thread's network namespace (a sysfs mount shows its own).
inline uint64_t interface_counter(const std::string& ifname, size_t column) {
  std::ifstream file("/proc/thread-self/net/dev");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string name = line.substr(line.find_first_not_of(' '), colon - line.find_first_not_of(' '));
    if (name != ifname) continue;
    const char* cursor = line.c_str() + colon + 1;
    char* next = nullptr;
    uint64_t value = 0;
    for (size_t i = 0; i <= column; ++i, cursor = next) value = std::strtoull(cursor, &next, 10);
    return value;
  }
  return 0;
}
/// Eight columns for receive, then eight for transmit.
inline constexpr size_t kRxDropped = 3;
inline constexpr size_t kTxDropped = 11;

}  // namespace fwbench::test
