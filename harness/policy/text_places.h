// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Where in its text a policy says what it is for: for who loads that text at another hook.

#include <cstddef>
#include <vector>

#include "policy/policy.h"

namespace fwbench {

/// Bytes of Policy::text.
struct TextSpan {
  size_t offset = 0;
  size_t length = 0;

  bool operator==(const TextSpan&) const = default;
};

struct TextPlaces {
  std::vector<TextSpan> family_words;  ///< the family's, wherever the policy's own table is named with it
  TextSpan hook;                       ///< the base chain's `type ... priority 0`, without what ends it
  size_t base_chain_body = 0;          ///< behind that chain's '{'
};

/// As the parser finds them: it reads the text once more.
[[nodiscard]] TextPlaces find_text_places(const Policy& policy);

}  // namespace fwbench
