// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "policy/policy.h"

namespace fwbench::verify {

/// A chain of these rules at netdev ingress, with `policy drop`.
inline std::shared_ptr<const Policy> policy_of(const std::string& rules) {
  const ParsedPolicy parsed = parse_policy(
      "table netdev t {\n  chain c {\n    type filter hook ingress device \"d0\" priority 0; policy drop;\n" + rules +
          "\n  }\n}\n",
      "test.nft");
  EXPECT_NE(parsed.policy, nullptr) << render(parsed.diagnostics, false);
  return parsed.policy;
}

}  // namespace fwbench::verify
