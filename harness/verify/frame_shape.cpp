// SPDX-License-Identifier: BSD-2-Clause
#include "verify/frame_shape.h"

#include "traffic/packet.h"
#include "traffic/wire.h"

namespace fwbench::verify {
namespace {

class Bytes {
 public:
  Bytes(const std::byte* data, size_t size) : data_(data), size_(size) {}
  [[nodiscard]] size_t size() const { return size_; }
  /// 0 beyond the end.
  [[nodiscard]] uint8_t at(size_t offset) const { return offset < size_ ? std::to_integer<uint8_t>(data_[offset]) : 0; }
  [[nodiscard]] uint16_t at16(size_t offset) const { return static_cast<uint16_t>(at(offset) << 8 | at(offset + 1)); }

 private:
  const std::byte* data_;
  size_t size_;
};

bool is_extension(uint8_t next_header) {
  return next_header == 0 || next_header == 43 || next_header == 44 || next_header == 51 || next_header == 60;
}

bool ends_in(size_t size, size_t first, size_t bytes) {
  return first < size && size < first + bytes;
}

bool has_later_fragment(const Bytes& packet) {
  uint8_t type = packet.at(6);
  for (size_t at = 40; at < packet.size() && is_extension(type);) {
    if (type == 44 && (packet.at16(at + 2) & 0xfff8) != 0) return true;
    const size_t units = packet.at(at + 1);
    const uint8_t following = packet.at(at);
    at += type == 44 ? 8 : type == 51 ? (units + 2) * 4 : (units + 1) * 8;
    type = following;
  }
  return false;
}

}  // namespace

FrameShape shape_of(const FrameView& frame) {
  const Bytes whole(frame.data, frame.length);
  FrameShape shape;
  shape.type = whole.at16(12);
  size_t network = kEthernetHeader;
  if (shape.type == 0x8100 || shape.type == 0x88a8) {
    // skb_vlan_untag() wants the tag and two more bytes.
    shape.short_tag = frame.length < kEthernetHeader + kVlanTag + 2;
    shape.tagged = !shape.short_tag;
    if (shape.tagged) {
      shape.type = whole.at16(16);
      network += kVlanTag;
    }
  }
  const Bytes packet(frame.data + network, frame.length - network);
  if (shape.type == 0x0800) {
    shape.ends_in_address = ends_in(packet.size(), 12, 4) || ends_in(packet.size(), 16, 4);
    shape.later_fragment = (packet.at16(6) & 0x1fff) != 0;
  } else if (shape.type == 0x86dd) {
    shape.ends_in_address = ends_in(packet.size(), 8, 16) || ends_in(packet.size(), 24, 16);
    shape.short_ipv6 = packet.size() < 40;
    shape.extension_headers = packet.size() > 6 && is_extension(packet.at(6));
    shape.later_fragment = has_later_fragment(packet);
  }
  return shape;
}

std::vector<std::byte> later_fragment(uint16_t dport) {
  return Ethernet{} / IPv4{.fragment_offset = 1, .protocol = 6} / Tcp{.dport = dport};
}

}  // namespace fwbench::verify
