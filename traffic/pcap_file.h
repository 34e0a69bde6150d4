// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Ethernet frames in pcap files with nanosecond times: the evidence beside a record.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "core/result.h"

namespace fwbench {

struct PcapPacket {
  uint64_t time_ns =
      0;  ///< since 1970, before 2038: the format has 32 bits for seconds, and libpcap reads them as signed
  std::vector<std::byte> bytes = {};

  bool operator==(const PcapPacket&) const = default;
};

/// Writes a classic pcap file (DLT_EN10MB, nanoseconds) as write_file_atomically() does: readers never see half of one.
/// An empty list makes a valid file without packets. Errors: ErrorKind::environment; ErrorKind::usage for a time that
/// does not fit.
[[nodiscard]] Result<void> write_pcap(const std::filesystem::path& path, std::span<const PcapPacket> packets);

/// Reads a pcap or pcapng file of Ethernet frames. Errors: ErrorKind::usage when it is not one, is cut short, or has
/// frames that were captured in part.
[[nodiscard]] Result<std::vector<PcapPacket>> read_pcap(const std::filesystem::path& path);

}  // namespace fwbench
