// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The far end: bpf/sink.bpf.c on s0. Counts, never judges.

#include <memory>
#include <span>
#include <vector>

#include "bpf/abi.h"
#include "core/result.h"
#include "lab/bpf.h"
#include "traffic/frame.h"

struct sink_bpf;

namespace fwbench {

struct SinkConfig {
  int netns_fd = -1;  ///< the sink's
  int ifindex = 0;    ///< s0; must have one receive queue: the counters rely on one NAPI instance at a time
  const FrameTable* table = nullptr;
  uint32_t probe_capacity = 1;  ///< most probes in one trial
  uint32_t identities = 0;      ///< arrivals are counted for those below; never fewer than frames in the table
};

class Sink {
 public:
  [[nodiscard]] static Result<Sink> open(const SinkConfig& config);

  /// Since the last reset(); any time.
  [[nodiscard]] sink_counters counters() const;
  /// By frame index, by probe sequence number; stable once nothing is under way.
  [[nodiscard]] std::vector<uint64_t> arrivals() const;
  [[nodiscard]] std::vector<probe_arrival> probes(size_t count) const;
  /// Zeroes everything. Only while nothing is under way.
  void reset();

 private:
  struct Destroy {
    void operator()(sink_bpf* skeleton) const;
  };
  Sink(std::unique_ptr<sink_bpf, Destroy> skeleton, XdpLink link, MappedArray arrivals, MappedArray probes)
      : skeleton_(std::move(skeleton)),
        link_(std::move(link)),
        arrivals_(std::move(arrivals)),
        probes_(std::move(probes)) {}

  std::unique_ptr<sink_bpf, Destroy> skeleton_;
  XdpLink link_;
  MappedArray arrivals_;
  MappedArray probes_;
};

}  // namespace fwbench
