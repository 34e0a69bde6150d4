// SPDX-License-Identifier: BSD-2-Clause
/// Any text as a record. One that is read is the same after it was written and read again.

#include <string_view>

#include "core/fuzz.h"
#include "record/record_json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fwbench;  // NOLINT: a program of one function
  const auto record = record_from_json({reinterpret_cast<const char*>(data), size});
  if (!record) return 0;
  const std::string once = record_to_json(*record);
  const auto again = record_from_json(once);
  // A plan that is no object leaves nothing behind, which makes it no record.
  if (!again) return 0;
  fuzz_require(record_to_json(*again) == once, "a record changes when it is written and read");
  return 0;
}
