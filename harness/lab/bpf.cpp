// SPDX-License-Identifier: BSD-2-Clause
#include "lab/bpf.h"

#include <linux/if_link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace fwbench {

Result<XdpLink> XdpLink::attach(const bpf_program* program, int ifindex, XdpMode mode) {
  LIBBPF_OPTS(bpf_link_create_opts, options);
  options.flags = mode == XdpMode::native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
  const int fd = bpf_link_create(bpf_program__fd(program), ifindex, BPF_XDP, &options);
  if (fd < 0) {
    return with_remedy(sys_fail(-fd, "cannot attach XDP program '{}' to link {} in {} mode", bpf_program__name(program),
                                ifindex, mode == XdpMode::native ? "native" : "generic"),
                       "see `fwbench doctor`");
  }
  return XdpLink(UniqueFd(fd));
}

Result<MappedArray> MappedArray::open(const bpf_map* map) {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const size_t stride = (size_t{bpf_map__value_size(map)} + 7) / 8 * 8;  // kernel/bpf/arraymap.c, elem_size
  const size_t count = bpf_map__max_entries(map);
  const size_t bytes = (stride * count + page - 1) / page * page;
  void* const base = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
  if (base == MAP_FAILED) return sys_fail(errno, "cannot map the BPF map '{}' ({} bytes)", bpf_map__name(map), bytes);
  return MappedArray(static_cast<std::byte*>(base), bytes, stride, count);
}

MappedArray::~MappedArray() {
  if (base_ != nullptr) ::munmap(base_, bytes_);
}

}  // namespace fwbench
