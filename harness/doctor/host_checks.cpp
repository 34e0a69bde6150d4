// SPDX-License-Identifier: BSD-2-Clause
#include "doctor/host_checks.h"

#include <fmt/ranges.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>

#include "core/clock_source.h"
#include "core/file.h"
#include "core/tool.h"
#include "core/units.h"

namespace fwbench {
namespace {

using Status = Check::Status;

/// The file's text without the last newline; nothing when it cannot be read.
std::optional<std::string> read_line(const std::string& path) {
  auto text = read_file(path);
  if (!text) return std::nullopt;
  while (text->ends_with('\n')) text->pop_back();
  return *std::move(text);
}

/// The number behind `key` in a file of "key: value" lines such as /proc/meminfo.
std::optional<uint64_t> read_number(const std::string& path, std::string_view key, int base) {
  const auto text = read_file(path);
  if (!text) return std::nullopt;
  const size_t at = text->find(key);
  if (at == std::string::npos) return std::nullopt;
  const size_t digits = text->find_first_not_of(" \t", at + key.size());
  if (digits == std::string::npos) return std::nullopt;
  uint64_t number = 0;
  const auto parsed = std::from_chars(text->data() + digits, text->data() + text->size(), number, base);
  if (parsed.ec != std::errc{}) return std::nullopt;
  return number;
}

Check make(const char* id, const char* title, Status status, std::string detail, const char* remedy) {
  return Check{.id = id,
               .title = title,
               .status = status,
               .detail = std::move(detail),
               .remedy = status == Status::ok ? "" : remedy,
               .required = false};
}

bool has(uint64_t capabilities, int capability) {
  return (capabilities >> capability & 1) != 0;
}

uint64_t own_capabilities() {
  return read_number("/proc/self/status", "CapEff:", 16).value_or(0);
}

Check check_kernel() {
  utsname name{};
  ::uname(&name);
  const bool btf = ::access("/sys/kernel/btf/vmlinux", R_OK) == 0;
  return make("kernel", "kernel", btf ? Status::ok : Status::warn,
              fmt::format("{} {} on {}, {} BTF", name.sysname, name.release, name.machine, btf ? "with" : "without"),
              "a kernel with CONFIG_DEBUG_INFO_BTF: some firewalls under test need it to load");
}

Check check_cpus() {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  ::sched_getaffinity(0, sizeof(usable), &usable);
  const int count = CPU_COUNT(&usable);
  return make("cpus", "CPUs", count >= 2 ? Status::ok : Status::warn, fmt::format("{} usable", count),
              "two CPUs or more: AF_XDP firewalls and the placement `split` need one of their own");
}

Check check_clock() {
  const auto source = read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  const bool cheap = source && is_fast_clock(*source);
  return make("clock", "clock source", cheap ? Status::ok : Status::warn, source.value_or("unknown"),
              "a clock that is read without leaving the CPU (tsc): reading it is part of every paced packet");
}

Check check_governor() {
  const auto governor = read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  const bool steady = !governor || *governor == "performance";
  return make("governor", "CPU frequency", steady ? Status::ok : Status::warn,
              governor ? fmt::format("governor {}", *governor) : "not under this system's control",
              "cpupower frequency-set -g performance: a changing clock widens every interval");
}

Check check_load() {
  // More than this, and one of two CPUs is often busy with something else.
  constexpr double kQuiet = 0.5;
  double load = 0;
  if (::getloadavg(&load, 1) != 1) return make("load", "load", Status::warn, "unknown", "");
  return make("load", "load", load <= kQuiet ? Status::ok : Status::warn, fmt::format("{:.2f} over one minute", load),
              "stop what else runs here: it takes CPU time from the firewalls under test");
}

/// A loop that does nothing but wait for ticks of the clock is late when its CPU is taken away, and never else.
Check check_pauses() {
  using Clock = std::chrono::steady_clock;
  using Microseconds = std::chrono::duration<double, std::micro>;
  constexpr std::chrono::microseconds kGap{100};
  constexpr Microseconds kSteady{20};
  std::array<Clock::duration, 5000> late{};
  auto due = Clock::now();
  for (Clock::duration& tick : late) {
    due += kGap;
    auto now = Clock::now();
    while (now < due) now = Clock::now();
    tick = now - due;
  }
  auto* const p99 = late.begin() + late.size() * 99 / 100;
  std::nth_element(late.begin(), p99, late.end());
  const Microseconds longest = *std::max_element(p99, late.end());
  return make(
      "pauses", "pauses of the CPU", *p99 <= kSteady ? Status::ok : Status::warn,
      fmt::format("{} ticks of {} us awaited: p99 {:.1f} us late, at most {:.1f} us", late.size(), kGap.count(),
                  Microseconds(*p99).count(), longest.count()),
      "a quieter host, or one that shares its CPUs with nobody: its pauses are in every delay and timing error");
}

Check check_memory() {
  constexpr uint64_t kEnoughKib = uint64_t{1} << 20;
  const auto available = read_number("/proc/meminfo", "MemAvailable:", 10);
  return make("memory", "memory", available.value_or(0) >= kEnoughKib ? Status::ok : Status::warn,
              available ? fmt::format("{} MiB available", *available >> 10) : "unknown",
              "1 GiB available: packet memory and maps are locked and cannot be swapped");
}

Check check_memlock() {
  // The packet memory of one AF_XDP socket with 4096 frames, with room to spare.
  constexpr uint64_t kEnough = uint64_t{64} << 20;
  rlimit limit{};
  ::getrlimit(RLIMIT_MEMLOCK, &limit);
  const bool exempt = has(own_capabilities(), CAP_IPC_LOCK);
  const bool enough = exempt || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= kEnough;
  return make("memlock", "locked memory", enough ? Status::ok : Status::warn,
              exempt                            ? "not limited (CAP_IPC_LOCK)"
              : limit.rlim_cur == RLIM_INFINITY ? "not limited"
                                                : fmt::format("{} KiB", limit.rlim_cur >> 10),
              "ulimit -l unlimited");
}

struct Tool {
  const char* name;
  const char* package;
  const char* purpose;
};

constexpr std::array kTools = {
    Tool{"gnuplot", "gnuplot-nox", "plots"},
    Tool{"nft", "nftables", "the nft firewalls, and a second opinion on policies"},
    Tool{"iptables", "iptables", "the iptables firewalls"},
    Tool{"ipset", "ipset", "large sets in the iptables firewalls"},
    Tool{"ip", "iproute2", "looking around in `fwbench shell`"},
    Tool{"bpftool", "bpftool", "building, and looking at programs in `fwbench shell`"},
    Tool{"tcpdump", "tcpdump", "looking at packets in `fwbench shell`"},
};

}  // namespace

Check privilege_check() {
  return privilege_check(::geteuid(), own_capabilities());
}

Check privilege_check(unsigned uid, uint64_t capabilities) {
  struct Need {
    int capability;
    const char* name;
  };
  constexpr std::array kNeeds = {Need{CAP_SYS_ADMIN, "CAP_SYS_ADMIN"}, Need{CAP_NET_ADMIN, "CAP_NET_ADMIN"},
                                 Need{CAP_NET_RAW, "CAP_NET_RAW"}, Need{CAP_BPF, "CAP_BPF"}};
  std::vector<const char*> missing;
  for (const Need& need : kNeeds) {
    // CAP_BPF was split off CAP_SYS_ADMIN in Linux 5.8, which still includes it.
    if (need.capability == CAP_BPF && has(capabilities, CAP_SYS_ADMIN)) continue;
    if (!has(capabilities, need.capability)) missing.push_back(need.name);
  }
  Check check{.id = "privileges", .title = "privileges", .required = true};
  check.detail = fmt::format("user {}", uid);
  if (missing.empty()) return check;
  check.status = Status::fail;
  check.detail += fmt::format(" without {}", fmt::join(missing, ", "));
  check.remedy = "run it as root (sudo); in a container, with --privileged";
  return check;
}

std::vector<Check> tool_checks() {
  std::vector<Check> checks;
  for (const Tool& tool : kTools) {
    const auto file = find_tool(tool.name);
    checks.push_back(Check{.id = fmt::format("tool-{}", tool.name),
                           .title = tool.name,
                           .status = file ? Status::ok : Status::warn,
                           .detail = file.value_or("not installed"),
                           .remedy = file ? "" : fmt::format("apt-get install {}: for {}", tool.package, tool.purpose),
                           .required = false});
  }
  return checks;
}

std::vector<Check> machine_checks() {
  return {check_kernel(), check_cpus(),   check_clock(),  check_governor(),
          check_load(),   check_pauses(), check_memory(), check_memlock()};
}

}  // namespace fwbench
