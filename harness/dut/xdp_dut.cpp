// SPDX-License-Identifier: BSD-2-Clause
#include "dut/duts.h"
#include "dut/xdp_program_dut.h"
#include "engine/firewall_program.h"

namespace fwbench {
namespace {

/// One wrong frame in this many: rare enough that no sample of a few thousand would show it.
constexpr uint32_t kFaultEvery = 100'000;
/// Rare enough that a run of seconds may not meet it.
constexpr uint32_t kRareFaultEvery = 10'000'000;

/// For a policy that is changed hundreds of times a second: three changes for one wait for the kernel.
constexpr uint32_t kSwapGenerations = 4;

class XdpDut final : public XdpProgramDut {
 public:
  XdpDut(FirewallProgram firewall, int ifindex, XdpMode mode)
      : XdpProgramDut(ifindex, mode), firewall_(std::move(firewall)) {}

  [[nodiscard]] bool changes_policy() const override { return true; }
  Result<void> replace_policy(const PolicyImage& image) override { return firewall_.replace_policy(image); }

 private:
  [[nodiscard]] bpf_program* program() const override { return firewall_.program(); }
  [[nodiscard]] Result<dut_counters> totals() const override { return firewall_.read_counters(); }

  FirewallProgram firewall_;
};

Result<std::unique_ptr<Dut>> open_firewall(const DutInputs& inputs, const PolicyImage& image, XdpMode mode,
                                           FirewallOptions options) {
  options.egress_ifindex = static_cast<uint32_t>(inputs.out.ifindex);
  options.image_bytes = inputs.image_room;
  options.rules = inputs.rules_room;
  if (inputs.image_room != 0) options.generations = kSwapGenerations;
  auto firewall = FirewallProgram::load(image, options);
  if (!firewall) return tl::unexpected(firewall.error());
  return std::make_unique<XdpDut>(std::move(*firewall), inputs.in.ifindex, mode);
}

/// What a firewall does that masks an IPv4 source with 23 bits where the rule says 24.
Policy widen_24_to_23(const Policy& policy) {
  Policy widened = policy;
  for (Rule& rule : widened.rules) {
    for (Match& match : rule.matches) {
      if (match.field != Field::ip_saddr) continue;
      IntervalSet values = *match.values;
      for (Interval& interval : values) {
        if (interval.last - interval.first == 255 && interval.first % 256 == 0) {
          interval.first -= interval.first % 512;
          interval.last = interval.first + 511;
        }
      }
      match.values = std::make_shared<const IntervalSet>(normalize(std::move(values)));
    }
  }
  return widened;
}

}  // namespace

Result<std::unique_ptr<Dut>> open_xdp(const DutInputs& inputs) {
  return open_firewall(inputs, *inputs.image, XdpMode::native, {});
}
Result<std::unique_ptr<Dut>> open_xdp_skb(const DutInputs& inputs) {
  return open_firewall(inputs, *inputs.image, XdpMode::generic, {});
}
Result<std::unique_ptr<Dut>> open_fault_pass(const DutInputs& inputs) {
  return open_firewall(inputs, *inputs.image, XdpMode::native, {.fault_pass_every = kFaultEvery});
}
Result<std::unique_ptr<Dut>> open_fault_drop(const DutInputs& inputs) {
  return open_firewall(inputs, *inputs.image, XdpMode::native, {.fault_drop_every = kFaultEvery});
}
Result<std::unique_ptr<Dut>> open_fault_rare(const DutInputs& inputs) {
  return open_firewall(inputs, *inputs.image, XdpMode::native, {.fault_flip_every = kRareFaultEvery});
}
Result<std::unique_ptr<Dut>> open_fault_slow(const DutInputs& inputs) {
  return open_firewall(inputs, *inputs.image, XdpMode::native, {.fault_delay = inputs.fault_delay});
}
Result<std::unique_ptr<Dut>> open_fault_prefix(const DutInputs& inputs) {
  const auto image = compile_policy(widen_24_to_23(*inputs.policy));
  if (!image) return tl::unexpected(image.error());
  return open_firewall(inputs, *image, XdpMode::native, {});
}

}  // namespace fwbench
