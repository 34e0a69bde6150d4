// SPDX-License-Identifier: BSD-2-Clause
#include <cerrno>

#include "dut/duts.h"
#include "dut/xdp_program_dut.h"
#include "null.skel.h"

namespace fwbench {
namespace {

struct NullDestroy {
  void operator()(null_bpf* skeleton) const { null_bpf__destroy(skeleton); }
};
using NullSkeleton = std::unique_ptr<null_bpf, NullDestroy>;

class NullDut final : public XdpProgramDut {
 public:
  NullDut(NullSkeleton skeleton, bpf_program* program, int ifindex)
      : XdpProgramDut(ifindex, XdpMode::native), skeleton_(std::move(skeleton)), program_(program) {}

 private:
  [[nodiscard]] bpf_program* program() const override { return program_; }
  [[nodiscard]] Result<dut_counters> totals() const override {
    const auto per_cpu = read_per_cpu<dut_counters>(skeleton_->maps.counters, 0);
    if (!per_cpu) return tl::unexpected(per_cpu.error());
    dut_counters sum = {};
    for (const dut_counters& cpu : *per_cpu) {
      sum.seen += cpu.seen;
      sum.passed += cpu.passed;
      sum.dropped += cpu.dropped;
    }
    return sum;
  }

  NullSkeleton skeleton_;
  bpf_program* program_;
};

Result<std::unique_ptr<Dut>> open_null(const DutInputs& inputs, bool pass) {
  NullSkeleton skeleton(null_bpf__open());
  if (!skeleton) return sys_fail(errno, "cannot open the null devices' BPF object");
  skeleton->rodata->egress_ifindex = static_cast<uint32_t>(inputs.out.ifindex);
  if (const int error = -null_bpf__load(skeleton.get()); error != 0) {
    return with_remedy(sys_fail(error, "cannot load the null devices' BPF object"), "see `fwbench doctor`");
  }
  bpf_program* const program = pass ? skeleton->progs.null_pass : skeleton->progs.null_drop;
  return std::make_unique<NullDut>(std::move(skeleton), program, inputs.in.ifindex);
}

}  // namespace

Result<std::unique_ptr<Dut>> open_null_drop(const DutInputs& inputs) {
  return open_null(inputs, false);
}
Result<std::unique_ptr<Dut>> open_null_pass(const DutInputs& inputs) {
  return open_null(inputs, true);
}

}  // namespace fwbench
