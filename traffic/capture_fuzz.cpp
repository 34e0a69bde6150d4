// SPDX-License-Identifier: BSD-2-Clause
/// Any bytes as a capture, with each answer to what cannot be sent.

#include "core/fuzz.h"
#include "traffic/capture.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fwbench;  // NOLINT: a program of one function
  const auto content = std::as_bytes(std::span(data, size));
  for (const Misfit misfit : {Misfit::skip, Misfit::pad, Misfit::fail}) {
    CaptureOptions options = {.truncated = misfit, .too_short = misfit};
    if (misfit == Misfit::fail) options.oversize = options.damaged = misfit;
    const auto capture = read_capture(content, "fuzz.pcap", options);
    if (!capture) continue;
    fuzz_require(capture->packets.size() + capture->skipped() == capture->records, "a packet is not accounted for");
    for (size_t i = 0; i < capture->packets.size(); ++i) {
      const size_t length = capture->frame(i).size();
      fuzz_require(length >= options.min_length && length <= options.max_length, "a frame that cannot be sent");
    }
  }
  return 0;
}
