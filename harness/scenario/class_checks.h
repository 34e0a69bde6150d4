// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What is wrong with a class as a whole, once its keys are read. Internal to the scenario module.

#include <optional>
#include <string>

#include "traffic/spec.h"

namespace fwbench {

/// What a scenario says that makes no sense, and the line to blame.
struct KeyProblem {
  std::string section;  ///< "traffic", "class.attack"
  std::string key;
  std::string message;
  std::string hint;
};

/// Bytes without FCS of the smallest frame that holds the headers and the 8 bytes of identity (bpf/abi.h): in TCP they
/// are seq and ack, elsewhere they stand behind the header.
[[nodiscard]] int smallest_frame(const TrafficClass& c);

/// The protocol belongs to the other IP version, or is none.
[[nodiscard]] std::optional<KeyProblem> find_protocol_problem(const TrafficClass& c);

/// Fragments, extension headers and malformations that do not go with the class or, of one from the policy, with one of
/// its rules.
[[nodiscard]] std::optional<KeyProblem> find_class_problem(const TrafficClass& c);

}  // namespace fwbench
