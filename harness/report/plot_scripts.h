// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The plots as text: data and gnuplot script. Pure; plots.h writes and draws them.

#include <string>
#include <vector>

#include "record/record.h"

namespace fwbench {

struct PlotScript {
  std::string name;  ///< file name without extension
  std::string dat;   ///< what is plotted, for people and other programs too; '#' lines say what the columns are
  std::string gp;    ///< reads <name>.dat, writes <name>.svg and <name>.png
};

/// Those that the record has numbers for, in the order they are read:
/// - "mrr": a bar for each DUT with its interval and its rounds
/// - "sweep": MRR against what was swept, a line for each DUT with its intervals
/// - "goodput", "load_delay": under constant load, against what was swept, with the knees marked
/// - "ledger": where the frames went, as shares of the planned ones
/// - "delay": percentile curves on a log 1/(1-p) axis
/// - "timeline": the rate within the MRR trials, rounds end to end
/// Colours are those of Okabe & Ito (told apart by colour-blind people too) and never the only difference.
[[nodiscard]] std::vector<PlotScript> plot_scripts(const Record& record);

}  // namespace fwbench
