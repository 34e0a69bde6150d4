// SPDX-License-Identifier: BSD-2-Clause
#include "verify/frame_builder.h"

#include <linux/if_ether.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "traffic/frame.h"

namespace fwbench::verify {
namespace {

constexpr uint8_t kMobility = 135;
constexpr size_t kIpv4HeaderBytes = 20;
constexpr size_t kIpv6HeaderBytes = 40;

/// Appends to a buffer of fixed size; what does not fit is left out, as if the frame ended there.
class FrameWriter {
 public:
  explicit FrameWriter(std::span<std::byte, kMaxFrameBytes> buffer) : buffer_(buffer) {}

  [[nodiscard]] size_t size() const { return size_; }
  void append(FieldValue value, size_t bytes) {
    for (size_t i = bytes; i > 0 && size_ < buffer_.size(); --i) {
      buffer_[size_++] = i > sizeof(value) ? std::byte{} : static_cast<std::byte>(value >> (8 * (i - 1)));
    }
  }
  void zeros(size_t bytes) {
    const size_t fits = std::min(bytes, buffer_.size() - size_);
    std::memset(buffer_.data() + size_, 0, fits);
    size_ += fits;
  }
  void put(size_t at, FieldValue value, size_t bytes) {
    for (size_t i = 0; i < bytes && at + i < size_; ++i) {
      buffer_[at + i] = static_cast<std::byte>(value >> (8 * (bytes - 1 - i)));
    }
  }
  void cut(size_t size) { size_ = std::min(size_, size); }

 private:
  std::span<std::byte, kMaxFrameBytes> buffer_;
  size_t size_ = 0;
};

class FrameBuilder {
 public:
  FrameBuilder(RandomSource& random, const Wanted& wanted, const Oddities& oddities,
               std::span<std::byte, kMaxFrameBytes> frame)
      : random_(random), wanted_(wanted), oddities_(oddities), out_(frame) {}

  [[nodiscard]] size_t build();

 private:
  enum class Network : uint8_t { ipv4, ipv6, other };

  [[nodiscard]] bool odd(unsigned percent) { return percent != 0 && random_.chance(percent); }
  [[nodiscard]] bool wants_any(std::initializer_list<Field> fields) const {
    return std::any_of(fields.begin(), fields.end(), [&](Field field) { return wanted_.has(field); });
  }

  [[nodiscard]] Network choose_network();
  [[nodiscard]] uint16_t ether_type_of(Network network);
  [[nodiscard]] uint8_t choose_protocol(Network network);
  void write_link_layer(uint16_t ether_type);
  void write_mac(Field field, const MacAddress& otherwise);
  void write_ipv4();
  void write_ipv6();
  [[nodiscard]] uint16_t choose_fragment();
  /// Writes the chain and returns where the last next-header byte stands.
  [[nodiscard]] size_t write_extensions(size_t next_header_at);
  [[nodiscard]] size_t write_extension(uint8_t type);
  [[nodiscard]] uint8_t choose_extension();
  void write_transport(uint8_t protocol);
  void write_payload();
  [[nodiscard]] FieldValue port(Field field);
  /// A claimed length: true, or a lie.
  [[nodiscard]] uint16_t claim(Field field, size_t truth, std::initializer_list<size_t> lies);
  void finish();

