// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/frame.h"

#include <netinet/in.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <utility>

#include "bpf/abi.h"
#include "traffic/packet.h"
#include "traffic/random.h"

namespace fwbench {
namespace {

constexpr size_t kMinFrame = 60;  // IEEE 802.3: 64 with FCS
constexpr size_t kMinProbe = 80;  // 84 with FCS
constexpr size_t kTcpSeqOffset = 4;
constexpr uint32_t kMaxFrames = 1U << 30;  // far below FW_PROBE_BIT, which tells probes from frame indices

// ---- Checking a class ----------------------------------------------------------------------------------------------

bool has_ports(const TrafficClass& c) {
  return c.l4proto == IPPROTO_TCP || c.l4proto == IPPROTO_UDP;
}
uint8_t icmp_of(IpVersion ip) {
  return ip == IpVersion::v4 ? uint8_t{IPPROTO_ICMP} : uint8_t{IPPROTO_ICMPV6};
}
bool has_icmp_type(const TrafficClass& c) {
  return c.l4proto == icmp_of(c.ip);
}

Result<void> check_ranges(const TrafficClass& c, std::string_view field, const IntervalSet& ranges, int bits) {
  if (ranges.empty()) return fail(ErrorKind::usage, "traffic class '{}': no {} to draw from", c.name, field);
  for (size_t i = 0; i < ranges.size(); ++i) {
    if (bits < 128 && ranges[i].last >> bits != 0) {
      return fail(ErrorKind::usage, "traffic class '{}': {} does not fit in {} bits", c.name, field, bits);
    }
    if (ranges[i].first > ranges[i].last || (i > 0 && ranges[i].first <= ranges[i - 1].last)) {
      return fail(ErrorKind::internal, "traffic class '{}': ranges of {} are not normalized", c.name, field);
    }
  }
  return {};
}

Result<void> check_protocol(const TrafficClass& c) {
  if (c.l4proto == icmp_of(c.ip == IpVersion::v4 ? IpVersion::v6 : IpVersion::v4)) {
    return fail(ErrorKind::usage, "traffic class '{}': protocol {} belongs to the other IP version", c.name, c.l4proto);
  }
  constexpr int kExtensionHeaders[] = {IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_FRAGMENT,
                                       IPPROTO_DSTOPTS, IPPROTO_AH,      IPPROTO_MH};
  if (c.ip == IpVersion::v6 && std::ranges::find(kExtensionHeaders, c.l4proto) != std::end(kExtensionHeaders)) {
    return fail(ErrorKind::usage, "traffic class '{}': {} is an IPv6 extension header, not a protocol", c.name,
                c.l4proto);
  }
  return {};
}

Result<void> check_sizes(const TrafficClass& c) {
  for (const auto& [bytes, weight] : c.sizes) {
    if (bytes > FW_MAX_FRAME) {
      return fail(ErrorKind::usage, "traffic class '{}': frames of {} bytes are larger than the {} that can be sent",
                  c.name, bytes, FW_MAX_FRAME);
    }
  }
  return {};
}

Result<void> check_class(const TrafficClass& c) {
  FWBENCH_TRY(check_sizes(c));
  if (c.flows) {
    if (c.flows->empty()) return fail(ErrorKind::usage, "traffic class '{}': no flows to draw from", c.name);
    for (const TrafficClass& flow : *c.flows) FWBENCH_TRY(check_class(flow));
    return {};
  }
  const int address_bits = c.ip == IpVersion::v4 ? 32 : 128;
  FWBENCH_TRY(check_protocol(c));
  FWBENCH_TRY(check_ranges(c, "source address", c.saddr, address_bits));
  FWBENCH_TRY(check_ranges(c, "destination address", c.daddr, address_bits));
  if (has_ports(c)) {
    FWBENCH_TRY(check_ranges(c, "source port", c.sport, 16));
    FWBENCH_TRY(check_ranges(c, "destination port", c.dport, 16));
  }
  if (has_icmp_type(c)) FWBENCH_TRY(check_ranges(c, "ICMP type", c.icmp_type, 8));
  if (c.l4proto == IPPROTO_TCP && c.tcp_flags.empty()) {
    return fail(ErrorKind::usage, "traffic class '{}': no TCP flags to draw from", c.name);
  }
  return {};
}

// ---- Sharing out ---------------------------------------------------------------------------------------------------

/// Hamilton's method: everyone gets the whole part of the exact share, the largest remainders get what is left.
/// Errors: ErrorKind::usage when the weights are no weights.
Result<std::vector<uint32_t>> apportion(const std::vector<double>& weights, uint32_t total, std::string_view whose) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  const bool sane = std::ranges::all_of(weights, [](double weight) { return weight >= 0; });
  if (!sane || !std::isfinite(sum) || sum <= 0) {
    return fail(ErrorKind::usage, "{}: weights must be 0 or more, and at least one of them more", whose);
  }
  std::vector<uint32_t> shares(weights.size());
  std::vector<std::pair<double, size_t>> remainders;
  for (size_t i = 0; i < weights.size(); ++i) {
    const double exact = total * (weights[i] / sum);
    shares[i] = static_cast<uint32_t>(exact);
    if (weights[i] > 0) remainders.emplace_back(shares[i] - exact, i);  // negated: the largest sorts first
  }
  std::ranges::sort(remainders);
  uint32_t left = total - std::accumulate(shares.begin(), shares.end(), 0U);
  for (size_t i = 0; left > 0; ++i, --left) ++shares[remainders[i % remainders.size()].second];
  return shares;
}

/// What is known of a frame before its fields are drawn.
struct Slot {
  uint16_t class_index;
  uint16_t size;
  uint32_t ordinal;  ///< among the frames of its class
};

Result<void> add_slots(std::vector<Slot>& slots, const TrafficSpec& spec, size_t class_index, uint32_t count) {
  const TrafficClass& c = spec.classes[class_index];
  const auto sizes = c.sizes.empty() ? std::vector<SizeWeight>{{.bytes = kMinFrame}} : c.sizes;
  std::vector<double> weights;
  weights.reserve(sizes.size());
  for (const auto& size : sizes) weights.push_back(size.weight);
  const auto counts = apportion(weights, count, fmt::format("frame sizes of traffic class '{}'", c.name));
  if (!counts) return tl::unexpected(counts.error());
  uint32_t ordinal = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const auto bytes = static_cast<uint16_t>(std::max(sizes[i].bytes, int{kMinFrame}));
    for (uint32_t j = 0; j < (*counts)[i]; ++j) {
      slots.push_back({static_cast<uint16_t>(class_index), bytes, ordinal++});
    }
  }
  return {};
}

