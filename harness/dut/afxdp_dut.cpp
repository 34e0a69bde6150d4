// SPDX-License-Identifier: BSD-2-Clause
#include <algorithm>
#include <cerrno>
#include <optional>

#include "afxdp/process.h"
#include "bpf/abi.h"
#include "dut/duts.h"
#include "engine/live_policy.h"
#include "lab/bpf.h"
#include "steer.skel.h"

namespace fwbench {
namespace {

struct SteerDestroy {
  void operator()(steer_bpf* skeleton) const { steer_bpf__destroy(skeleton); }
};
using SteerSkeleton = std::unique_ptr<steer_bpf, SteerDestroy>;

class AfxdpDut : public Dut {
 public:
  AfxdpDut(SteerSkeleton skeleton, int ifindex, AfxdpConfig config)
      : skeleton_(std::move(skeleton)), ifindex_(ifindex), config_(std::move(config)) {}

  Result<void> start() override;
  Result<DutCounters> counters() override;
  Result<void> stop() override;

 protected:
  [[nodiscard]] Result<steer_counters> steered() const;

 private:
  SteerSkeleton skeleton_;
  int ifindex_;
  AfxdpConfig config_;
  steer_counters before_ = {};
  // In this order: the process leaves the map before the program leaves the device.
  XdpLink link_;
  std::optional<AfxdpProcess> process_;
};

Result<steer_counters> AfxdpDut::steered() const {
  const auto per_cpu = read_per_cpu<steer_counters>(skeleton_->maps.counters, 0);
  if (!per_cpu) return tl::unexpected(per_cpu.error());
  steer_counters sum = {};
  for (const steer_counters& cpu : *per_cpu) {
    sum.seen += cpu.seen;
    sum.no_socket += cpu.no_socket;
  }
  return sum;
}

Result<void> AfxdpDut::start() {
  auto before = steered();
  if (!before) return tl::unexpected(before.error());
  before_ = *before;
  auto link = XdpLink::attach(skeleton_->progs.steer, ifindex_, XdpMode::native);
  if (!link) return tl::unexpected(link.error());
  link_ = std::move(*link);
  auto process = AfxdpProcess::start(config_);
  if (!process) {
    link_.detach();
    return tl::unexpected(process.error());
  }
  process_.emplace(std::move(*process));
  return {};
}

Result<DutCounters> AfxdpDut::counters() {
  FWBENCH_TRY(process_->check());
  auto now = steered();
  if (!now) return tl::unexpected(now.error());
  auto app = process_->counters();
  if (!app) return tl::unexpected(app.error());
  return DutCounters{.seen = now->seen - before_.seen,
                     .passed = app->passed,
                     .dropped_by_rule = app->dropped,
                     .dropped_by_stack = 0,
                     .aborted = 0,
                     .lost_xsk = now->no_socket - before_.no_socket + app->lost()};
}

Result<void> AfxdpDut::stop() {
  if (!process_) return {};
  Result<void> stopped = process_->stop();
  process_.reset();
  link_.detach();
  return stopped;
}

/// The classifier in the process of its own, over a policy in memory that both share.
class AfxdpFirewallDut final : public AfxdpDut {
 public:
  AfxdpFirewallDut(SteerSkeleton skeleton, int ifindex, AfxdpConfig config, SharedMemory memory, LivePolicy policy)
      : AfxdpDut(std::move(skeleton), ifindex, std::move(config)), memory_(std::move(memory)), policy_(policy) {}

  [[nodiscard]] bool changes_policy() const override { return true; }
  Result<void> replace_policy(const PolicyImage& image) override { return policy_.replace(image); }

 private:
  SharedMemory memory_;
  LivePolicy policy_;
};

Result<SteerSkeleton> open_steer(const DutInputs& inputs, AfxdpConfig& config) {
  SteerSkeleton skeleton(steer_bpf__open_and_load());
  if (!skeleton) {
    return with_remedy(sys_fail(errno, "cannot load the BPF program that steers frames to AF_XDP"),
                       "see `fwbench doctor`");
  }
  config.rx_ifname = inputs.in.name;
  config.cpu = inputs.app_cpu;
  config.xsks_map_fd = bpf_map__fd(skeleton->maps.xsks_map);
  return skeleton;
}

}  // namespace

Result<std::unique_ptr<Dut>> open_afxdp(const DutInputs& inputs) {
  auto memory = SharedMemory::open(LivePolicy::bytes_for(std::max(inputs.image_room, inputs.image->bytes().size())));
  if (!memory) return tl::unexpected(memory.error());
  const auto policy = LivePolicy::open(memory->bytes(), *inputs.image);
  if (!policy) return tl::unexpected(policy.error());
  AfxdpConfig config;
  config.tx_ifname = inputs.out.name;
  config.hit_counters = std::max<size_t>(inputs.rules_room, inputs.policy->rules.size()) + 1;
  config.decide = [decider = *policy](std::span<const FrameView> frames, std::span<uint64_t> hits) {
    return decider.classify(frames, hits);
  };
  auto skeleton = open_steer(inputs, config);
  if (!skeleton) return tl::unexpected(skeleton.error());
  return std::make_unique<AfxdpFirewallDut>(std::move(*skeleton), inputs.in.ifindex, std::move(config),
                                            std::move(*memory), *policy);
}

Result<std::unique_ptr<Dut>> open_null_afxdp(const DutInputs& inputs) {
  AfxdpConfig config;
  auto skeleton = open_steer(inputs, config);
  if (!skeleton) return tl::unexpected(skeleton.error());
  return std::make_unique<AfxdpDut>(std::move(*skeleton), inputs.in.ifindex, std::move(config));
}

}  // namespace fwbench
