// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What of a capture is sent to a DUT, when, and what must become of it: plain values, no kernel.

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "dut/dut.h"
#include "policy/oracle.h"
#include "replay/delivery.h"
#include "traffic/capture.h"
#include "traffic/engines/replay_engine.h"

namespace fwbench {

enum class ReplayPace : uint8_t {
  max,       ///< flat out
  recorded,  ///< as recorded, `factor` times as fast
  rate,      ///< `pps`, all gaps alike
};

struct ReplaySpeed {
  ReplayPace pace = ReplayPace::max;
  double factor = 1;
  uint64_t pps = 0;

  bool operator==(const ReplaySpeed&) const = default;
};

/// "max"; "1x", "10x", "0.5x"; "50kpps", "1Mpps". Errors: ErrorKind::usage.
[[nodiscard]] Result<ReplaySpeed> parse_speed(std::string_view text);

/// Packets by the reason they are treated otherwise.
using ReasonCounts = std::map<std::string, uint64_t, std::less<>>;
[[nodiscard]] uint64_t total(const ReasonCounts& reasons);

struct ReplayLoad {
  std::vector<ReplayFrame> frames;       ///< bytes in the capture or in `made`, and due times
  std::vector<ExpectedPacket> expected;  ///< of each frame
  std::vector<Judgement> judgements;     ///< of each frame: the oracle's
  std::vector<size_t> packets;           ///< of each frame: index into Capture::packets
  ReasonCounts left_out;                 ///< not sent: what behind this DUT's stack is not modelled
  ReasonCounts open;                     ///< sent, and either verdict is right
  uint64_t bytes = 0;                    ///< of all frames
  uint64_t pass_ns = 0;                  ///< from the beginning of a pass to that of the next
  std::deque<std::vector<std::byte>> made;
};

/// A DUT that routes drops what is not for its MAC address: packets are addressed to it, from the generator.
[[nodiscard]] bool needs_mapped_macs(StackPath path);

/// The capture must outlive the result. No policy: of a null device only.
/// Behind a DUT that routes, packets arrive as the stack forwards them: other MAC addresses, one hop less, nothing
/// behind the IP packet.
/// Errors: ErrorKind::unsupported for a DUT behind which nothing can arrive.
[[nodiscard]] Result<ReplayLoad> make_load(const Capture& capture, const DutEntry& entry, const Policy& policy,
                                           bool map_macs);

/// Fills in due times. Time that goes backwards in the capture stands still.
/// Errors: ErrorKind::usage when a pass would take more than a day.
[[nodiscard]] Result<void> set_schedule(const Capture& capture, const ReplaySpeed& speed, ReplayLoad& load);

}  // namespace fwbench
