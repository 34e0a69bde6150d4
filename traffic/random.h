// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Random numbers that are the same for a seed on every platform; the standard distributions are not.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "policy/policy.h"

namespace fwbench {

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
class SplitMix64 {
 public:
  explicit SplitMix64(uint64_t seed) : state_(seed) {}

  [[nodiscard]] uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  /// Uniform over 0..last, without bias: draws of as many bits as `last` has, until one fits (2 tries on average).
  [[nodiscard]] FieldValue up_to(FieldValue last) {
    FieldValue mask = last;
    for (int shift = 1; shift < 128; shift *= 2) mask |= mask >> shift;
    const bool wide = (mask >> 64) != 0;
    for (;;) {
      FieldValue bits = next();
      if (wide) bits = bits << 64 | next();  // two statements: in one, the order of the calls would be anybody's
      if ((bits & mask) <= last) return bits & mask;
    }
  }

  /// Fisher-Yates.
  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (size_t left = items.size(); left > 1; --left) std::swap(items[left - 1], items[size_t(up_to(left - 1))]);
  }

 private:
  uint64_t state_;
};

}  // namespace fwbench
