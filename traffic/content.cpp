// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/content.h"

#include <algorithm>
#include <unordered_map>

#include "bpf/content_hash.h"
#include "traffic/capture.h"
#include "traffic/schedule.h"

namespace fwbench {
namespace {

/// Of the TX engine's table, in which every frame has the room of the longest.
constexpr size_t kMaxTableBytes = size_t{1} << 30;

}  // namespace

Result<void> add_captured_frames(const Capture& capture, uint16_t class_index, FrameTable& table) {
  if (capture.packets.empty()) return fail(ErrorKind::usage, "'{}' has no packet that can be sent", capture.file);
  size_t longest = 0;
  for (size_t i = 0; i < capture.packets.size(); ++i) longest = std::max(longest, capture.frame(i).size());
  if (longest * capture.packets.size() > kMaxTableBytes) {
    return with_remedy(fail(ErrorKind::usage,
                            "'{}': {} packets, each with the room of the longest ({} bytes), are more "
                            "than {} MB",
                            capture.file, capture.packets.size(), longest, kMaxTableBytes >> 20),
                       "cut it into several, for example with `editcap -c`");
  }
  for (size_t i = 0; i < capture.packets.size(); ++i) {
    const auto bytes = capture.frame(i);
    const auto* const begin = reinterpret_cast<const __u8*>(bytes.data());
    table.contents.push_back(fw_content_hash(begin, begin + bytes.size()));
    table.frames.push_back({.bytes = {bytes.begin(), bytes.end()}, .class_index = class_index});
  }
  return {};
}

std::vector<uint32_t> first_of_content(const std::vector<uint64_t>& contents) {
  std::unordered_map<uint64_t, uint32_t> first;
  std::vector<uint32_t> firsts;
  firsts.reserve(contents.size());
  for (uint32_t i = 0; i < contents.size(); ++i) firsts.push_back(first.try_emplace(contents[i], i).first->second);
  return firsts;
}

void share_arrivals(const FrameTable& table, uint64_t planned, std::vector<uint64_t>& arrivals) {
  if (table.contents.empty()) return;
  const auto firsts = first_of_content(table.contents);
  std::vector<uint64_t> left(arrivals.begin(), arrivals.end());
  std::vector<uint32_t> last(firsts.size());
  for (uint32_t i = 0; i < firsts.size(); ++i) {
    uint64_t& rest = left[firsts[i]];
    arrivals[i] = std::min(rest, times_emitted(planned, firsts.size(), i));
    rest -= arrivals[i];
    last[firsts[i]] = i;
  }
  for (uint32_t i = 0; i < firsts.size(); ++i) {
    if (firsts[i] == i) arrivals[last[i]] += left[i];
  }
}

}  // namespace fwbench
