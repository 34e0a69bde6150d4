// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Firewalls of the user's own: [dut.NAME] of a scenario. Opening one starts or loads it, and it stays so until it is
/// destroyed: trials only look at it.

#include "dut/dut.h"

namespace fwbench {

/// kind = command.
/// Errors: ErrorKind::environment when it does not get ready, with the last that it said.
[[nodiscard]] Result<std::unique_ptr<Dut>> open_user_command(const DutInputs& inputs);

/// kind = xdp-object.
/// Errors: ErrorKind::environment when libbpf or the kernel refuse it, with their reasons.
[[nodiscard]] Result<std::unique_ptr<Dut>> open_user_object(const DutInputs& inputs);

}  // namespace fwbench
