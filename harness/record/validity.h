// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What made the numbers of a record less trustworthy, found from the record alone: so a merged one has them too.
///
///   cpu-steal        the hypervisor gave CPU time to others
///   background-load  the machine was busy before the run
///   slow-clock       reading the clock leaves the CPU (hpet, acpi_pm)
///   foreign-frames   frames at the sink that were not this run's
///   few-rounds       the intervals cover less than 95 %
///   load-not-offered  a constant load that was not sent in full
///   search-unfinished  a rate search that did not come to its end
///   lower-bound      a DUT about as fast as the instrument, or a search that ended at the largest load
///   mixed-hosts      merged from machines of several classes

#include <vector>

#include "record/record.h"

namespace fwbench {

[[nodiscard]] std::vector<Warning> validity_warnings(const Record& record);

/// Puts them in the place of those with the same ids; others stay.
void update_warnings(Record& record);

}  // namespace fwbench
