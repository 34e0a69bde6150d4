// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/captured_traffic.h"

#include "core/text.h"

namespace fwbench {
namespace {

/// As many distinct frames as traffic.frames may say.
constexpr size_t kMaxPackets = 1'048'576;

}  // namespace

Result<std::shared_ptr<const Capture>> read_traffic_capture(const std::filesystem::path& path) {
  auto capture = read_capture(path.lexically_normal(), {});
  if (!capture) return tl::unexpected(capture.error());
  if (capture->packets.empty()) {
    return fail(ErrorKind::usage, "'{}' has no packet that can be sent: {} were left out", printable(capture->file),
                capture->skipped());
  }
  if (capture->packets.size() > kMaxPackets) {
    return fail(ErrorKind::usage, "'{}' has {} packets; at most {}", printable(capture->file), capture->packets.size(),
                kMaxPackets);
  }
  return std::make_shared<const Capture>(std::move(*capture));
}

TrafficClass captured_class() {
  TrafficClass c;
  c.name = "capture";
  return c;
}

std::string captured_text(const Capture& capture) {
  std::string text =
      fmt::format("{}: {} packets ({})", printable(capture.file), capture.packets.size(), capture.link_type);
  if (capture.skipped() != 0) text += fmt::format(", {} left out", capture.skipped());
  if (capture.has_made_headers) text += ", given an Ethernet header";
  return text;
}

}  // namespace fwbench