Result<std::vector<Slot>> make_slots(const TrafficSpec& spec) {
  std::vector<double> weights;
  weights.reserve(spec.classes.size());
  for (const auto& c : spec.classes) weights.push_back(c.weight);
  auto counts = apportion(weights, spec.frames, "traffic classes");
  if (!counts) return tl::unexpected(counts.error());
  const auto used = std::ranges::count_if(weights, [](double weight) { return weight > 0; });
  if (spec.frames < used) {
    return fail(ErrorKind::usage, "{} frames are too few for {} traffic classes", spec.frames, used);
  }
  std::vector<Slot> slots;
  slots.reserve(spec.frames);
  for (size_t i = 0; i < spec.classes.size(); ++i) {
    if (weights[i] > 0 && (*counts)[i] == 0) {  // too light for a frame of its own: the heaviest gives one up
      --*std::ranges::max_element(*counts);
      ++(*counts)[i];
    }
  }
  for (size_t i = 0; i < spec.classes.size(); ++i) {
    if ((*counts)[i] > 0) FWBENCH_TRY(add_slots(slots, spec, i, (*counts)[i]));
  }
  return slots;
}

// ---- Making a frame ------------------------------------------------------------------------------------------------

/// Offset of the transport header; no IP options or extension headers here.
size_t transport_offset(const TrafficClass& c) {
  return c.ip == IpVersion::v4 ? 34 : 54;
}

/// Offset of what stands behind the last header.
size_t payload_offset(const TrafficClass& c) {
  if (c.l4proto == IPPROTO_TCP) return transport_offset(c) + 20;
  return transport_offset(c) + (c.l4proto == IPPROTO_UDP || has_icmp_type(c) ? 8 : 0);
}

/// Uniform over the union of the ranges, or over the ranges and then within one.
FieldValue draw(SplitMix64& random, const IntervalSet& ranges, bool ranges_evenly) {
  if (ranges_evenly) {
    const Interval& range = ranges[static_cast<size_t>(random.up_to(ranges.size() - 1))];
    return range.first + random.up_to(range.last - range.first);
  }
  FieldValue count = 0;  // wraps to 0 when all 2^128 are meant, and the next line is right all the same
  for (const auto& range : ranges) count += range.last - range.first + 1;
  FieldValue rank = random.up_to(count - 1);
  size_t i = 0;
  for (; rank > ranges[i].last - ranges[i].first; ++i) rank -= ranges[i].last - ranges[i].first + 1;
  return ranges[i].first + rank;
}

Layer draw_network(const TrafficClass& c, SplitMix64& random) {
  const FieldValue saddr = draw(random, c.saddr, c.draw_ranges_evenly);
  const FieldValue daddr = draw(random, c.daddr, c.draw_ranges_evenly);
  if (c.ip == IpVersion::v6) {
    return IPv6{.src = Ipv6Address(saddr), .dst = Ipv6Address(daddr), .hop_limit = c.ttl, .next_header = c.l4proto};
  }
  return IPv4{.src = Ipv4Address(static_cast<uint32_t>(saddr)),
              .dst = Ipv4Address(static_cast<uint32_t>(daddr)),
              .ttl = c.ttl,
              .dont_fragment = true,  // makes an id of 0 right: RFC 6864 section 4.1
              .protocol = c.l4proto};
}

