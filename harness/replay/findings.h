// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What is made of a comparison: words, packet files, evidence.

#include <string>
#include <vector>

#include "evidence/repro.h"
#include "replay/bench.h"
#include "replay/replay.h"

namespace fwbench {

/// The first few deviations, in words: which packet of the file, what happened, whose word it is.
[[nodiscard]] std::vector<std::string> describe_deviations(const ReplayLoad& load, const ReplayTrial& trial,
                                                           const Delivery& delivery, const Policy& policy,
                                                           const Capture& capture);

/// The packets that met the wrong end, once each; none when that is no packet of the capture's (extra, reordered).
[[nodiscard]] Capture deviating_part(const Capture& capture, const ReplayLoad& load, const Delivery& delivery);

/// @param alone those packets show it flat out and once; else the whole capture as it was replayed
[[nodiscard]] Repro make_repro(const ReplayOptions& options, const Capture& packets, bool alone,
                               const DutReplay& result, bool map_macs);

/// --write-passed, --write-dropped, --write-mismatch.
[[nodiscard]] Result<void> write_outcomes(const ReplayOptions& options, const Capture& capture, const ReplayLoad& load,
                                          const ReplayTrial& trial, const Delivery& delivery);

}  // namespace fwbench
