// SPDX-License-Identifier: BSD-2-Clause
#include "dpdk/eal.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

namespace fwbench {

Result<void> start_eal(const EalConfig& config) {
  // --no-shconf: no files in /run/dpdk, no sockets to other DPDK processes (--in-memory, which would say so, cannot be
  // had with --no-huge). The names stay: DPDK keeps pointers into them.
  static std::vector<std::string> arguments;
  arguments = {"fwbench-dpdk",
               "--no-huge",
               "--no-pci",
               "--no-shconf",
               fmt::format("--file-prefix=fwbench-{}", ::getpid()),
               "--no-telemetry",
               "--log-level=lib.*:warning",
               "-m",
               fmt::format("{}", config.memory_mb),
               "-l",
               fmt::format("{}", config.cpu)};
  for (const std::string& device : config.devices) arguments.push_back("--vdev=" + device);
  static std::vector<char*> argv;
  argv.clear();
  for (std::string& argument : arguments) argv.push_back(argument.data());
  // Without it every line would go to the system's log as well.
  ::rte_openlog_stream(stderr);
  if (::rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) {
    return with_remedy(sys_fail(rte_errno, "DPDK cannot start on CPU {} with {} MB", config.cpu, config.memory_mb),
                       "see what DPDK said; free some memory");
  }
  // It has made two folders there, whatever it was told, and put nothing into them.
  const std::filesystem::path folder = rte_eal_get_runtime_dir();
  ::rmdir(folder.c_str());
  ::rmdir(folder.parent_path().c_str());
  return {};
}

}  // namespace fwbench
