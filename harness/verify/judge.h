// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Somebody who says what becomes of a frame. The oracle is what all of them are held against.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "engine/classifier.h"
#include "policy/policy.h"

namespace fwbench::verify {

/// What a judge made of a batch.
struct Findings {
  std::vector<Verdict> verdicts;  ///< one for each frame; empty when the judge only counts
  std::vector<uint64_t> hits;     ///< one for each rule: what its `counter` counted, 0 without one; empty: not known
  uint64_t passed = 0;

  void reset(size_t frames, size_t rules) {
    verdicts.assign(frames, Verdict::accept);
    hits.assign(rules, 0);
    passed = 0;
  }
};

class Judge {
 public:
  Judge() = default;
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;
  virtual ~Judge() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Makes the policy the one in force; it must outlive that. What the judge cannot express is named, and nothing is to
  /// be judged then; "" otherwise.
  [[nodiscard]] virtual Result<std::string> take(const Policy& policy) = 0;
  /// Why the judge must not be asked about this frame, as a literal; "" as a rule.
  [[nodiscard]] virtual std::string_view excludes(const FrameView& frame) const {
    (void)frame;
    return {};
  }
  /// What must become of a frame about which the policy says `by_policy`, where others than the judge drop frames too.
  [[nodiscard]] virtual Verdict expected(const FrameView& frame, Verdict by_policy) const {
    (void)frame;
    return by_policy;
  }
  /// Judges by the policy in force. `findings` is reset first.
  [[nodiscard]] virtual Result<void> judge(std::span<const FrameView> frames, Findings& findings) = 0;
};

/// Deliberate faults in the XDP judge, for tests of what is built on top (FirewallOptions).
struct JudgeFaults {
  uint32_t pass_every = 0;
  uint32_t drop_every = 0;
};

/// bpf/firewall.bpf.c through BPF_PROG_RUN. Needs root from the first policy on.
[[nodiscard]] std::unique_ptr<Judge> make_xdp_judge(const JudgeFaults& faults);
/// The userspace engine of the AF_XDP firewall.
[[nodiscard]] std::unique_ptr<Judge> make_afxdp_judge();

}  // namespace fwbench::verify
