// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// One frame with the wanted values; what nobody asked for is plausible, or broken on purpose now and then.

#include <cstddef>
#include <cstdint>
#include <span>

#include "verify/packet_generator.h"

namespace fwbench::verify {

/// Percentages of frames that are not as a correct sender would write them.
struct Oddities {
  unsigned tag = 14;
  unsigned second_tag = 20;  ///< of the tagged ones
  unsigned ipv4_options = 12;
  unsigned ipv4_fragment = 14;
  unsigned extensions = 35;  ///< of IPv6 frames
  unsigned lying_length = 6;
  unsigned wrong_version = 2;
  unsigned truncated = 6;
  unsigned short_transport = 6;  ///< a transport header that ends early, with lengths that say so
  unsigned padded = 12;
  unsigned other_type = 4;  ///< neither IPv4 nor IPv6, where the rule does not mind
};

/// Writes a frame of kMinFrameBytes..kMaxFrameBytes and returns its size.
[[nodiscard]] size_t build_frame(RandomSource& random, const Wanted& wanted, const Oddities& oddities,
                                 std::span<std::byte, kMaxFrameBytes> frame);

}  // namespace fwbench::verify
