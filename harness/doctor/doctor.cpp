// SPDX-License-Identifier: BSD-2-Clause
#include "doctor/doctor.h"

#include <algorithm>
#include <iterator>

#include "doctor/host_checks.h"
#include "doctor/kernel_checks.h"

namespace fwbench {

std::vector<Check> run_checks(const DoctorOptions& options) {
  std::vector<Check> checks = {privilege_check()};
  for (auto part : {kernel_checks(options.timeout), machine_checks(), tool_checks()})
    std::ranges::move(part, std::back_inserter(checks));
  return checks;
}

}  // namespace fwbench
