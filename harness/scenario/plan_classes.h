// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Every [class.NAME] of a plan, and what must hold of all of them together. Internal to the scenario module.

#include "scenario/section_reader.h"

namespace fwbench {

/// Once [policy] and [traffic] are read, with the capture of [traffic] pcap. Sets the shares of the load too.
void read_classes(SectionReader& reader);

/// Every rule is to be hit: a class needs at least as many frames as it has flows. Only for classes without errors.
void check_flow_counts(SectionReader& reader);

}  // namespace fwbench
