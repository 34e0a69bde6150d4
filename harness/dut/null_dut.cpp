// SPDX-License-Identifier: BSD-2-Clause
#include <cerrno>

#include "dut/duts.h"
#include "dut/xdp_program_dut.h"
#include "lab/rtnl.h"
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

/// d0 is down and so has no NAPI: g0 refuses every frame and counts it (veth_xdp_xmit() in drivers/net/veth.c). GRO
/// stays wanted at d0: without it the generator's redirect would fail before g0 (veth_set_xdp_features()).
class NullTxDut final : public Dut {
 public:
  NullTxDut(const DutInputs& inputs, Rtnl dut_side, Rtnl gen_side)
      : d0_(inputs.in.ifindex),
        g0_(inputs.lab->g0().ifindex),
        dut_side_(std::move(dut_side)),
        gen_side_(std::move(gen_side)) {}

  Result<void> start() override {
    auto before = refused();
    if (!before) return tl::unexpected(before.error());
    before_ = *before;
    return dut_side_.set_down(d0_);
  }

  Result<DutCounters> counters() override {
    auto now = refused();
    if (!now) return tl::unexpected(now.error());
    DutCounters counters;
    counters.seen = counters.dropped_by_rule = counters.refused_by_g0 = *now - before_;
    return counters;
  }

  Result<void> stop() override { return dut_side_.set_up(d0_, true); }

 private:
  Result<uint64_t> refused() {
    auto link = gen_side_.link_info(g0_);
    if (!link) return tl::unexpected(link.error());
    return link->tx_dropped;
  }

  int d0_, g0_;
  Rtnl dut_side_, gen_side_;
  uint64_t before_ = 0;
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
Result<std::unique_ptr<Dut>> open_null_tx(const DutInputs& inputs) {
  if (inputs.engine != TxEngine::live) {
    return fail(ErrorKind::unsupported, "needs the TX engine live: a socket is told of every frame that g0 refuses");
  }
  auto dut_side = Rtnl::open();
  if (!dut_side) return tl::unexpected(dut_side.error());
  auto scope = NetNsScope::enter(inputs.lab->gen_ns());
  if (!scope) return tl::unexpected(scope.error());
  auto gen_side = Rtnl::open();
  if (!gen_side) return tl::unexpected(gen_side.error());
  return std::make_unique<NullTxDut>(inputs, std::move(*dut_side), std::move(*gen_side));
}

}  // namespace fwbench
