// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What fuzz targets (*_fuzz.cpp) are written against. scripts/fuzz links them with libFuzzer; in all other builds
/// core/fuzz_main.cpp gives them their seeds, as a test.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// https://llvm.org/docs/LibFuzzer.html: `data` is not terminated; returns 0.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace fwbench {

/// Ends the process as a sanitizer would, so that libFuzzer keeps the input.
inline void fuzz_require(bool holds, const char* broken) {
  if (holds) return;
  static_cast<void>(std::fprintf(stderr, "fuzz target: %s\n", broken));
  std::abort();
}

}  // namespace fwbench
