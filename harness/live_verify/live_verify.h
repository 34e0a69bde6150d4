// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// `fwbench verify --dut`: generated packets sent through real devices under test in real labs, each verdict held
/// against the oracle's.

#include "verify/verify.h"

namespace fwbench::verify {

/// `options.judges` are names of DUTs. To be called in a lab process (lab/lab_process.h).
/// Errors: as verify(), and ErrorKind::measurement as DUT judges.
[[nodiscard]] Result<VerifyReport> verify_duts(VerifyOptions options, const VerifyListener& listener);

/// Whether any DUT was asked about a frame at all.
[[nodiscard]] bool anybody_asked(const VerifyReport& report);

}  // namespace fwbench::verify
