// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/connection_load.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "traffic/wire.h"

namespace fwbench {
namespace {

constexpr const char* kMax = "/proc/sys/net/netfilter/nf_conntrack_max";

/// Connections come and go: the entries of dropped packets are freed behind the softirq only.
constexpr uint64_t kHeadroom = 1024;

using Address = std::array<std::byte, 16>;
using End = std::pair<Address, unsigned>;

struct Connection {
  uint8_t protocol = 0;
  End low, high;

  auto operator<=>(const Connection&) const = default;
};

struct Packet {
  bool fragment = false;
  std::optional<Connection> connection;
};

unsigned u16(Bytes bytes, size_t at) {
  if (at + 2 > bytes.size()) return 0;
  return std::to_integer<unsigned>(bytes[at]) << 8 | std::to_integer<unsigned>(bytes[at + 1]);
}

Address address(Bytes packet, size_t at, size_t length) {
  Address address = {};
  std::copy_n(packet.begin() + static_cast<std::ptrdiff_t>(at), length, address.begin());
  return address;
}

Connection connection(uint8_t protocol, End source, End destination, Bytes transport) {
  if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6) {
    source.second = destination.second = u16(transport, 4);
  } else if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP) {
    source.second = u16(transport, 0);
    destination.second = u16(transport, 2);
  }
  if (destination < source) std::swap(source, destination);
  return {protocol, source, destination};
}

/// Past the extension headers that a fragment header may stand behind.
Packet read_ipv6(Bytes packet) {
  if (packet.size() < 40) return {};
  auto protocol = std::to_integer<uint8_t>(packet[6]);
  size_t at = 40;
  while ((protocol == 0 || protocol == 43 || protocol == 60) && at + 8 <= packet.size()) {
    protocol = std::to_integer<uint8_t>(packet[at]);
    at += (std::to_integer<size_t>(packet[at + 1]) + 1) * 8;
  }
  if (protocol == IPPROTO_FRAGMENT) return {.fragment = true, .connection = std::nullopt};
  return {.connection = connection(protocol, {address(packet, 8, 16), 0}, {address(packet, 24, 16), 0},
                                   packet.subspan(std::min(at, packet.size())))};
}

Packet read_ipv4(Bytes packet) {
  if (packet.size() < 20) return {};
  if ((u16(packet, 6) & 0x3fff) != 0) return {.fragment = true, .connection = std::nullopt};
  const size_t header = (std::to_integer<size_t>(packet[0]) & 15) * 4;
  return {.connection = connection(std::to_integer<uint8_t>(packet[9]), {address(packet, 12, 4), 0},
                                   {address(packet, 16, 4), 0}, packet.subspan(std::min(header, packet.size())))};
}

Packet read_packet(Bytes frame) {
  size_t at = 12;
  unsigned type = u16(frame, at);
  if (type == 0x8100 || type == 0x88a8) type = u16(frame, at += 4);
  const Bytes packet = frame.subspan(std::min(at + 2, frame.size()));
  if (type == 0x0800) return read_ipv4(packet);
  if (type == 0x86dd) return read_ipv6(packet);
  return {};
}

}  // namespace

ConnectionLoad connection_load(const FrameTable& table) {
  ConnectionLoad load;
  std::set<Connection> connections;
  for (const Frame& frame : table.frames) {
    const Packet packet = read_packet(frame.bytes);
    if (packet.fragment) ++load.fragments;
    if (packet.connection) connections.insert(*packet.connection);
  }
  load.connections = connections.size();
  return load;
}

Result<uint64_t> conntrack_room() {
  std::ifstream file(kMax);
  uint64_t room = 0;
  if (file >> room) return room;
  return fail(ErrorKind::unsupported, "this kernel has no connection tracking: cannot read {}", kMax);
}

Result<void> check_connection_load(const FrameTable& table, uint64_t room) {
  const ConnectionLoad load = connection_load(table);
  if (load.fragments != 0) {
    return fail(ErrorKind::unsupported,
                "cannot take this traffic: {} frames are fragments, which connection tracking holds back until the "
                "packet is whole",
                load.fragments);
  }
  if (load.connections + kHeadroom > room) {
    return with_remedy(
        fail(ErrorKind::unsupported, "cannot take this traffic: {} connections, and the kernel tracks {}",
             load.connections, room),
        fmt::format("raise net.netfilter.nf_conntrack_max to {}", load.connections + kHeadroom));
  }
  return {};
}

}  // namespace fwbench
