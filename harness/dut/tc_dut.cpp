// SPDX-License-Identifier: BSD-2-Clause
/// The compiled policy at tc ingress of d0: the XDP firewall's core one hook later, behind the allocation of the skb.
#include <algorithm>

#include "dut/duts.h"
#include "engine/firewall_program.h"
#include "lab/bpf.h"

namespace fwbench {
namespace {

/// As for XDP: three changes of policy for one wait for the kernel.
constexpr uint32_t kSwapGenerations = 4;

class TcDut final : public Dut {
 public:
  TcDut(FirewallProgram firewall, int ifindex, Lab& lab)
      : firewall_(std::move(firewall)), ifindex_(ifindex), lab_(lab) {}

  Result<void> start() override;
  Result<DutCounters> counters() override;
  Result<uint64_t> dropped() override;
  [[nodiscard]] bool changes_policy() const override { return true; }
  Result<void> replace_policy(const PolicyImage& image) override { return firewall_.replace_policy(image); }
  Result<void> stop() override;

 private:
  struct Books {
    uint64_t taken = 0;  ///< by d0's NAPI
    dut_counters program = {};
  };
  [[nodiscard]] Result<Books> books() const;

  FirewallProgram firewall_;
  int ifindex_;
  Lab& lab_;
  TcLink link_;
  Books before_;
};

Result<TcDut::Books> TcDut::books() const {
  // In this order: what NAPI has just taken is not yet called lost.
  auto lab = lab_.counters();
  if (!lab) return tl::unexpected(lab.error());
  auto program = firewall_.read_counters();
  if (!program) return tl::unexpected(program.error());
  return Books{(*lab)["d0.rx_queue_0_xdp_packets"], *program};
}

Result<void> TcDut::start() {
  auto before = books();
  if (!before) return tl::unexpected(before.error());
  before_ = *before;
  auto link = TcLink::attach(firewall_.program(), ifindex_);
  if (!link) return tl::unexpected(link.error());
  link_ = std::move(*link);
  return {};
}

Result<DutCounters> TcDut::counters() {
  auto now = books();
  if (!now) return tl::unexpected(now.error());
  const dut_counters& is = now->program;
  const dut_counters& was = before_.program;
  // What NAPI took and the program never saw, the stack dropped in between: a tag that the frame ends in.
  const uint64_t taken = now->taken - before_.taken;
  return DutCounters{.seen = taken,
                     .passed = is.passed - was.passed,
                     .dropped_by_rule = is.dropped - was.dropped,
                     .dropped_by_stack = taken - std::min<uint64_t>(taken, is.seen - was.seen),
                     .aborted = is.aborted - was.aborted,
                     .lost_xsk = 0};
}

Result<uint64_t> TcDut::dropped() {
  auto now = firewall_.read_counters();
  if (!now) return tl::unexpected(now.error());
  return now->dropped - before_.program.dropped;
}

Result<void> TcDut::stop() {
  link_.detach();
  return {};
}

}  // namespace

Result<std::unique_ptr<Dut>> open_tc_bpf(const DutInputs& inputs) {
  FirewallOptions options;
  options.hook = FirewallHook::tc_ingress;
  options.egress_ifindex = static_cast<uint32_t>(inputs.out.ifindex);
  options.image_bytes = inputs.image_room;
  options.rules = inputs.rules_room;
  if (inputs.image_room != 0) options.generations = kSwapGenerations;
  auto firewall = FirewallProgram::load(*inputs.image, options);
  if (!firewall) return tl::unexpected(firewall.error());
  return std::make_unique<TcDut>(std::move(*firewall), inputs.in.ifindex, *inputs.lab);
}

}  // namespace fwbench
