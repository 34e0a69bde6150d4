// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Real nft as a judge: the policy's own text in front of a veth device in the calling thread's network namespace, and
/// the counters of the kernel. It counts and does not say what became of a single frame.

#include <memory>

#include "verify/judge.h"

namespace fwbench::verify {

/// Only to be used in a lab process (lab/lab_process.h): it replaces the namespace's ruleset.
[[nodiscard]] std::unique_ptr<Judge> make_nft_judge();

}  // namespace fwbench::verify
