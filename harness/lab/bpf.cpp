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

namespace {

// enum bpf_attach_type of Linux 6.6; Debian 12 has the headers of 6.1.
constexpr auto kTcxIngress = static_cast<bpf_attach_type>(46);

auto cannot_attach_tc(int sys_errno, const bpf_program* program, int ifindex) {
  return with_remedy(
      sys_fail(sys_errno, "cannot attach BPF program '{}' to tc ingress of link {}", bpf_program__name(program),
               ifindex),
      "the kernel needs CONFIG_NET_XGRESS, or CONFIG_NET_CLS_BPF and CONFIG_NET_SCH_INGRESS; see `fwbench doctor`");
}

}  // namespace

Result<TcLink> TcLink::attach(const bpf_program* program, int ifindex) {
  const int fd = bpf_link_create(bpf_program__fd(program), ifindex, kTcxIngress, nullptr);
  if (fd == -EINVAL) return attach_clsact(program, ifindex);  // an attach type that the kernel does not know
  if (fd < 0) return cannot_attach_tc(-fd, program, ifindex);
  TcLink link;
  link.fd_ = UniqueFd(fd);
  return link;
}

Result<TcLink> TcLink::attach_clsact(const bpf_program* program, int ifindex) {
  LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_INGRESS);
  if (const int error = bpf_tc_hook_create(&hook); error != 0) return cannot_attach_tc(-error, program, ifindex);
  TcLink link;
  link.clsact_ifindex_ = ifindex;
  LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = bpf_program__fd(program));
  if (const int error = bpf_tc_attach(&hook, &options); error != 0) return cannot_attach_tc(-error, program, ifindex);
  return link;
}

void TcLink::detach() {
  fd_.reset();
  if (clsact_ifindex_ == 0) return;
  // Both attach points: the qdisc itself, and with it the filter.
  LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = clsact_ifindex_,
              .attach_point = static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS));
  bpf_tc_hook_destroy(&hook);
  clsact_ifindex_ = 0;
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
