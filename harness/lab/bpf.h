// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// BPF objects of the lab: links to devices, and reading maps.

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/unique_fd.h"

namespace fwbench {

enum class XdpMode { native, generic };

/// An XDP program on a device, by bpf_link: gone when the last descriptor is closed, and never in place of another
/// program (the kernel answers EBUSY).
class XdpLink {
 public:
  XdpLink() = default;
  /// In the calling thread's network namespace.
  [[nodiscard]] static Result<XdpLink> attach(const bpf_program* program, int ifindex, XdpMode mode);

  /// Takes the program off. Frames in flight on another CPU may still meet it until an RCU grace period has passed.
  void detach() { fd_.reset(); }

 private:
  explicit XdpLink(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

/// A program at tc ingress of a device: by bpf_link (tcx, Linux 6.6) where the kernel has it, gone with its descriptor;
/// else as a filter of a clsact qdisc that this object adds and takes away again. Nobody else's program is replaced.
class TcLink {
 public:
  TcLink() = default;
  TcLink(TcLink&& other) noexcept { *this = std::move(other); }
  TcLink& operator=(TcLink&& other) noexcept {
    if (this == &other) return *this;
    detach();
    fd_ = std::move(other.fd_);
    clsact_ifindex_ = std::exchange(other.clsact_ifindex_, 0);
    return *this;
  }
  TcLink(const TcLink&) = delete;
  TcLink& operator=(const TcLink&) = delete;
  ~TcLink() { detach(); }

  /// In the calling thread's network namespace.
  [[nodiscard]] static Result<TcLink> attach(const bpf_program* program, int ifindex);
  /// The second way alone, for kernels without the first.
  [[nodiscard]] static Result<TcLink> attach_clsact(const bpf_program* program, int ifindex);

  /// Takes the program off; in the namespace of attach().
  void detach();

 private:
  UniqueFd fd_;
  int clsact_ifindex_ = 0;  ///< 0: none
};

/// The values of a BPF_F_MMAPABLE array map as memory. Outlives the map's descriptor.
class MappedArray {
 public:
  [[nodiscard]] static Result<MappedArray> open(const bpf_map* map);
  MappedArray(MappedArray&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)),
        bytes_(other.bytes_),
        stride_(other.stride_),
        count_(other.count_) {}
  MappedArray& operator=(MappedArray&&) = delete;
  MappedArray(const MappedArray&) = delete;
  MappedArray& operator=(const MappedArray&) = delete;
  ~MappedArray();

  [[nodiscard]] size_t count() const { return count_; }
  [[nodiscard]] std::byte* at(size_t index) const { return base_ + index * stride_; }
  template <typename T>
  [[nodiscard]] T& value(size_t index) const {
    return *reinterpret_cast<T*>(at(index));
  }

 private:
  MappedArray(std::byte* base, size_t bytes, size_t stride, size_t count)
      : base_(base), bytes_(bytes), stride_(stride), count_(count) {}
  std::byte* base_;
  size_t bytes_;
  size_t stride_;
  size_t count_;
};

/// All CPUs' values of one element of a per-CPU array map. T must be the map's value type, a multiple of 8 bytes.
template <typename T>
[[nodiscard]] Result<std::vector<T>> read_per_cpu(const bpf_map* map, uint32_t key) {
  static_assert(sizeof(T) % 8 == 0, "per-CPU values are copied in units of 8 bytes");
  const int cpus = libbpf_num_possible_cpus();
  if (cpus < 0) return sys_fail(-cpus, "cannot count the CPUs");
  std::vector<T> values(static_cast<size_t>(cpus));
  const int error = -bpf_map__lookup_elem(map, &key, sizeof key, values.data(), values.size() * sizeof(T), 0);
  if (error != 0) return sys_fail(error, "cannot read the BPF map '{}'", bpf_map__name(map));
  return values;
}

}  // namespace fwbench
