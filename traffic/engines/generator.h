// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The generator's BPF object, bpf/generate.bpf.c, loaded with the frames of a table.

#include <cstdint>
#include <memory>

#include "bpf/abi.h"
#include "core/result.h"
#include "generate.skel.h"
#include "traffic/frame.h"

namespace fwbench {

struct DestroyGenerator {
  void operator()(generate_bpf* object) const;
};

struct Generator {
  std::unique_ptr<generate_bpf, DestroyGenerator> object = {};
  uint32_t room = 0;        ///< bytes that a run must find as its frame: of load
  uint32_t probe_room = 0;  ///< of probes
};

/// `table` is copied.
[[nodiscard]] Result<Generator> load_generator(const FrameTable& table);

}  // namespace fwbench
