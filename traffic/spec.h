// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What is to be sent, as plain values: the traffic part of a Plan.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/policy.h"
#include "traffic/shape.h"

namespace fwbench {

enum class IpVersion : uint8_t { v4, v6 };

/// Frame sizes are without FCS (RFC 2544 sizes include it: its 64 is our 60).
struct SizeWeight {
  int bytes = 60;
  double weight = 1;
};

/// Simple IMIX, 7:4:1 of 64, 594 and 1518 bytes with FCS (RFC 6985 Appendix, "IMIX genome" aaaaaaabbbbc).
[[nodiscard]] std::vector<SizeWeight> simple_imix();

/// One class of frames. Each field of each frame is drawn uniformly from its ranges; a range of one value is a
/// constant.
struct TrafficClass {
  std::string name = {};
  double weight = 1;  ///< share of the load, relative to the other classes
  /// The share of the load is this rate, whatever the weights are; only with TrafficSpec.rate_pps.
  std::optional<uint64_t> rate_pps = std::nullopt;
  IpVersion ip = IpVersion::v4;
  uint8_t l4proto = 6;
  IntervalSet saddr = {};  ///< host order; not empty
  IntervalSet daddr = {};
  IntervalSet sport = {};  ///< TCP and UDP
  IntervalSet dport = {};
  std::vector<uint8_t> tcp_flags = {};  ///< drawn uniformly; TCP only
  IntervalSet icmp_type = {};           ///< ICMP and ICMPv6 only; code is 0
  /// A size too small for its headers is raised to the smallest that holds them; none means that one.
  std::vector<SizeWeight> sizes = {};
  uint8_t ttl = 64;
  IntervalSet vlan = {};  ///< ids of an 802.1Q tag; empty: no tag
  /// Frames take turns at what these lists hold; empty: whole packets, and nothing wrong with them.
  std::vector<FragmentKind> fragments = {};
  std::vector<Malformation> malformed = {};
  /// All of them, in this order; IPv6 only.
  std::vector<ExtensionHeader> extension_headers = {};
  /// Frames of the class come back to back, so many at a time (RFC 2544 section 21, RFC 9004): in the order of sending
  /// they stand in a row, and a paced load sends the row at once and then pauses as long as its rate asks for.
  uint32_t burst = 1;
  /// First one of a field's ranges, all alike, then a value in it: a /16 is drawn no more often than a /32.
  bool draw_ranges_evenly = false;
  /// Not empty: the j-th frame of the class has the header fields of flows[j mod n], in shuffled order, so that all
  /// flows are sent equally often (give or take one frame). The header fields above then count for nothing.
  std::shared_ptr<const std::vector<TrafficClass>> flows = nullptr;
};

struct Capture;

enum class TxEngine : uint8_t { live, packet };

struct TrafficSpec {
  uint64_t seed = 1;
  uint32_t frames = 16384;  ///< distinct frames, at least one of each class with weight > 0
  TxEngine engine = TxEngine::live;
  /// Offered load, all classes together; 0: as much as goes.
  uint64_t rate_pps = 0;
  std::vector<TrafficClass> classes = {};
  /// Not null: the frames are the capture's, as they are, of the last class; the others are for probes only.
  std::shared_ptr<const Capture> capture = nullptr;
  std::string probe_class = {};   ///< name of the class that probe frames are made like; empty: no probes
  uint32_t probe_templates = 64;  ///< distinct probe frames
};

}  // namespace fwbench
