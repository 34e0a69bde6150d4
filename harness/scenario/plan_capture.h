// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// [traffic] pcap in a plan: a capture instead of classes. Internal to the scenario module.

#include "scenario/section_reader.h"

namespace fwbench {

/// Once the keys of [traffic] are read; nothing without `pcap`.
void read_plan_capture(SectionReader& reader);

/// Once the classes are read, of a plan with a capture.
void add_captured_class(SectionReader& reader);

}  // namespace fwbench
