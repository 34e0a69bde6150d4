// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Numbers of a record as the tables and plots show them.

#include <cstdint>
#include <string>

#include "record/record.h"

namespace fwbench {

/// Packets per second as "5.213" (Mpps); four digits behind the point below 0.1.
[[nodiscard]] std::string format_mpps(double pps);

/// Nanoseconds as microseconds to three digits: "0.832", "5.31", "12.1", "1520".
[[nodiscard]] std::string format_us(uint64_t ns);

/// As format_us(), but "-" where n values do not resolve percentile p (fewer than 1 / (1 - p)).
[[nodiscard]] std::string format_percentile_us(uint64_t ns, double p, uint64_t n);

/// "Linux 6.18.0, AMD EPYC 9R14, 2 CPUs, virtual machine"; what is unknown is left out.
[[nodiscard]] std::string host_line(const HostInfo& host);

/// An empty one for a DUT that has none yet.
[[nodiscard]] const DutSummary& summary_of(const Record& record, const std::string& dut);

}  // namespace fwbench
