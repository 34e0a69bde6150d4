// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Owns one anonymous mapping shared with the processes forked after it was made. Zeroed; gone when the last of them
/// has unmapped it or died.

#include <cstddef>
#include <span>
#include <utility>

#include "core/result.h"

namespace fwbench {

class SharedMemory {
 public:
  /// @param size in bytes, not 0. Errors: ErrorKind::environment when there is not enough memory.
  [[nodiscard]] static Result<SharedMemory> open(size_t size);

  SharedMemory(SharedMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  SharedMemory& operator=(SharedMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory();

  /// Page-aligned.
  [[nodiscard]] std::span<std::byte> bytes() const { return {data_, size_}; }

 private:
  SharedMemory(std::byte* data, size_t size) : data_(data), size_(size) {}

  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace fwbench
