// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A made-up but realistic record with every member filled: six DUTs, seven rounds, delays of 1..100 us. For tests
/// only.

#include "record/record.h"

namespace fwbench {

/// Deterministic. Trials are raw and summarised with summarise().
[[nodiscard]] Record sample_record();

/// The same with its last `trials` trials and two points of each curve: quick to read a thousand times.
[[nodiscard]] Record shortened(Record record, size_t trials);

/// A sweep of constant loads: legal frames at a fixed rate beside 0 to 4 million illegal ones a second.
[[nodiscard]] Record sample_load_record();

/// The sample with a search in it: xdp, ndr regular and pdr at the largest load.
[[nodiscard]] Record sample_search_record();

/// A sweep over policy.rules = 1, 10, 100, 1000, 10000, compared with 10: null-drop at 5.2 Mpps in all of them, xdp at
/// 3.9 Mpps less 5 % for each case behind the first; seven rounds, each 1 % faster than the one before.
[[nodiscard]] Record sample_sweep_record();

/// What a gate leaves: xdp against xdp-skb, with one answer of each kind, and a check of the base.
[[nodiscard]] Record sample_gate_record();

}  // namespace fwbench
