// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/pcap_file.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "core/file.h"
#include "traffic/capture.h"

namespace fwbench {
namespace {

constexpr uint64_t kNsPerSecond = 1'000'000'000;
constexpr uint64_t kMaxSeconds = 0x7fffffff;
constexpr size_t kSnapLength = 262'144;  // tcpdump's default

using PcapHandle = std::unique_ptr<pcap_t, decltype(&pcap_close)>;

/// The whole file, as libpcap writes it.
Result<std::string> dump(std::span<const PcapPacket> packets) {
  const PcapHandle handle(
      pcap_open_dead_with_tstamp_precision(DLT_EN10MB, int{kSnapLength}, PCAP_TSTAMP_PRECISION_NANO), &pcap_close);
  char* data = nullptr;  // allocated by `memory`, complete once that is closed, freed by us
  size_t size = 0;
  std::FILE* memory = handle ? ::open_memstream(&data, &size) : nullptr;
  if (memory == nullptr) return sys_fail(errno, "cannot prepare a pcap file in memory");
  pcap_dumper_t* dumper = pcap_dump_fopen(handle.get(), memory);  // owns `memory` from here on
  if (dumper == nullptr) {
    std::fclose(memory);
    std::free(data);
    return fail(ErrorKind::internal, "cannot prepare a pcap file: {}", pcap_geterr(handle.get()));
  }
  for (const auto& packet : packets) {
    pcap_pkthdr header = {};
    header.ts.tv_sec = static_cast<time_t>(packet.time_ns / kNsPerSecond);
    header.ts.tv_usec = static_cast<suseconds_t>(packet.time_ns % kNsPerSecond);  // nanoseconds, by the precision above
    header.caplen = header.len = static_cast<bpf_u_int32>(packet.bytes.size());
    pcap_dump(reinterpret_cast<u_char*>(dumper), &header, reinterpret_cast<const u_char*>(packet.bytes.data()));
  }
  const bool complete = pcap_dump_flush(dumper) == 0 && std::ferror(memory) == 0;
  pcap_dump_close(dumper);
  std::string content = complete ? std::string(data, size) : std::string();
  std::free(data);
  if (!complete) return sys_fail(ENOMEM, "cannot hold a pcap file of {} packets in memory", packets.size());
  return content;
}

}  // namespace

Result<void> write_pcap(const std::filesystem::path& path, std::span<const PcapPacket> packets) {
  const auto too_late = std::ranges::find_if(
      packets, [](const PcapPacket& packet) { return packet.time_ns / kNsPerSecond > kMaxSeconds; });
  if (too_late != packets.end()) {
    return fail(ErrorKind::usage, "cannot write '{}': {} ns is beyond a pcap file's times", path.string(),
                too_late->time_ns);
  }
  const auto content = dump(packets);
  if (!content) return tl::unexpected(content.error());
  return write_file_atomically(path, *content);
}

Result<std::vector<PcapPacket>> read_pcap(const std::filesystem::path& path) {
  constexpr CaptureOptions kWhole = {.truncated = Misfit::fail,
                                     .damaged = Misfit::fail,
                                     .ethernet_only = true,
                                     .min_length = 0,
                                     .max_length = kSnapLength};
  const auto capture = read_capture(path, kWhole);
  if (!capture) return tl::unexpected(capture.error());
  std::vector<PcapPacket> packets;
  packets.reserve(capture->packets.size());
  for (size_t i = 0; i < capture->packets.size(); ++i) {
    const auto bytes = capture->frame(i);
    const auto time_ns = static_cast<uint64_t>(std::max<int64_t>(capture->packets[i].time_ns, 0));
    packets.push_back({.time_ns = time_ns, .bytes = {bytes.begin(), bytes.end()}});
  }
  return packets;
}

}  // namespace fwbench
