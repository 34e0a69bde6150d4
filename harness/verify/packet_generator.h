// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Frames aimed at the rules of a policy: on the boundaries of their values, one beside, inside, outside; and wrapped
/// in everything that parsers trip over: tags, options, extension headers, fragments, lengths that lie, frames cut
/// short.

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "policy/policy.h"
#include "verify/random_source.h"

namespace fwbench::verify {

inline constexpr size_t kMinFrameBytes = 14;  ///< an Ethernet header; BPF_PROG_RUN takes no less
inline constexpr size_t kMaxFrameBytes = 1500;

/// The values that a frame should have, as far as one cares.
class Wanted {
 public:
  void set(Field field, FieldValue value) {
    present_[index(field)] = true;
    values_[index(field)] = value;
  }
  void clear() { present_.reset(); }
  [[nodiscard]] bool has(Field field) const { return present_[index(field)]; }
  [[nodiscard]] FieldValue get(Field field) const { return values_[index(field)]; }
  [[nodiscard]] FieldValue get_or(Field field, FieldValue other) const { return has(field) ? get(field) : other; }

 private:
  static size_t index(Field field) { return static_cast<size_t>(field); }

  std::bitset<kFieldCount> present_;
  std::array<FieldValue, kFieldCount> values_ = {};
};

/// One of the values at which a set begins or ends, a neighbour, or any value inside or outside.
/// @param inside which side of the set it should be on; a set that has no such side gives a value of the other one.
[[nodiscard]] FieldValue draw_near(RandomSource& random, const IntervalSet& values, int bits, bool inside);

class PacketGenerator {
 public:
  /// @param policy must outlive the generator.
  PacketGenerator(const Policy& policy, uint64_t seed);

  /// Writes one frame and returns its size. The same seed and policy give the same frames.
  [[nodiscard]] size_t next(std::span<std::byte, kMaxFrameBytes> frame);

 private:
  /// How near a frame comes to the rule it is aimed at.
  enum class Aim : uint8_t { hit, miss_one, scatter };

  void aim_at_rule(uint32_t rule);
  void want_rule(const Rule& rule, Aim aim, std::optional<uint32_t> leads_to);
  void want_match(const Match& match, bool satisfied);
  void want_tuple(const std::vector<Field>& fields, const Tuple& tuple, bool inside);
  void want_map(const VerdictMap& map, Aim aim, std::optional<uint32_t> leads_to);

  const Policy& policy_;
  RandomSource random_;
  std::vector<uint32_t> chain_of_rule_;
  std::vector<std::vector<uint32_t>> callers_;  ///< by chain: the rules that lead there
  Wanted wanted_;
};

}  // namespace fwbench::verify
