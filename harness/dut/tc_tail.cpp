// SPDX-License-Identifier: BSD-2-Clause
#include "dut/tc_tail.h"

#include <cerrno>

#include "bpf/abi.h"
#include "null.skel.h"

namespace fwbench {

void TcTail::Destroy::operator()(null_bpf* skeleton) const {
  null_bpf__destroy(skeleton);
}

Result<TcTail> TcTail::load(TcTailAction action, int egress_ifindex) {
  std::unique_ptr<null_bpf, Destroy> skeleton(null_bpf__open());
  if (!skeleton) return sys_fail(errno, "cannot open the null devices' BPF object");
  skeleton->rodata->egress_ifindex = static_cast<uint32_t>(egress_ifindex);
  if (const int error = -null_bpf__load(skeleton.get()); error != 0) {
    return with_remedy(sys_fail(error, "cannot load the null devices' BPF object"), "see `fwbench doctor`");
  }
  return TcTail(std::move(skeleton), action);
}

Result<void> TcTail::attach(int ifindex) {
  auto link =
      TcLink::attach(action_ == TcTailAction::drop ? skeleton_->progs.tc_drop : skeleton_->progs.tc_pass, ifindex);
  if (!link) return tl::unexpected(link.error());
  link_ = std::move(*link);
  return {};
}

Result<uint64_t> TcTail::seen() const {
  const auto per_cpu = read_per_cpu<dut_counters>(skeleton_->maps.counters, 0);
  if (!per_cpu) return tl::unexpected(per_cpu.error());
  uint64_t seen = 0;
  for (const dut_counters& cpu : *per_cpu) seen += cpu.seen;
  return seen;
}

}  // namespace fwbench
