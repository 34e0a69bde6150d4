// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/pcap_file.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "core/file.h"

namespace fwbench {
namespace {

constexpr uint64_t kNsPerSecond = 1'000'000'000;
constexpr uint64_t kMaxSeconds = 0x7fffffff;
constexpr int kSnapLength = 262'144;  // tcpdump's default

using PcapHandle = std::unique_ptr<pcap_t, decltype(&pcap_close)>;

/// The whole file, as libpcap writes it.
Result<std::string> dump(std::span<const PcapPacket> packets) {
  const PcapHandle handle(pcap_open_dead_with_tstamp_precision(DLT_EN10MB, kSnapLength, PCAP_TSTAMP_PRECISION_NANO),
                          &pcap_close);
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
  char error[PCAP_ERRBUF_SIZE] = {};
  const PcapHandle handle(pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error),
                          &pcap_close);
  if (!handle) return fail(ErrorKind::usage, "cannot read packets: {}", error);  // names the file where it matters
  if (const int type = pcap_datalink(handle.get()); type != DLT_EN10MB) {
    const char* name = pcap_datalink_val_to_name(type);
    return fail(ErrorKind::usage, "'{}' holds frames of link type {}, not Ethernet", path.string(),
                name != nullptr ? name : "unknown");
  }

  std::vector<PcapPacket> packets;
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  int status = 0;
  while ((status = pcap_next_ex(handle.get(), &header, &data)) == 1) {
    if (header->caplen != header->len) {
      return fail(ErrorKind::usage, "'{}': packet {} was captured in part ({} of {} bytes)", path.string(),
                  packets.size() + 1, header->caplen, header->len);
    }
    const auto bytes = std::as_bytes(std::span(data, header->caplen));
    const auto time_ns =
        static_cast<uint64_t>(header->ts.tv_sec) * kNsPerSecond + static_cast<uint64_t>(header->ts.tv_usec);
    packets.push_back({.time_ns = time_ns, .bytes = {bytes.begin(), bytes.end()}});
  }
  if (status != PCAP_ERROR_BREAK) {
    return fail(ErrorKind::usage, "'{}': {}", path.string(), pcap_geterr(handle.get()));
  }
  return packets;
}

}  // namespace fwbench
