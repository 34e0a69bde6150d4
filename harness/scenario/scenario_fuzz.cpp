// SPDX-License-Identifier: BSD-2-Clause
/// Any text as a scenario: planned, or refused with its errors shown; a plan can be printed both ways.

#include <fmt/format.h>

#include <string_view>

#include "core/fuzz.h"
#include "core/memory_file.h"
#include "scenario/scenario.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fwbench;  // NOLINT: a program of one function
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Up to a million rules would be made: minutes of it in a day of this.
  if (text.find("generate") != std::string_view::npos) return 0;
  const auto file = memory_file("scenario", std::as_bytes(std::span(data, size)));
  if (!file) return 0;
  const PlannedScenario planned = plan_scenario(fmt::format("/proc/self/fd/{}", file->get()), {});
  static_cast<void>(render(planned.diagnostics, false));
  fuzz_require(planned.plan.has_value() == !has_errors(planned.diagnostics), "a plan with errors, or none without");
  if (!planned.plan) return 0;
  static_cast<void>(plan_to_text(*planned.plan));
  static_cast<void>(plan_to_json(*planned.plan));
  return 0;
}
