// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The judge: a linear first match over the parsed rules, with a packet parser of its own.
/// It shares no code with bpf/ or with the compiler, on purpose: a bug would have to be made twice.

#include <cstddef>
#include <cstdint>
#include <span>

#include "policy/policy.h"

namespace fwbench {

struct Judgement {
  Verdict verdict = Verdict::accept;
  int rule = -1;  ///< index of the deciding rule; -1 when no rule did: the policy, or the kernel in front of it

  bool operator==(const Judgement&) const = default;
};

/// `frame` is a whole Ethernet frame without FCS. Never fails: a frame nft cannot parse still gets nft's verdict.
/// @param hits when not empty, one for each of policy.rules: what nft's `counter` of the rule would count.
[[nodiscard]] Judgement judge_frame(const Policy& policy, std::span<const std::byte> frame,
                                    std::span<uint64_t> hits = {});

/// The source line that decided, for messages: "edge.nft:41: tcp dport 22 drop" or "edge.nft:12: policy drop".
[[nodiscard]] std::string describe_judgement(const Policy& policy, const Judgement& judgement);

}  // namespace fwbench
