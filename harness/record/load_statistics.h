// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Goodput under constant load, where it breaks down, and what is let through. The knee of a DUT is the highest load of
/// a sweep up to which the load was offered in full and the legal frames arrived.
///
/// RFC 3511 section 5.5 asks how an attack changes what a firewall does for others, and leaves open what counts as too
/// much; section 5.8 asks for the illegal traffic that was forwarded.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "record/record.h"

namespace fwbench {

/// Goodput of a load that is carried: this share of the legal frames, at least, in the median round.
inline constexpr double kCarriedGoodput = 0.99;
/// A load is offered in full when this share of it, at least, was sent in the median round. On one core a DUT that is
/// too slow holds the generator up instead of losing frames.
inline constexpr double kOfferedInFull = 0.98;

/// Of the valid constant-load trials that are wanted; nothing when there are none with legal traffic, or of a
/// device that lets nothing through.
[[nodiscard]] std::optional<LoadStats> load_stats(const Record& record,
                                                  const std::function<bool(const Trial&)>& wanted);

/// Of the valid correctness, MRR and constant-load trials that are wanted; nothing without illegal traffic.
[[nodiscard]] std::optional<LeakStats> leak_stats(const Record& record,
                                                  const std::function<bool(const Trial&)>& wanted);

/// Adds counts class by class; distinct frames are the same in every trial.
void add_classes(std::vector<ClassCounts>& sum, const std::vector<ClassCounts>& classes);

/// One-sided upper 95 % bound of a share of which `successes` of `trials` were seen; 1 for no trials.
[[nodiscard]] double upper_bound95(uint64_t trials, uint64_t successes);

/// Offered in full, and its legal frames arrived.
[[nodiscard]] bool is_carried(const LoadStats& load);

/// Where a DUT's curve breaks down.
struct Knee {
  const CaseSummary* last_carried = nullptr;  ///< null: not even the lowest load
  const CaseSummary* first_broken = nullptr;  ///< null: the sweep did not go far enough
};
/// By scheduled load; nothing when the cases of the DUT do not differ in it.
[[nodiscard]] std::optional<Knee> find_knee(const DutSummary& summary);

}  // namespace fwbench
