// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/capture.h"

#include <fcntl.h>
#include <pcap/pcap.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <memory>
#include <utility>

#include "core/text.h"
#include "core/unique_fd.h"
#include "traffic/link_header.h"

namespace fwbench {
namespace {

using PcapHandle = std::unique_ptr<pcap_t, decltype(&pcap_close)>;
using File = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

int64_t saturated_ns(const timeval& time) {  // tv_usec holds nanoseconds, and any of them in a hostile file
  constexpr int64_t kNs = 1'000'000'000;
  int64_t ns = 0;
  const bool overflows =
      __builtin_mul_overflow(int64_t{time.tv_sec}, kNs, &ns) || __builtin_add_overflow(ns, int64_t{time.tv_usec}, &ns);
  if (!overflows) return ns;
  return time.tv_sec < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
}

std::string link_type_name(int type) {
  const char* const name = pcap_datalink_val_to_name(type);
  return name != nullptr ? name : fmt::format("number {}", type);
}

/// One packet as libpcap gives it.
struct RawPacket {
  std::span<const std::byte> bytes;
  uint64_t wire_length = 0;
  uint64_t number = 0;
  uint64_t offset = 0;
};

class CaptureReader {
 public:
  CaptureReader(std::string name, const CaptureOptions& options) : options_(options) {
    capture_.file = std::move(name);
  }

  Result<Capture> read(File file);

 private:
  [[nodiscard]] Result<void> take(RawPacket packet, int64_t time_ns);
  [[nodiscard]] Result<bool> accept(CaptureFault fault, Misfit policy, const RawPacket& packet, std::string detail);
  [[nodiscard]] Result<void> append(const LinkHeader& header, const RawPacket& packet, size_t length, int64_t time_ns);

  const CaptureOptions& options_;
  Capture capture_;
  LinkLayer layer_ = LinkLayer::ethernet;
};

/// True when the packet is sent in some way; false when it is left out.
Result<bool> CaptureReader::accept(CaptureFault fault, Misfit policy, const RawPacket& packet, std::string detail) {
  if (policy == Misfit::fail) {
    return with_remedy(fail(ErrorKind::usage, "'{}': packet {} at offset {}: {} ({})", printable(capture_.file),
                            packet.number, packet.offset, fault_name(fault), detail),
                       "let such packets be skipped, or where it applies padded");
  }
  CaptureFaultCount& count = capture_.faults[static_cast<size_t>(fault)];
  if (count.skipped + count.padded + count.cut == 0) {
    count.number = packet.number;
    count.file_offset = packet.offset;
    count.detail = std::move(detail);
  }
  ++(policy == Misfit::pad ? count.padded : policy == Misfit::cut ? count.cut : count.skipped);
  return policy != Misfit::skip;
}

Result<void> CaptureReader::append(const LinkHeader& header, const RawPacket& packet, size_t length, int64_t time_ns) {
  if (capture_.bytes.size() + length > options_.max_bytes) {
    return with_remedy(
        fail(ErrorKind::usage, "'{}': more than {} MB of packets", printable(capture_.file), options_.max_bytes >> 20),
        "cut it into several, for example with `editcap -c`");
  }
  const size_t at = capture_.bytes.size();
  const auto rest = packet.bytes.subspan(header.cut);
  capture_.bytes.insert(capture_.bytes.end(), header.made.begin(), header.made.begin() + header.made_length);
  capture_.bytes.insert(capture_.bytes.end(), rest.begin(), rest.end());
  capture_.bytes.resize(at + length);
  if (!capture_.packets.empty() && time_ns < capture_.packets.back().time_ns) ++capture_.backwards;
  capture_.packets.push_back({.at = at,
                              .length = static_cast<uint32_t>(length),
                              .time_ns = time_ns,
                              .number = packet.number,
                              .file_offset = packet.offset});
  return {};
}

Result<void> CaptureReader::take(RawPacket packet, int64_t time_ns) {
  const size_t captured = packet.bytes.size();
  // The check of one policy after the other: a packet is counted under the first fault that keeps it out.
  if (captured > packet.wire_length) {
    const auto kept = accept(CaptureFault::lying, options_.damaged, packet,
                             fmt::format("{} bytes captured of a packet of {}", captured, packet.wire_length));
    return kept ? Result<void>{} : tl::unexpected(kept.error());
  }
  const auto header = make_link_header(layer_, packet.bytes, packet.wire_length);
  if (!header) {
    const auto kept = accept(CaptureFault::no_type, options_.damaged, packet, header.error());
    return kept ? Result<void>{} : tl::unexpected(kept.error());
  }
  size_t length = captured - header->cut + header->made_length;
  const uint64_t wanted = packet.wire_length - header->cut + header->made_length;
  if (std::max<uint64_t>(length, options_.truncated == Misfit::pad ? wanted : 0) > options_.max_length) {
    const auto kept = accept(CaptureFault::oversize, options_.oversize, packet, fmt::format("{} bytes", wanted));
    return kept ? Result<void>{} : tl::unexpected(kept.error());
  }
  if (captured < packet.wire_length) {
    const auto kept = accept(CaptureFault::truncated, options_.truncated, packet,
                             fmt::format("{} of {} bytes", captured, packet.wire_length));
    if (!kept) return tl::unexpected(kept.error());
    if (!*kept) return {};
    if (options_.truncated == Misfit::pad) length = static_cast<size_t>(wanted);
  }
  if (length < options_.min_length) {
    const auto kept = accept(CaptureFault::too_short, options_.too_short, packet, fmt::format("{} bytes", length));
    if (!kept) return tl::unexpected(kept.error());
    if (!*kept) return {};
    length = options_.min_length;
  }
  return append(*header, packet, length, time_ns);
}

Result<Capture> CaptureReader::read(File file) {
  char error[PCAP_ERRBUF_SIZE] = {};
  std::FILE* const stream = file.get();
  const PcapHandle handle(pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, error),
                          &pcap_close);
  if (!handle) return fail(ErrorKind::usage, "'{}' is no capture: {}", printable(capture_.file), printable(error));
  static_cast<void>(file.release());  // the handle closes it
  const int type = pcap_datalink(handle.get());
  capture_.link_type = link_type_name(type);
  const auto layer = link_layer_of(type);
  if (!layer || (options_.ethernet_only && *layer != LinkLayer::ethernet)) {
    return with_remedy(
        fail(ErrorKind::usage, "'{}' holds packets of link type {}, which cannot be sent as Ethernet",
             printable(capture_.file), capture_.link_type),
        options_.ethernet_only ? "Ethernet is taken" : "Ethernet, raw IP and Linux cooked captures are taken");
  }
  layer_ = *layer;
  capture_.has_made_headers = layer_ != LinkLayer::ethernet;
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  for (;;) {
    RawPacket packet = {.bytes = {}, .number = capture_.records + 1};
    packet.offset = static_cast<uint64_t>(std::max<off_t>(::ftello(stream), 0));
    const int status = pcap_next_ex(handle.get(), &header, &data);
    if (status == PCAP_ERROR_BREAK) return std::move(capture_);
    if (status != 1) {
      const auto kept =
          accept(CaptureFault::unreadable, options_.damaged, packet, printable(pcap_geterr(handle.get())));
      if (!kept) return tl::unexpected(kept.error());
      return std::move(capture_);
    }
    ++capture_.records;
    packet.bytes = std::as_bytes(std::span(data, header->caplen));
    packet.wire_length = header->len;
    FWBENCH_TRY(take(packet, saturated_ns(header->ts)));
  }
}

}  // namespace

