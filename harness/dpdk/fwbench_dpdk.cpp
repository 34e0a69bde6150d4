// SPDX-License-Identifier: BSD-2-Clause
/// fwbench-dpdk: the DPDK firewall. fwbench starts it (process.h); it is of no use by itself.

#include <rte_version.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string_view>

#include "dpdk/acl_classifier.h"
#include "dpdk/channel.h"
#include "dpdk/eal.h"
#include "dpdk/forward_loop.h"
#include "dpdk/ports.h"

namespace fwbench {
namespace {

/// For the tables of one list; DPDK's heap holds two of them and the frames.
constexpr int kAclMb = 1024;
/// And while they are built.
constexpr size_t kAclBuildMb = 3072;

struct Arguments {
  DpdkPortsConfig ports;
  int cpu = 0;
};

void put_text(std::string_view text, char (&to)[DpdkChannel::kTextBytes]) {
  const size_t length = std::min(text.size(), sizeof(to) - 1);
  std::memcpy(to, text.data(), length);
  to[length] = 0;
}

void report(const Error& error, DpdkChannel& channel) {
  channel.error_kind = error.kind;
  channel.error_errno = error.sys_errno;
  put_text(error.message, channel.error);
  put_text(error.remedy, channel.remedy);
  channel.state.store(DpdkState::failed);
}

/// Waits until fwbench wants frames forwarded; false when it wants no more.
bool wait_for_work(DpdkChannel& channel) {
  while (channel.run.load() == 0) {
    channel.state.store(DpdkState::paused);
    char wake = 0;
    const ssize_t got = ::read(kDpdkControlFd, &wake, 1);
    if (got == 0 || (got < 0 && errno != EINTR)) return false;
  }
  return true;
}

/// DPDK makes folders in /run, whatever it is told: this process has a /run of its own, which goes with it.
Result<void> hide_run_folder() {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=1m") != 0) {
    return with_remedy(sys_fail(errno, "cannot give the DPDK process a /run of its own"), "run as root");
  }
  return {};
}

/// rte_acl builds its tables in ordinary memory, without a limit of its own: beyond this it is told that there is none.
void limit_memory(size_t megabytes) {
  // Seven numbers of pages; the sixth is what RLIMIT_DATA limits (proc(5), mm/mmap.c may_expand_vm()).
  std::array<uint64_t, 6> pages = {};
  std::ifstream file("/proc/self/statm");
  for (uint64_t& one : pages) file >> one;
  if (!file) return;
  const rlim_t limit = pages.back() * static_cast<uint64_t>(::getpagesize()) + (uint64_t{megabytes} << 20);
  const rlimit both = {.rlim_cur = limit, .rlim_max = limit};
  ::setrlimit(RLIMIT_DATA, &both);
}

Result<void> run(const Arguments& arguments, const DpdkMemory& memory) {
  DpdkChannel& channel = memory.channel();
  put_text(rte_version(), channel.version);
  const auto policy = unpack_acl_policy(memory.acl_words());
  if (!policy) return tl::unexpected(policy.error());
  const auto fallback = Classifier::open(memory.image());
  if (!fallback) return tl::unexpected(fallback.error());
  FWBENCH_TRY(hide_run_folder());
  const std::vector<std::string> devices = dpdk_devices(arguments.ports);
  FWBENCH_TRY(start_eal({.cpu = arguments.cpu, .memory_mb = kDpdkPortsMb + 2 * kAclMb, .devices = devices}));
  limit_memory(kAclBuildMb);
  auto classifier = AclClassifier::open(*policy, *fallback, size_t{kAclMb} << 20);
  if (!classifier) return tl::unexpected(classifier.error());
  auto ports = DpdkPorts::open(arguments.ports);
  if (!ports) return tl::unexpected(ports.error());
  dpdk_detail::Tally tally;
  while (wait_for_work(channel)) {
    discard_waiting_frames();
    channel.live.missed.store(ports->missed());
    channel.state.store(DpdkState::running);
    run_forward_loop(*ports, *classifier, tally, channel);
  }
  return {};
}

bool parse(int argc, char** argv, Arguments& arguments) {
  if (argc != 4) return false;
  arguments.ports = {.in = argv[1], .out = argv[2], .program_fd = kDpdkXdpProgramFd};
  const std::string_view cpu = argv[3];
  return std::from_chars(cpu.data(), cpu.data() + cpu.size(), arguments.cpu).ec == std::errc();
}

int serve(int argc, char** argv) {
  Arguments arguments;
  if (!parse(argc, argv, arguments)) {
    std::fputs("fwbench-dpdk is started by fwbench: `fwbench run SCENARIO --dut dpdk`\n", stderr);
    return exit_usage;
  }
  // A terminal sends SIGINT to the whole group; it is for fwbench to act on.
  std::signal(SIGINT, SIG_IGN);
  const auto memory = DpdkMemory::map(UniqueFd(kDpdkMemoryFd));
  if (!memory) {
    std::fputs((memory.error().to_string() + "\n").c_str(), stderr);
    return exit_internal;
  }
  const auto ended = run(arguments, *memory);
  if (!ended) report(ended.error(), memory->channel());
  // The ports are closed; what is left is memory. DPDK's own threads must not see destructors run.
  std::fflush(nullptr);
  ::_exit(ended ? EXIT_SUCCESS : EXIT_FAILURE);
}

}  // namespace
}  // namespace fwbench

int main(int argc, char** argv) {
  return fwbench::serve(argc, argv);
}
