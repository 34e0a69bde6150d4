// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// nft by its library (libnftables(3)), in a process of its own for each text: no program to find, no file left, and a
/// library that aborts takes nobody with it.

#include <optional>
#include <string>

#include "core/result.h"
#include "policy/policy.h"

namespace fwbench {

/// What nft did not like. The kernel's objections have a place too.
struct NftRefusal {
  ErrorKind kind = ErrorKind::unsupported;  ///< environment when nft could not be asked
  int line = 0;                             ///< of the commands, from 1; 0 when it names none
  std::string message;                      ///< "Could not process rule: Operation not supported"
  std::string text;                         ///< all that nft said
};

/// Runs commands as `nft -f` does, in the calling thread's network namespace: all of them or none. What they load stays
/// until the namespace goes. Nothing is remembered from one call to the next, `define`s included.
[[nodiscard]] std::optional<NftRefusal> nft_load(const std::string& commands);

/// Of the library that is loaded: "1.0.6"; empty when it does not say. It reads what rulesets there are in this network
/// namespace, so ask in an empty one.
[[nodiscard]] std::string nft_version();

/// ErrorKind::unsupported with the file and line: nft cannot run the policy there, and says why.
/// @param refusal of a text that has the policy's lines
[[nodiscard]] tl::unexpected<Error> refused(const Policy& policy, const NftRefusal& refusal);

}  // namespace fwbench
