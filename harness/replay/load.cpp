// SPDX-License-Identifier: BSD-2-Clause
#include "replay/load.h"

#include <linux/if_ether.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "core/units.h"
#include "live_verify/dut_judge.h"
#include "traffic/engines/clock.h"
#include "traffic/wire.h"

namespace fwbench {
namespace {

/// Longer than anybody waits: a broken time rather.
constexpr uint64_t kLongestPassNs = 24 * 3600 * kNsPerSecond;
constexpr double kMaxFactor = 1e6;

void write_mac(std::vector<std::byte>& frame, size_t at, const MacAddress& mac) {
  std::transform(mac.begin(), mac.end(), frame.begin() + static_cast<std::ptrdiff_t>(at),
                 [](uint8_t b) { return std::byte{b}; });
}

/// ip_decrease_ttl(): the checksum is carried on, not made anew.
void carry_checksum_on(std::vector<std::byte>& frame) {
  constexpr size_t kChecksum = kEthernetHeader + 10;
  constexpr unsigned kOneHop = 0x0100;
  unsigned sum =
      (std::to_integer<unsigned>(frame[kChecksum]) << 8 | std::to_integer<unsigned>(frame[kChecksum + 1])) + kOneHop;
  sum = (sum & 0xffff) + (sum >> 16);
  if (sum == 0xffff) sum = 0;
  frame[kChecksum] = static_cast<std::byte>(sum >> 8);
  frame[kChecksum + 1] = static_cast<std::byte>(sum & 0xff);
}

/// As the stack sends it on; @param frame one that survives it (judge/stack.h).
std::vector<std::byte> as_forwarded(Bytes frame) {
  auto out = frame_at_hook(frame, StackPath::forward);
  if (u16_at(out, 2 * ETH_ALEN) == ETH_P_IP) carry_checksum_on(out);
  write_mac(out, 0, kSinkMac);
  write_mac(out, ETH_ALEN, kDutOutMac);
  return out;
}

Fate fate_of(const DutEntry& entry, Bytes frame, Verdict by_policy) {
  if (entry.expectation == DutExpectation::everything_passes) return Fate::pass;
  if (entry.expectation == DutExpectation::everything_is_dropped) return Fate::drop;
  if (stack_fate(frame, entry.path) != StackFate::survives) return Fate::drop;
  return by_policy == Verdict::accept ? Fate::pass : Fate::drop;
}

uint64_t gap_ns(int64_t from, int64_t to) {
  return to <= from ? 0 : static_cast<uint64_t>(to) - static_cast<uint64_t>(from);
}

uint64_t scaled(uint64_t ns, double factor) {
  const double result = static_cast<double>(ns) / factor;
  // Not representable as a double: the largest one below 2^63.
  constexpr double kMax = 9.2e18;
  return result >= kMax ? static_cast<uint64_t>(kMax) : static_cast<uint64_t>(std::llround(result));
}

/// Since the first packet that is sent, at recorded speed.
std::vector<uint64_t> recorded_times(const Capture& capture, const ReplayLoad& load) {
  std::vector<uint64_t> times;
  uint64_t at = 0;
  for (size_t i = 0; i < load.packets.size(); ++i) {
    const auto time_of = [&](size_t frame) { return capture.packets[load.packets[frame]].time_ns; };
    const uint64_t gap = i == 0 ? 0 : gap_ns(time_of(i - 1), time_of(i));
    at = gap > std::numeric_limits<uint64_t>::max() - at ? std::numeric_limits<uint64_t>::max() : at + gap;
    times.push_back(at);
  }
  return times;
}

}  // namespace

uint64_t total(const ReasonCounts& reasons) {
  uint64_t sum = 0;
  for (const auto& [reason, count] : reasons) sum += count;
  return sum;
}

Result<ReplaySpeed> parse_speed(std::string_view text) {
  ReplaySpeed speed;
  if (text == "max") return speed;
  const auto wrong = [text] {
    return with_remedy(fail(ErrorKind::usage, "'{}' is no speed", text), "write max, 1x, 10x, 0.5x, 50kpps or 1Mpps");
  };
  if (text.ends_with("x")) {
    speed.pace = ReplayPace::recorded;
    const char* const end = text.data() + text.size() - 1;
    const auto [at, error] = std::from_chars(text.data(), end, speed.factor);
    if (error != std::errc() || at != end || !(speed.factor > 0) || speed.factor > kMaxFactor) return wrong();
    return speed;
  }
  const auto count = parse_count(text);
  if (!count || *count == 0 || *count > kNsPerSecond) return wrong();
  speed.pace = ReplayPace::rate;
  speed.pps = *count;
  return speed;
}

bool needs_mapped_macs(StackPath path) {
  return path == StackPath::prerouting || path == StackPath::forward;
}

Result<ReplayLoad> make_load(const Capture& capture, const DutEntry& entry, const Policy& policy, bool map_macs) {
  if (entry.path == StackPath::input) {
    return fail(ErrorKind::unsupported, "'{}' keeps what it lets through: nothing of it arrives behind it", entry.name);
  }
  const bool routed = needs_mapped_macs(entry.path);
  ReplayLoad load;
  for (size_t i = 0; i < capture.packets.size(); ++i) {
    Bytes frame = capture.frame(i);
    if (map_macs) {
      auto& mapped = load.made.emplace_back(frame.begin(), frame.end());
      write_mac(mapped, 0, kDutInMac);
      write_mac(mapped, ETH_ALEN, kGeneratorMac);
      frame = mapped;
    }
    const std::string_view excluded = entry.expectation == DutExpectation::policy
                                          ? verify::dut_excludes(entry, frame, policy, false)
                                          : std::string_view();
    if (!excluded.empty() && routed) {
      ++load.left_out[std::string(excluded)];
      continue;
    }
    const Judgement judgement = judge_frame(policy, frame);
    ExpectedPacket expected = {.bytes = frame, .fate = fate_of(entry, frame, judgement.verdict)};
    if (!excluded.empty()) {
      ++load.open[std::string(excluded)];
      expected.fate = Fate::open;
    }
    if (routed && expected.fate == Fate::pass) expected.bytes = load.made.emplace_back(as_forwarded(frame));
    load.frames.push_back({.bytes = frame});
    load.expected.push_back(expected);
    load.judgements.push_back(judgement);
    load.packets.push_back(i);
    load.bytes += frame.size();
  }
  return load;
}

Result<void> set_schedule(const Capture& capture, const ReplaySpeed& speed, ReplayLoad& load) {
  load.pass_ns = 0;
  if (speed.pace == ReplayPace::max || load.frames.empty()) return {};
  const auto times = speed.pace == ReplayPace::recorded ? recorded_times(capture, load) : std::vector<uint64_t>();
  for (size_t i = 0; i < load.frames.size(); ++i) {
    load.frames[i].due_ns = times.empty()
                                ? static_cast<uint64_t>(static_cast<double>(i) * 1e9 / static_cast<double>(speed.pps))
                                : scaled(times[i], speed.factor);
  }
  const uint64_t last = load.frames.back().due_ns;
  // The next pass begins one usual gap later.
  load.pass_ns = last + std::max<uint64_t>(last / std::max<size_t>(load.frames.size() - 1, 1), 1);
  if (last <= kLongestPassNs) return {};
  return with_remedy(fail(ErrorKind::usage, "'{}' would take {:.0f} hours at this speed", capture.file,
                          static_cast<double>(last) / 3600e9),
                     "its times may be broken; give a rate (--speed 10kpps), a factor (--speed 1000x), or max");
}

}  // namespace fwbench