/// Nothing (an empty payload) for protocols whose headers we do not write.
Layer draw_transport(const TrafficClass& c, SplitMix64& random, uint32_t run_id, uint32_t index) {
  if (has_icmp_type(c)) {
    const auto type = static_cast<uint8_t>(draw(random, c.icmp_type, c.draw_ranges_evenly));
    return c.ip == IpVersion::v4 ? Layer(Icmp{.type = type}) : Layer(Icmpv6{.type = type});
  }
  if (!has_ports(c)) return Payload{};
  const auto sport = static_cast<uint16_t>(draw(random, c.sport, c.draw_ranges_evenly));
  const auto dport = static_cast<uint16_t>(draw(random, c.dport, c.draw_ranges_evenly));
  if (c.l4proto == IPPROTO_UDP) return Udp{.sport = sport, .dport = dport};
  const uint8_t flags = c.tcp_flags[static_cast<size_t>(random.up_to(c.tcp_flags.size() - 1))];
  return Tcp{.sport = sport, .dport = dport, .seq = run_id, .ack = index, .flags = flags};
}

/// Whose header fields the j-th frame of a class has.
const TrafficClass& flow_of(const TrafficClass& c, uint32_t j) {
  return c.flows ? (*c.flows)[j % c.flows->size()] : c;
}

/// The identity as the first payload bytes, where it is not in the header.
std::vector<uint8_t> payload_identity(const TrafficClass& c, uint32_t run_id, uint32_t index) {
  if (c.l4proto == IPPROTO_TCP) return {};
  std::vector<uint8_t> bytes;
  for (const uint32_t word : {run_id, index}) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<uint8_t>(word >> shift));
  }
  return bytes;
}

/// @param size of the frame wanted; raised to what its headers and the rest need.
/// @param room bytes that must be behind headers and identity.
std::vector<std::byte> make_frame(const TrafficClass& c, SplitMix64& random, uint32_t run_id, uint32_t index,
                                  size_t size, size_t room) {
  const Layer network = draw_network(c, random);
  const Layer transport = draw_transport(c, random, run_id, index);
  Payload payload{.bytes = payload_identity(c, run_id, index)};
  payload.size = payload.bytes.size() + room;
  // A smallest frame is padded, as a real SYN is, not filled up with data; a larger one was asked for as data.
  if (size > kMinFrame) payload.size = std::max(payload.size, size - std::min(size, payload_offset(c)));
  return assemble(std::vector<Layer>{Ethernet{}, network, transport, payload, Padding{kMinFrame}});
}

ProbeFrame make_probe(const TrafficClass& c, SplitMix64& random, uint32_t run_id) {
  const bool in_header = c.l4proto == IPPROTO_TCP;
  const size_t identity = in_header ? transport_offset(c) + kTcpSeqOffset : payload_offset(c);
  const size_t stamp = payload_offset(c) + (in_header ? 0 : sizeof(frame_identity));
  return {.bytes = make_frame(c, random, run_id, FW_PROBE_BIT, kMinProbe, sizeof(probe_stamp)),
          .identity_offset = static_cast<uint16_t>(identity),
          .stamp_offset = static_cast<uint16_t>(stamp)};
}

}  // namespace

std::vector<SizeWeight> simple_imix() {
  return {{60, 7}, {590, 4}, {1514, 1}};
}

Result<FrameTable> build_frames(const TrafficSpec& spec, uint32_t run_id) {
  if (spec.frames > kMaxFrames || spec.classes.size() > UINT16_MAX) {
    return fail(ErrorKind::usage, "{} frames of {} traffic classes are too many", spec.frames, spec.classes.size());
  }
  for (const auto& c : spec.classes) FWBENCH_TRY(check_class(c));
  auto slots = make_slots(spec);
  if (!slots) return tl::unexpected(slots.error());

  SplitMix64 random(spec.seed);
  random.shuffle(*slots);
  FrameTable table{.run_id = run_id};
  table.frames.reserve(slots->size());
  for (const auto& [class_index, size, ordinal] : *slots) {
    const auto index = static_cast<uint32_t>(table.frames.size());
    auto bytes = make_frame(flow_of(spec.classes[class_index], ordinal), random, run_id, index, size, 0);
    table.frames.push_back({.bytes = std::move(bytes), .class_index = class_index});
  }
  if (spec.probe_class.empty()) return table;

  const auto probe_class = std::ranges::find(spec.classes, spec.probe_class, &TrafficClass::name);
  if (probe_class == spec.classes.end()) {
    return fail(ErrorKind::usage, "no traffic class is named '{}', which probes are to be made like", spec.probe_class);
  }
  for (uint32_t i = 0; i < spec.probe_templates; ++i)
    table.probes.push_back(make_probe(flow_of(*probe_class, i), random, run_id));
  return table;
}

}  // namespace fwbench
