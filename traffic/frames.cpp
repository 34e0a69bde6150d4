// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/frame.h"

#include <netinet/in.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <utility>

#include "bpf/abi.h"
#include "traffic/content.h"
#include "traffic/frame_maker.h"
#include "traffic/random.h"

namespace fwbench {
namespace {

constexpr uint32_t kMaxFrames = 1U << 30;  // far below FW_PROBE_BIT, which tells probes from frame indices

// ---- Checking a class ----------------------------------------------------------------------------------------------

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
  if (!c.vlan.empty()) FWBENCH_TRY(check_ranges(c, "VLAN", c.vlan, 12));
  if (const auto problem = find_shape_problem(c)) {
    return with_remedy(fail(ErrorKind::usage, "traffic class '{}': {}: {}", c.name, problem->key, problem->message),
                       problem->hint);
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
  uint32_t ordinal;      ///< among the frames of its class
  bool follows = false;  ///< of a burst, and not its first
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

/// Whose header fields the j-th frame of a class has.
const TrafficClass& flow_of(const TrafficClass& c, uint32_t j) {
  return c.flows ? (*c.flows)[j % c.flows->size()] : c;
}

/// Whose turn it is of what the class takes turns at: with flows each of them has every turn.
uint32_t turn_of(const TrafficClass& c, uint32_t j) {
  return c.flows ? j / static_cast<uint32_t>(c.flows->size()) : j;
}

// ---- Order ---------------------------------------------------------------------------------------------------------

/// Shuffled; bursts stay in one piece, the last one of a class may be shorter.
void put_in_order(std::vector<Slot>& slots, const TrafficSpec& spec, SplitMix64& random) {
  random.shuffle(slots);
  if (std::ranges::all_of(spec.classes, [](const TrafficClass& c) { return c.burst <= 1; })) return;
  std::vector<std::vector<Slot>> bursts;
  std::vector<size_t> open(spec.classes.size(), SIZE_MAX);  // the burst that the next frame of the class belongs to
  for (const Slot& slot : slots) {
    size_t& at = open[slot.class_index];
    if (at == SIZE_MAX || bursts[at].size() >= spec.classes[slot.class_index].burst) {
      at = bursts.size();
      bursts.emplace_back();
    }
    bursts[at].push_back(slot);
    bursts[at].back().follows = bursts[at].size() > 1;
  }
  random.shuffle(bursts);
  slots.clear();
  for (const std::vector<Slot>& burst : bursts) slots.insert(slots.end(), burst.begin(), burst.end());
}

Result<void> add_probes(const TrafficSpec& spec, SplitMix64& random, FrameTable& table) {
  const auto c = std::ranges::find(spec.classes, spec.probe_class, &TrafficClass::name);
  if (c == spec.classes.end()) {
    return fail(ErrorKind::usage, "no traffic class is named '{}', which probes are to be made like", spec.probe_class);
  }
  if (!c->fragments.empty() || !c->malformed.empty()) {
    return fail(ErrorKind::usage,
                "probes are to be made like traffic class '{}', which is not of whole, correct packets",
                spec.probe_class);
  }
  if (spec.capture) FWBENCH_TRY(check_class(*c));
  for (uint32_t i = 0; i < spec.probe_templates; ++i) {
    table.probes.push_back(make_probe(flow_of(*c, i), random, table.run_id));
  }
  return {};
}

/// Malformed frames and fragments carry their identity in an address of the Ethernet header.
Result<void> check_made_class(const TrafficClass& c, size_t frames) {
  FWBENCH_TRY(check_class(c));
  const bool in_mac = !c.malformed.empty() || !c.fragments.empty();
  if (in_mac && frames > FW_MAC_IDENTITY_FRAMES) {
    return fail(ErrorKind::usage, "traffic class '{}': at most {} frames can be told apart by their addresses", c.name,
                FW_MAC_IDENTITY_FRAMES);
  }
  return {};
}

Result<void> add_made_frames(const TrafficSpec& spec, SplitMix64& random, FrameTable& table) {
  for (const auto& c : spec.classes) FWBENCH_TRY(check_made_class(c, spec.frames));
  auto slots = make_slots(spec);
  if (!slots) return tl::unexpected(slots.error());
  put_in_order(*slots, spec, random);
  table.frames.reserve(slots->size());
  for (const Slot& slot : *slots) {
    const TrafficClass& c = spec.classes[slot.class_index];
    Frame frame = make_frame(flow_of(c, slot.ordinal), random,
                             {.run_id = table.run_id,
                              .index = static_cast<uint32_t>(table.frames.size()),
                              .turn = turn_of(c, slot.ordinal),
                              .size = slot.size});
    frame.class_index = slot.class_index;
    frame.follows = slot.follows;
    table.frames.push_back(std::move(frame));
  }
  return {};
}

}  // namespace

std::vector<SizeWeight> simple_imix() {
  return {{60, 7}, {590, 4}, {1514, 1}};
}

Result<FrameTable> build_frames(const TrafficSpec& spec, uint32_t run_id) {
  if (spec.frames > kMaxFrames || spec.classes.size() > UINT16_MAX) {
    return fail(ErrorKind::usage, "{} frames of {} traffic classes are too many", spec.frames, spec.classes.size());
  }
  SplitMix64 random(spec.seed);
  FrameTable table{.run_id = run_id};
  if (spec.capture) {
    FWBENCH_TRY(add_captured_frames(*spec.capture, static_cast<uint16_t>(spec.classes.size() - 1), table));
  } else {
    FWBENCH_TRY(add_made_frames(spec, random, table));
  }
  if (!spec.probe_class.empty()) FWBENCH_TRY(add_probes(spec, random, table));
  return table;
}

}  // namespace fwbench
