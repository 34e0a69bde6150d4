// SPDX-License-Identifier: BSD-2-Clause
#include "measure/host.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace fwbench {
namespace {

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace

HostInfo read_host_info() {
  HostInfo host;
  utsname system = {};
  if (::uname(&system) == 0) {
    host.kernel = system.release;
    host.machine = system.machine;
  }
  host.cpu_model = cpu_model();
  host.cpus = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  host.clock_source = first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  // Records of the same class may be compared; kernels differ by their first two numbers.
  const size_t second_dot = host.kernel.find('.', host.kernel.find('.') + 1);
  host.host_class = fmt::format("{} x{} linux-{}", host.cpu_model, host.cpus, host.kernel.substr(0, second_dot));
  host.versions["libbpf"] = fmt::format("{}.{}", libbpf_major_version(), libbpf_minor_version());
  host.versions["compiler"] = __VERSION__;
  return host;
}

CpuWatch::CpuWatch() : begin_(read()) {}

CpuWatch::Times CpuWatch::read() {
  std::istringstream line(first_line("/proc/stat"));
  std::string name;
  line >> name;
  Times times;
  uint64_t value = 0;
  // proc(5): user nice system idle iowait irq softirq steal; guest time is in user already
  for (int field = 0; field < 8 && line >> value; ++field) {
    times.all += value;
    if (field == 7) times.steal = value;
  }
  return times;
}

std::optional<double> CpuWatch::steal_share() const {
  const Times now = read();
  if (now.all <= begin_.all) return std::nullopt;
  return static_cast<double>(now.steal - begin_.steal) / static_cast<double>(now.all - begin_.all);
}

std::optional<double> load_average() {
  double average = 0;
  std::istringstream line(first_line("/proc/loadavg"));
  if (!(line >> average)) return std::nullopt;
  return average;
}

}  // namespace fwbench
