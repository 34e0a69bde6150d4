// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// [swap]: a DUT is given one policy after the other while frames flow.

#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "dut/dut.h"
#include "engine/image.h"
#include "judge/swap.h"
#include "scenario/plan.h"
#include "traffic/frame.h"

namespace fwbench {

/// Probes that show when a change takes effect: one each 10 us.
inline constexpr uint64_t kSwapProbePps = 100'000;

/// What the policies of [swap] are to a lab's DUTs and frames. Policy 0 is the plan's own.
struct SwapSet {
  std::vector<PolicyImage> others;  ///< policy i is others[i - 1]
  size_t image_room = 0;            ///< bytes of the largest
  uint32_t rules_room = 0;
  std::vector<bool> open;  ///< by frame index: the policies differ on it
  SwapExpectation probes;
};

/// @param own the plan's own policy, compiled. Errors: ErrorKind::usage as compile_policy().
[[nodiscard]] Result<SwapSet> open_swap(const Plan& plan, const FrameTable& table, const PolicyImage& own);

/// The measured window of a trial of changes: load alone, changes, load alone.
[[nodiscard]] uint64_t swap_window_ns(const SwapPlan& plan);

/// Changes the policy of a started DUT from a thread of its own, from the construction on.
class PolicyChanger {
 public:
  /// @param ramp_ns how long the load is on before its window begins. All references outlive the changer.
  PolicyChanger(Dut& dut, const SwapPlan& plan, const SwapSet& set, const PolicyImage& own, uint64_t ramp_ns);

  /// Ends it, in time or before, with the DUT's own policy in force. Errors: those of Dut::replace_policy().
  [[nodiscard]] Result<std::vector<PolicyChange>> finish();

 private:
  [[nodiscard]] Result<std::vector<PolicyChange>> run(const std::stop_token& stop) const;

  Dut& dut_;
  const SwapPlan& plan_;
  const SwapSet& set_;
  const PolicyImage& own_;
  uint64_t ramp_ns_;
  Result<std::vector<PolicyChange>> changes_;
  std::jthread thread_;
};

}  // namespace fwbench
