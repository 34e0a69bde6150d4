// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// [traffic] pcap: the frames of a capture instead of classes.

#include <filesystem>
#include <memory>

#include "core/result.h"
#include "traffic/capture.h"
#include "traffic/spec.h"

namespace fwbench {

/// What cannot be sent is left out. Errors: ErrorKind::usage, also when nothing is left.
[[nodiscard]] Result<std::shared_ptr<const Capture>> read_traffic_capture(const std::filesystem::path& path);

/// The class that all of its frames are of.
[[nodiscard]] TrafficClass captured_class();

/// "a.pcap: 1200 packets (EN10MB), 3 left out"
[[nodiscard]] std::string captured_text(const Capture& capture);

}  // namespace fwbench
