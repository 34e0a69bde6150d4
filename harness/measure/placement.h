// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Which CPU does what.

#include "core/result.h"

namespace fwbench {

struct Placement {
  int generator_cpu = 0;  ///< the first that we may use
  int app_cpu = 1;        ///< the last: of a DUT that is a process. The same one when there is only one.
};

/// Of the CPUs that we may use; the calling thread itself goes to the last one, off the generator's core.
/// Errors: ErrorKind::environment.
[[nodiscard]] Result<Placement> place_on_cpus();

}  // namespace fwbench