std::string_view fault_name(CaptureFault fault) {
  constexpr std::array<std::string_view, kCaptureFaults> kNames = {
      "captured in part",        "shorter than an Ethernet header",
      "larger than can be sent", "captured beyond its length",
      "without an EtherType",    "unreadable from here on"};
  return kNames[static_cast<size_t>(fault)];
}

uint64_t Capture::skipped() const {
  uint64_t sum = 0;
  for (const CaptureFaultCount& count : faults) sum += count.skipped;
  return sum - fault(CaptureFault::unreadable).skipped;
}

Result<Capture> read_capture(const std::filesystem::path& path, const CaptureOptions& options) {
  // A pipe could keep us waiting for ever, and has no offsets.
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info = {};
  if (!fd.valid() || ::fstat(fd.get(), &info) != 0) {
    auto error = sys_fail(errno, "cannot read '{}'", printable(path.string()));
    error.value().kind = ErrorKind::usage;
    return error;
  }
  if (!S_ISREG(info.st_mode)) return fail(ErrorKind::usage, "'{}' is no regular file", printable(path.string()));
  File file(::fdopen(fd.get(), "rb"), &std::fclose);
  if (!file) return sys_fail(errno, "cannot read '{}'", printable(path.string()));
  static_cast<void>(fd.release());
  return CaptureReader(path.string(), options).read(std::move(file));
}

Result<Capture> read_capture(std::span<const std::byte> content, const std::string& name,
                             const CaptureOptions& options) {
  if (content.empty()) return fail(ErrorKind::usage, "'{}' is no capture: it is empty", printable(name));
  // fmemopen() does not write to what is opened for reading.
  File file(::fmemopen(const_cast<std::byte*>(content.data()), content.size(), "rb"), &std::fclose);
  if (!file) return sys_fail(errno, "cannot read '{}'", printable(name));
  return CaptureReader(name, options).read(std::move(file));
}

}  // namespace fwbench