  RandomSource& random_;
  const Wanted& wanted_;
  const Oddities& oddities_;
  FrameWriter out_;
  size_t behind_one_tag_ = ETH_HLEN;
  bool short_transport_ = false;
};

FrameBuilder::Network FrameBuilder::choose_network() {
  if (wants_any({Field::ip_saddr, Field::ip_daddr, Field::ip_protocol, Field::ip_tos, Field::ip_length,
                 Field::ip_frag_off, Field::ip_ttl})) {
    return Network::ipv4;
  }
  if (wants_any({Field::ip6_saddr, Field::ip6_daddr, Field::ip6_class, Field::ip6_nexthdr, Field::ip6_hoplimit,
                 Field::exthdrs})) {
    return Network::ipv6;
  }
  for (const Field field : {Field::ether_type, Field::eth_type}) {
    if (!wanted_.has(field)) continue;
    const FieldValue type = wanted_.get(field);
    if (type == ETH_P_IP) return Network::ipv4;
    if (type == ETH_P_IPV6) return Network::ipv6;
    if (field == Field::ether_type) return Network::other;
  }
  if (wanted_.has(Field::l4proto)) {
    if (wanted_.get(Field::l4proto) == IPPROTO_ICMP) return random_.chance(90) ? Network::ipv4 : Network::ipv6;
    if (wanted_.get(Field::l4proto) == IPPROTO_ICMPV6) return random_.chance(90) ? Network::ipv6 : Network::ipv4;
  }
  if (odd(oddities_.other_type)) return Network::other;
  return random_.chance(50) ? Network::ipv4 : Network::ipv6;
}

uint16_t FrameBuilder::ether_type_of(Network network) {
  // A wanted value wins even where it contradicts the header that follows: the header must then not be looked at.
  if (wanted_.has(Field::ether_type)) return static_cast<uint16_t>(wanted_.get(Field::ether_type));
  if (network == Network::ipv4) return ETH_P_IP;
  if (network == Network::ipv6) return ETH_P_IPV6;
  if (wanted_.has(Field::eth_type)) return static_cast<uint16_t>(wanted_.get(Field::eth_type));
  if (random_.chance(10)) return static_cast<uint16_t>(random_.bits());
  return random_.one_of<uint16_t>({ETH_P_ARP, ETH_P_ARP, 0x88cc, 0x8847, 0x0005, 0x0001, 0x05ff, 0x0600, 0x9100});
}

uint8_t FrameBuilder::choose_protocol(Network network) {
  if (wanted_.has(Field::l4proto)) return static_cast<uint8_t>(wanted_.get(Field::l4proto));
  if (network == Network::ipv4 && wanted_.has(Field::ip_protocol)) {
    return static_cast<uint8_t>(wanted_.get(Field::ip_protocol));
  }
  return random_.one_of<uint8_t>({IPPROTO_TCP, IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDP, IPPROTO_ICMP,
                                  IPPROTO_ICMPV6, IPPROTO_SCTP, IPPROTO_ESP, IPPROTO_NONE, IPPROTO_GRE, 253});
}

void FrameBuilder::write_mac(Field field, const MacAddress& otherwise) {
  if (wanted_.has(field)) {
    out_.append(wanted_.get(field), ETH_ALEN);
    return;
  }
  for (const auto byte : otherwise) out_.append(static_cast<uint8_t>(byte), 1);
}

void FrameBuilder::write_link_layer(uint16_t ether_type) {
  write_mac(Field::eth_daddr, kDutInMac);
  write_mac(Field::eth_saddr, kGeneratorMac);
  const FieldValue outer = wanted_.get_or(Field::eth_type, 0);
  const bool tag_type = outer == ETH_P_8021Q || outer == ETH_P_8021AD;
  size_t tags = tag_type || wanted_.has(Field::vlan_id) || odd(oddities_.tag) ? 1 : 0;
  if (wanted_.has(Field::eth_type) && !tag_type && random_.chance(90)) tags = 0;
  if (tags == 1 && odd(oddities_.second_tag)) ++tags;
  for (size_t i = 0; i < tags; ++i) {
    const auto any = random_.one_of<uint16_t>({ETH_P_8021Q, ETH_P_8021Q, ETH_P_8021AD});
    out_.append(i == 0 && tag_type ? outer : any, 2);
    const FieldValue id = wanted_.has(Field::vlan_id) && i == 0 ? wanted_.get(Field::vlan_id)
                                                                : random_.one_of<uint16_t>({0, 1, 5, 100, 4094, 4095});
    out_.append((random_.chance(30) ? random_.below(16) << 12 : 0) | id, 2);
    if (i == 0) behind_one_tag_ += 4;
  }
  out_.append(ether_type, 2);
}

uint16_t FrameBuilder::claim(Field field, size_t truth, std::initializer_list<size_t> lies) {
  if (wanted_.has(field)) return static_cast<uint16_t>(wanted_.get(field));
  if (!odd(oddities_.lying_length)) return static_cast<uint16_t>(truth);
  return static_cast<uint16_t>(random_.one_of(lies));
}

uint16_t FrameBuilder::choose_fragment() {
  if (wanted_.has(Field::ip_frag_off)) return static_cast<uint16_t>(wanted_.get(Field::ip_frag_off));
  if (!odd(oddities_.ipv4_fragment)) return random_.one_of<uint16_t>({0x4000, 0x4000, 0});
  if (random_.chance(50)) return static_cast<uint16_t>(1U << random_.below(16));  // each bit of offset and flags alone
  return random_.one_of<uint16_t>({0x2000, 0x2000, 0x2001, 0x0001, 0x1fff, 0x00b9, 0x20b9, 0x1000, 0x8000, 0x6000});
}

void FrameBuilder::write_ipv4() {
  const size_t start = out_.size();
  const uint8_t protocol = choose_protocol(Network::ipv4);
  const size_t words = odd(oddities_.ipv4_options) ? random_.between(6, 15) : 5;
  const bool lying_words = odd(oddities_.lying_length);
  const uint8_t version = odd(oddities_.wrong_version) ? static_cast<uint8_t>(random_.below(16)) : 4;
  out_.append(version << 4 | (lying_words ? random_.below(16) : words), 1);
  out_.append(wanted_.get_or(Field::ip_tos, random_.chance(80) ? 0 : random_.below(256)), 1);
  out_.append(0, 4);
  out_.append(choose_fragment(), 2);
  out_.append(wanted_.get_or(Field::ip_ttl, random_.one_of<uint8_t>({64, 64, 1, 0, 255, 128})), 1);
  out_.append(wanted_.get_or(Field::ip_protocol, protocol), 1);
  out_.append(0, 2);
  out_.append(wanted_.get_or(Field::ip_saddr, 0xc6120000 | random_.below(0x10000)), 4);
  out_.append(wanted_.get_or(Field::ip_daddr, 0xc6130000 | random_.below(0x10000)), 4);
  // Options that would match something if they were taken for a transport header.
  for (size_t i = 5; i < words; ++i) out_.append(random_.chance(50) ? 0x01010101 : random_.up_to(0xffffffff), 4);
  write_transport(protocol);
  write_payload();
  const size_t truth = out_.size() - start;
  const uint16_t length =
      claim(Field::ip_length, truth, {0, 19, kIpv4HeaderBytes, words * 4, words * 4 - 1, truth - 1, truth + 1, 0xffff});
  out_.put(start + 2, length, 2);
  // A length that somebody wants is true as far as frames go.
  if (wanted_.has(Field::ip_length) && length > truth && random_.chance(80)) out_.zeros(length - truth);
}

uint8_t FrameBuilder::choose_extension() {
  return random_.one_of<uint8_t>({IPPROTO_HOPOPTS, IPPROTO_DSTOPTS, IPPROTO_DSTOPTS, IPPROTO_ROUTING, IPPROTO_ROUTING,
                                  IPPROTO_FRAGMENT, IPPROTO_FRAGMENT, IPPROTO_AH, kMobility});
}

size_t FrameBuilder::write_extension(uint8_t type) {
  const size_t at = out_.size();
  out_.append(0, 1);
  if (type == IPPROTO_FRAGMENT) {
    out_.append(random_.chance(90) ? 0 : random_.below(256), 1);
    const bool later = odd(oddities_.ipv4_fragment * 4);
    out_.append(later ? random_.one_of<uint16_t>({8, 9, 0xfff8, 0x05c8}) : random_.one_of<uint16_t>({0, 1, 7}), 2);
    out_.append(random_.below(2), 4);
    return at;
  }
  const size_t units = random_.chance(75) ? random_.below(3) : random_.below(8);
  const bool lie = odd(oddities_.lying_length);
  out_.append(lie ? random_.one_of<size_t>({units + 1, 255, units == 0 ? 0 : units - 1, 30}) : units, 1);
  const size_t size = type == IPPROTO_AH ? (units + 2) * 4 : (units + 1) * 8;
  for (size_t i = 2; i < size; ++i) out_.append(random_.chance(80) ? 0 : random_.below(256), 1);
  return at;
}

size_t FrameBuilder::write_extensions(size_t next_header_at) {
  const auto chain = [&](uint8_t type) {
    out_.put(next_header_at, type, 1);
    next_header_at = write_extension(type);
  };
  struct Named {
    uint8_t bit;
    uint8_t type;
  };
  constexpr Named kNamed[] = {{kExthdrHopByHop, IPPROTO_HOPOPTS},
                              {kExthdrDestination, IPPROTO_DSTOPTS},
                              {kExthdrRouting, IPPROTO_ROUTING},
                              {kExthdrFragment, IPPROTO_FRAGMENT},
                              {kExthdrMobility, kMobility}};
  const auto first = static_cast<uint8_t>(wanted_.get_or(Field::ip6_nexthdr, IPPROTO_NONE));
  for (const Named& named : kNamed) {
    if (first == named.type) chain(first);
  }
  if (wanted_.has(Field::exthdrs)) {
    const auto bits = static_cast<uint8_t>(wanted_.get(Field::exthdrs));
    for (const Named& named : kNamed) {
      if ((bits & named.bit) != 0) chain(named.type);
    }
    if (random_.chance(85)) return next_header_at;
  }
  if (!odd(oddities_.extensions)) return next_header_at;
  const size_t count = random_.chance(95) ? random_.between(1, 4) : random_.one_of<size_t>({6, 8, 9, 16, 33});
  for (size_t i = 0; i < count; ++i) chain(choose_extension());
  return next_header_at;
}

void FrameBuilder::write_ipv6() {
  const size_t start = out_.size();
  const uint8_t protocol = choose_protocol(Network::ipv6);
  const FieldValue version = odd(oddities_.wrong_version) ? random_.below(16) : 6;
  const FieldValue traffic_class = wanted_.get_or(Field::ip6_class, random_.chance(80) ? 0 : random_.below(256));
  out_.append(version << 28 | traffic_class << 20 | (random_.chance(20) ? random_.below(1 << 20) : 0), 4);
  out_.append(0, 2);
  out_.append(protocol, 1);
  out_.append(wanted_.get_or(Field::ip6_hoplimit, random_.one_of<uint8_t>({64, 64, 255, 1, 0})), 1);
  constexpr FieldValue kBase = FieldValue{0x20010002} << 96;
  out_.append(wanted_.get_or(Field::ip6_saddr, kBase | random_.below(0x10000)), 16);
  out_.append(wanted_.get_or(Field::ip6_daddr, kBase | FieldValue{1} << 64 | random_.below(0x10000)), 16);
  const size_t last_next_header = write_extensions(start + 6);
  out_.put(last_next_header, protocol, 1);
  if (last_next_header == start + 6 && wanted_.has(Field::ip6_nexthdr)) {
    out_.put(start + 6, wanted_.get(Field::ip6_nexthdr), 1);
  }
  write_transport(protocol);
  write_payload();
  const size_t truth = out_.size() - start - kIpv6HeaderBytes;
  const bool lie = odd(oddities_.lying_length);
  out_.put(start + 4, lie ? random_.one_of<size_t>({0, 1, 7, 8, truth - 1, truth + 1, 0xffff}) : truth, 2);
}

FieldValue FrameBuilder::port(Field field) {
  if (wanted_.has(field)) return wanted_.get(field);
  if (random_.chance(30)) return random_.up_to(0xffff);
  return random_.one_of<uint16_t>({0, 1, 22, 53, 80, 443, 1023, 1024, 49152, 65535});
}

void FrameBuilder::write_transport(uint8_t protocol) {
  const size_t start = out_.size();
  out_.append(port(Field::th_sport), 2);
  out_.append(port(Field::th_dport), 2);
  if (protocol == IPPROTO_UDP) {
    out_.append(8, 2);
    out_.append(0, 2);
    // Bytes where a TCP header has its flags.
    if (wanted_.has(Field::tcp_flags) || random_.chance(30)) out_.append(random_.up_to(max_value(96)), 12);
  } else {
    out_.append(random_.bits(), 8);
    out_.append(0x50, 1);
    out_.append(random_.one_of<uint8_t>({0x02, 0x02, 0x10, 0x12, 0x18, 0x11, 0x04, 0x00, 0x29, 0xff}), 1);
    out_.append(0xffff, 2);
    out_.append(0, 4);
  }
  if (wanted_.has(Field::tcp_flags)) out_.put(start + 13, wanted_.get(Field::tcp_flags), 1);
  if (wanted_.has(Field::icmp_type) || wanted_.has(Field::icmp_code) || protocol == IPPROTO_ICMP ||
      protocol == IPPROTO_ICMPV6) {
    const bool ports = wants_any({Field::th_sport});
    const FieldValue type = random_.one_of<uint8_t>({0, 3, 8, 11, 128, 129, 135, 136});
    if (wanted_.has(Field::icmp_type) || !ports) out_.put(start, wanted_.get_or(Field::icmp_type, type), 1);
    if (wanted_.has(Field::icmp_code) || !ports) out_.put(start + 1, wanted_.get_or(Field::icmp_code, 0), 1);
  }
  // Each field ends somewhere else: the last byte of one is the last of the frame.
  short_transport_ = odd(oddities_.short_transport);
  if (short_transport_) out_.cut(start + random_.one_of<size_t>({0, 1, 2, 3, 4, 7, 8, 13, 13, 14, 14, 15}));
}

void FrameBuilder::write_payload() {
  if (short_transport_) return;
  if (wanted_.has(Field::length)) {
    const auto length = static_cast<size_t>(wanted_.get(Field::length));
    const size_t now = out_.size() - behind_one_tag_;
    if (length > now) out_.zeros(length - now);
    return;
  }
  if (random_.chance(70)) return;
  out_.zeros(random_.chance(97) ? random_.below(64) : random_.below(kMaxFrameBytes));
}

void FrameBuilder::finish() {
  if (odd(oddities_.padded))
    out_.zeros(random_.chance(50) && out_.size() < 60 ? 60 - out_.size() : random_.between(1, 8));
  // Anywhere, but most often where the headers are.
  if (odd(oddities_.truncated) && out_.size() > kMinFrameBytes) {
    out_.cut(
        random_.between(kMinFrameBytes, std::min<size_t>(out_.size() - 1, random_.chance(80) ? 110 : out_.size())));
  }
  if (wanted_.has(Field::length) && random_.chance(80)) {
    out_.cut(std::max(kMinFrameBytes, behind_one_tag_ + static_cast<size_t>(wanted_.get(Field::length))));
  }
}

size_t FrameBuilder::build() {
  const Network network = choose_network();
  write_link_layer(ether_type_of(network));
  if (network == Network::ipv4) {
    write_ipv4();
  } else if (network == Network::ipv6) {
    write_ipv6();
  } else {
    out_.append(random_.one_of<uint16_t>({0xffff, 0x0001, 0x4500, 0x6000}), 2);
    out_.zeros(random_.below(60));
    if (wanted_.has(Field::length)) write_payload();
  }
  finish();
  return out_.size();
}

}  // namespace

size_t build_frame(RandomSource& random, const Wanted& wanted, const Oddities& oddities,
                   std::span<std::byte, kMaxFrameBytes> frame) {
  return FrameBuilder(random, wanted, oddities, frame).build();
}

}  // namespace fwbench::verify
