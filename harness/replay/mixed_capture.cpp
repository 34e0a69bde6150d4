// SPDX-License-Identifier: BSD-2-Clause
/// mixed_capture FILE PACKETS SECONDS: a capture of distinct TCP packets in the sizes of simple IMIX, with exponential
/// gaps that add up to about that time; the same one every time. For scripts/check-replay.

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "traffic/packet.h"
#include "traffic/pcap_file.h"
#include "traffic/random.h"

namespace fwbench {
namespace {

std::vector<PcapPacket> mixed_packets(size_t count, double seconds) {
  constexpr size_t kSizes[] = {60, 60, 60, 60, 60, 60, 60, 590, 590, 590, 590, 1514};  // RFC 6985, simple IMIX
  constexpr size_t kHeaders = 54;
  constexpr double kDraws = 1 << 30;
  SplitMix64 random(5);
  std::vector<PcapPacket> packets;
  packets.reserve(count);
  double at_ns = 1e18;
  for (size_t i = 0; i < count; ++i) {
    const size_t size = kSizes[static_cast<size_t>(random.up_to(std::size(kSizes) - 1))];
    const auto source = static_cast<uint32_t>(0xc6120000 + random.up_to(0xffff));
    packets.push_back({.time_ns = static_cast<uint64_t>(at_ns),
                       .bytes = Ethernet{} / IPv4{.src = Ipv4Address(source)} /
                                Tcp{.dport = 443, .seq = static_cast<uint32_t>(i)} / Payload{.size = size - kHeaders}});
    const double uniform = (static_cast<double>(random.up_to(static_cast<uint64_t>(kDraws) - 1)) + 1) / kDraws;
    at_ns -= std::log(uniform) * seconds * 1e9 / static_cast<double>(count);
  }
  return packets;
}

}  // namespace
}  // namespace fwbench

int main(int argc, char** argv) {
  const size_t packets = argc == 4 ? std::strtoul(argv[2], nullptr, 10) : 0;
  const double seconds = argc == 4 ? std::strtod(argv[3], nullptr) : 0;
  if (packets == 0 || seconds <= 0) {
    fmt::print(stderr, "usage: mixed_capture FILE PACKETS SECONDS\n");
    return fwbench::exit_usage;
  }
  const auto written = fwbench::write_pcap(argv[1], fwbench::mixed_packets(packets, seconds));
  if (written) return fwbench::exit_ok;
  fmt::print(stderr, "mixed_capture: {}\n", written.error().to_string());
  return fwbench::exit_code(written.error().kind);
}
