// SPDX-License-Identifier: BSD-2-Clause
#include "core/units.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace fwbench {
namespace {

struct Unit {
  std::string_view suffix;
  double factor;
};

constexpr Unit kDurations[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}};
constexpr Unit kCounts[] = {{"", 1}, {"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"pps", 1}, {"kpps", 1e3}, {"Mpps", 1e6}};

template <size_t n>
Result<uint64_t> parse_with_unit(std::string_view text, const Unit (&units)[n], std::string_view example) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(value) || value < 0) {
    return fail(ErrorKind::usage, "'{}' is not a number ({})", text, example);
  }
  const std::string_view suffix(rest, static_cast<size_t>(end - rest));
  for (const Unit& unit : units) {
    if (suffix != unit.suffix) continue;
    const double scaled = std::round(value * unit.factor);
    // 2^63: beyond it neither the kernel's clocks nor our counters can follow.
    if (scaled >= 9.2e18) return fail(ErrorKind::usage, "'{}' is too large", text);
    return static_cast<uint64_t>(scaled);
  }
  return fail(ErrorKind::usage, "'{}' has {} ({})", text,
              suffix.empty() ? std::string("no unit") : fmt::format("an unknown unit '{}'", suffix), example);
}

}  // namespace

Result<uint64_t> parse_duration_ns(std::string_view text) {
  return parse_with_unit(text, kDurations, "write a duration as 500ms, 1s, 300us");
}

Result<uint64_t> parse_count(std::string_view text) {
  return parse_with_unit(text, kCounts, "write a number as 500, 100k, 1M");
}

std::string format_duration(uint64_t ns) {
  if (ns < 1'000) return fmt::format("{}ns", ns);
  if (ns < 1'000'000) return fmt::format("{:.4g}us", static_cast<double>(ns) / 1e3);
  if (ns < 1'000'000'000) return fmt::format("{:.4g}ms", static_cast<double>(ns) / 1e6);
  return fmt::format("{:.4g}s", static_cast<double>(ns) / 1e9);
}

std::string format_count(uint64_t count) {
  const auto value = static_cast<double>(count);
  if (count < 10'000) return fmt::format("{}", count);
  if (count < 1'000'000) return fmt::format("{:.1f}k", value / 1e3);
  if (count < 1'000'000'000) return fmt::format("{:.2f}M", value / 1e6);
  return fmt::format("{:.2f}G", value / 1e9);
}

}  // namespace fwbench
