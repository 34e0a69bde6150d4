// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A made-up but realistic record with every member filled: six DUTs, seven rounds, delays of 1..100 us. For tests
/// only.

#include "record/record.h"

namespace fwbench {

/// Deterministic. Trials are raw and summarised with summarise().
[[nodiscard]] Record sample_record();

}  // namespace fwbench
