// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A device under test as a judge: frames go out at g0, and what arrives at the sink was let through.

#include <memory>

#include "dut/dut.h"
#include "verify/judge.h"

namespace fwbench::verify {

struct DutJudgeConfig {
  int generator_cpu = 0;
  int app_cpu = 1;
};

/// Frames that a DUT is asked about at once: a frame's identity is its place among them.
inline constexpr size_t kDutBatch = 16384;

/// Why a DUT is not asked about the frame; "" for one that it is asked about.
/// @param is_stamped the frame carries an identity (stamp.h), which has to arrive.
[[nodiscard]] std::string_view dut_excludes(const DutEntry& entry, std::span<const std::byte> frame,
                                            const Policy& policy, bool is_stamped);

/// The judge of a catalogue's DUT. It takes stamped frames only (stamp.h), and must be used and destroyed within a lab
/// process, by one thread.
/// judge() errors: ErrorKind::measurement when frames are lost at every rate, or the books do not balance.
[[nodiscard]] std::unique_ptr<Judge> make_dut_judge(const DutEntry& entry, const DutJudgeConfig& config);

}  // namespace fwbench::verify
