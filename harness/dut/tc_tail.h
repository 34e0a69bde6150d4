// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What stands at tc ingress of d0 behind a DUT that leaves its frames to the stack: it counts each, and ends it there
/// or sends it on to the far end. So that nothing else of the stack is in the measurement.

#include <cstdint>
#include <memory>

#include "core/result.h"
#include "lab/bpf.h"

struct null_bpf;

namespace fwbench {

enum class TcTailAction : uint8_t { drop, redirect };

class TcTail {
 public:
  /// @param egress_ifindex of TcTailAction::redirect
  [[nodiscard]] static Result<TcTail> load(TcTailAction action, int egress_ifindex);

  /// In the calling thread's network namespace.
  [[nodiscard]] Result<void> attach(int ifindex);
  void detach() { link_.detach(); }
  /// Frames since load().
  [[nodiscard]] Result<uint64_t> seen() const;

 private:
  struct Destroy {
    void operator()(null_bpf* skeleton) const;
  };
  TcTail(std::unique_ptr<null_bpf, Destroy> skeleton, TcTailAction action)
      : skeleton_(std::move(skeleton)), action_(action) {}

  std::unique_ptr<null_bpf, Destroy> skeleton_;
  TcTailAction action_;
  TcLink link_;
};

}  // namespace fwbench
