// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Captures of any origin, to be sent again: pcap and pcapng by libpcap, as Ethernet frames. The file is hostile until
/// proven otherwise: what does not fit is a counted exception with packet number and file offset, or an error; memory
/// follows what the file really holds, never what it claims.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/abi.h"
#include "core/result.h"

namespace fwbench {

/// Packets that cannot be sent as they are.
enum class CaptureFault : uint8_t {
  truncated,   ///< captured in part: caplen < len
  too_short,   ///< less than an Ethernet header
  oversize,    ///< more than the TX engine can send
  lying,       ///< caplen > len: one of the two is wrong
  no_type,     ///< cooked or raw packet without an EtherType
  unreadable,  ///< the file is broken here; nothing behind it can be read
};
inline constexpr size_t kCaptureFaults = 6;
/// "captured in part", as it stands in tables.
[[nodiscard]] std::string_view fault_name(CaptureFault fault);

/// What to do with one: leave it out, fill it up with zeros, send as much of it as there is, or refuse the file.
enum class Misfit : uint8_t { skip, pad, cut, fail };

struct CaptureOptions {
  Misfit truncated = Misfit::skip;  ///< `pad`: up to its length on the wire; `cut`: what was captured
  Misfit too_short = Misfit::skip;  ///< `pad`: up to min_length
  Misfit oversize = Misfit::skip;   ///< `skip` or `fail`
  Misfit damaged = Misfit::skip;    ///< lying, no_type, unreadable; `skip` or `fail`
  bool ethernet_only = false;       ///< other link types are an error
  size_t min_length = 14;
  size_t max_length = FW_MAX_FRAME;
  size_t max_bytes = size_t{1} << 30;  ///< of all frames together; more is an error
};

struct CapturedPacket {
  uint64_t at = 0;  ///< into Capture::bytes
  uint32_t length = 0;
  int64_t time_ns = 0;       ///< since 1970, as the file says, saturated
  uint64_t number = 0;       ///< in the file, from 1
  uint64_t file_offset = 0;  ///< where its record begins; in a pcapng file, or blocks in front of it
};

/// How many packets had a fault, and where the first one was.
struct CaptureFaultCount {
  uint64_t skipped = 0;
  uint64_t padded = 0;
  uint64_t cut = 0;  ///< sent as captured
  uint64_t number = 0;
  uint64_t file_offset = 0;
  std::string detail;  ///< of the first: "60 of 1514 bytes"
};

struct Capture {
  std::string file = {};
  std::string link_type = {};         ///< libpcap's name: "EN10MB"
  bool has_made_headers = false;      ///< packets came without an Ethernet header and were given one
  uint64_t records = 0;               ///< packets in the file, as far as it can be read
  uint64_t backwards = 0;             ///< packets that are older than the one before
  std::vector<std::byte> bytes = {};  ///< of all frames, one behind the other
  std::vector<CapturedPacket> packets = {};
  std::array<CaptureFaultCount, kCaptureFaults> faults = {};  ///< by CaptureFault

  [[nodiscard]] std::span<const std::byte> frame(size_t i) const {
    return std::span(bytes).subspan(packets[i].at, packets[i].length);
  }
  [[nodiscard]] const CaptureFaultCount& fault(CaptureFault f) const { return faults[static_cast<size_t>(f)]; }
  /// Of `records`: all that are not in `packets`. What cannot be read is none.
  [[nodiscard]] uint64_t skipped() const;
};

/// Link types: Ethernet as it is; raw IP and Linux cooked (v1, v2) with an Ethernet header from the lab's generator to
/// its DUT (traffic/frame.h).
/// Errors: ErrorKind::usage for what is no capture (say, a pipe), for other link types, for a fault whose policy is
/// `fail`, and for more than max_bytes.
[[nodiscard]] Result<Capture> read_capture(const std::filesystem::path& path, const CaptureOptions& options);

/// The same of a file in memory, under that name.
[[nodiscard]] Result<Capture> read_capture(std::span<const std::byte> content, const std::string& name,
                                           const CaptureOptions& options);

}  // namespace fwbench
