// SPDX-License-Identifier: BSD-2-Clause
#include "measure/placement.h"

#include <sched.h>

#include <cerrno>
#include <vector>

namespace fwbench {

Result<Placement> place_on_cpus() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return sys_fail(errno, "cannot read the allowed CPUs");
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<size_t>(cpu), &allowed)) cpus.push_back(cpu);
  }
  if (cpus.empty()) return fail(ErrorKind::environment, "there is no CPU to run on");
  cpu_set_t own;
  CPU_ZERO(&own);
  CPU_SET(static_cast<size_t>(cpus.back()), &own);
  ::sched_setaffinity(0, sizeof own, &own);
  return Placement{.generator_cpu = cpus.front(), .app_cpu = cpus.back()};
}

}  // namespace fwbench
