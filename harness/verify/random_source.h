// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What the generators draw with: the same for a seed on every platform, and cheap.

#include <initializer_list>
#include <span>

#include "traffic/random.h"

namespace fwbench::verify {

class RandomSource {
 public:
  explicit RandomSource(uint64_t seed) : random_(seed) {}

  [[nodiscard]] uint64_t bits() { return random_.next(); }
  /// 0 .. bound - 1; bound must not be 0. The bias of a 64-bit remainder does not matter here.
  [[nodiscard]] size_t below(size_t bound) { return static_cast<size_t>(random_.next() % bound); }
  [[nodiscard]] size_t between(size_t first, size_t last) { return first + below(last - first + 1); }
  [[nodiscard]] bool chance(unsigned percent) { return below(100) < percent; }
  [[nodiscard]] FieldValue up_to(FieldValue last) { return random_.up_to(last); }

  template <typename T>
  [[nodiscard]] T one_of(std::initializer_list<T> values) {
    return values.begin()[below(values.size())];
  }
  template <typename Range>
  [[nodiscard]] const auto& pick(const Range& values) {
    return values[below(std::size(values))];
  }

 private:
  SplitMix64 random_;
};

}  // namespace fwbench::verify
