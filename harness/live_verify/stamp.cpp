// SPDX-License-Identifier: BSD-2-Clause
#include "live_verify/stamp.h"

#include <linux/if_ether.h>
#include <netinet/in.h>

#include "traffic/checksum.h"
#include "traffic/wire.h"

namespace fwbench::verify {
namespace {

constexpr size_t kChecksumOffset = 10;
/// As many as bpf/identity.h looks behind.
constexpr int kMaxTags = 2;
constexpr int kMaxExtensionHeaders = 8;

/// Behind the transport header at `offset`.
size_t behind(uint8_t protocol, size_t offset) {
  switch (protocol) {
    case IPPROTO_TCP:
      return offset + 4;
    case IPPROTO_UDP:
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
      return offset + 8;
    default:
      return offset;
  }
}

bool is_walked(uint8_t header) {
  return header == IPPROTO_HOPOPTS || header == IPPROTO_ROUTING || header == IPPROTO_DSTOPTS ||
         header == IPPROTO_FRAGMENT;
}

std::optional<size_t> behind_ipv6(Bytes frame, size_t at) {
  if (at + kIpv6Header > frame.size()) return std::nullopt;
  uint8_t next = byte_at(frame, at + 6);
  at += kIpv6Header;
  for (int i = 0; i < kMaxExtensionHeaders && is_walked(next); ++i) {
    if (at + 8 > frame.size()) return std::nullopt;
    const bool fragment = next == IPPROTO_FRAGMENT;
    const bool later = fragment && (u16_at(frame, at + 2) & 0xfff8) != 0;
    next = later ? uint8_t{IPPROTO_NONE} : byte_at(frame, at);
    at += fragment ? 8 : (size_t{byte_at(frame, at + 1)} + 1) * 8;
  }
  return behind(next, at);
}

struct Network {
  uint16_t type;
  size_t at;
};

std::optional<Network> network_of(Bytes frame) {
  if (frame.size() < ETH_HLEN) return std::nullopt;
  Network network = {u16_at(frame, ETH_HLEN - 2), ETH_HLEN};
  for (int i = 0; i < kMaxTags && (network.type == ETH_P_8021Q || network.type == ETH_P_8021AD); ++i) {
    if (network.at + kVlanTag > frame.size()) return std::nullopt;
    network = {u16_at(frame, network.at + 2), network.at + kVlanTag};
  }
  return network;
}

void put_u16(std::vector<std::byte>& frame, size_t at, uint16_t value) {
  frame[at] = static_cast<std::byte>(value >> 8);
  frame[at + 1] = static_cast<std::byte>(value);
}
void put_u32(std::vector<std::byte>& frame, size_t at, uint32_t value) {
  put_u16(frame, at, static_cast<uint16_t>(value >> 16));
  put_u16(frame, at + 2, static_cast<uint16_t>(value));
}

/// Of the header that the frame has; a header that is cut short has none that anybody checks.
void fix_ipv4_checksum(std::vector<std::byte>& frame, const Network& network) {
  if (network.type != ETH_P_IP || network.at + kIpv4Header > frame.size()) return;
  const size_t length = (byte_at(frame, network.at) & 15U) * 4;
  if (length < kIpv4Header || network.at + length > frame.size()) return;
  put_u16(frame, network.at + kChecksumOffset, 0);
  const uint64_t sum = checksum_add(0, Bytes(frame).subspan(network.at, length));
  put_u16(frame, network.at + kChecksumOffset, checksum_finish(sum));
}

}  // namespace

std::optional<size_t> identity_at(Bytes frame) {
  const auto network = network_of(frame);
  if (!network) return std::nullopt;
  if (network->type == ETH_P_IPV6) return behind_ipv6(frame, network->at);
  if (network->type != ETH_P_IP) return network->at;
  if (network->at + kIpv4Header > frame.size()) return std::nullopt;
  const bool later = (u16_at(frame, network->at + 6) & 0x1fff) != 0;
  const uint8_t protocol = later ? uint8_t{IPPROTO_NONE} : byte_at(frame, network->at + 9);
  return behind(protocol, network->at + (byte_at(frame, network->at) & 15U) * 4);
}

uint32_t identity_of(Bytes frame) {
  const size_t at = *identity_at(frame) + 4;
  return uint32_t{u16_at(frame, at)} << 16 | u16_at(frame, at + 2);
}

std::string_view stamp(std::vector<std::byte>& frame, uint32_t run_id, uint32_t index) {
  if (frame.size() > kLargestFrame) return "frames larger than the links' MTU of 1500 allows";
  const auto at = identity_at(frame);
  if (!at || *at + kIdentityBytes > frame.size()) return "frames without room for an identity behind their headers";
  const auto network = network_of(frame);
  if (network->type == ETH_P_IP && (byte_at(frame, network->at) & 15U) * 4 < kIpv4Header) {
    return "IPv4 headers that claim less than 20 bytes: an identity behind them would be in them";
  }
  put_u32(frame, *at, run_id);
  put_u32(frame, *at + 4, index);
  fix_ipv4_checksum(frame, *network_of(frame));
  return {};
}

}  // namespace fwbench::verify
