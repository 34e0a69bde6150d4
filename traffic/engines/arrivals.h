// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The far end of a replay: bpf/arrivals.bpf.c on s0. Keeps what arrives, whole and in order; never judges.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "bpf/replay.h"
#include "core/result.h"
#include "lab/bpf.h"

struct arrivals_bpf;

namespace fwbench {

class Arrivals {
 public:
  struct Config {
    int netns_fd = -1;    ///< the sink's
    int ifindex = 0;      ///< s0; must have one receive queue, as sink.h
    uint64_t frames = 0;  ///< room for that many
    uint64_t bytes = 0;   ///< of so many bytes
  };
  [[nodiscard]] static Result<Arrivals> open(const Config& config);

  [[nodiscard]] bool holds(uint64_t frames, uint64_t bytes) const;
  /// Since the last reset(); any time.
  [[nodiscard]] arrivals_state state() const;
  /// All that arrived and was kept, in order; valid until reset() and stable once nothing is under way.
  [[nodiscard]] std::vector<std::span<const std::byte>> frames() const;
  /// Forgets everything. Only while nothing is under way.
  void reset();

 private:
  struct Destroy {
    void operator()(arrivals_bpf* skeleton) const;
  };
  Arrivals(std::unique_ptr<arrivals_bpf, Destroy> skeleton, XdpLink link, MappedArray chunks, MappedArray entries)
      : skeleton_(std::move(skeleton)),
        link_(std::move(link)),
        chunks_(std::move(chunks)),
        entries_(std::move(entries)) {}

  std::unique_ptr<arrivals_bpf, Destroy> skeleton_;
  XdpLink link_;
  MappedArray chunks_;
  MappedArray entries_;
};

}  // namespace fwbench
