// SPDX-License-Identifier: BSD-2-Clause
#include "engine/firewall_program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "engine/image_view.h"
#include "firewall.skel.h"

namespace fwbench {
namespace {

/// A cache line: each generation's image starts on one.
constexpr size_t kImageAlign = 64;

tl::unexpected<Error> refused(int sys_errno, const char* what) {
  return with_remedy(sys_fail(sys_errno, "{}", what),
                     "run as root (CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON) on Linux 6.1 or later");
}

/// Reads one value of a per-CPU map of T, one for each possible CPU.
template <typename T>
Result<std::vector<T>> read_per_cpu(const bpf_map* map, uint32_t key) {
  const int cpus = libbpf_num_possible_cpus();
  if (cpus < 0) return sys_fail(-cpus, "count the possible CPUs");
  std::vector<T> values(static_cast<size_t>(cpus));
  const int error = bpf_map__lookup_elem(map, &key, sizeof(key), values.data(), values.size() * sizeof(T), 0);
  if (error != 0) return sys_fail(-error, "read entry {} of BPF map {}", key, bpf_map__name(map));
  return values;
}

}  // namespace

void FirewallProgram::Destroy::operator()(firewall_bpf* skeleton) const {
  firewall_bpf::destroy(skeleton);
}

FirewallProgram::FirewallProgram(std::unique_ptr<firewall_bpf, Destroy> skeleton, FirewallHook hook)
    : skeleton_(std::move(skeleton)), hook_(hook) {}
FirewallProgram::FirewallProgram(FirewallProgram&&) noexcept = default;
FirewallProgram& FirewallProgram::operator=(FirewallProgram&&) noexcept = default;
FirewallProgram::~FirewallProgram() = default;

Result<FirewallProgram> FirewallProgram::load(const PolicyImage& image, const FirewallOptions& options) {
  FWBENCH_TRY(check_image(image.bytes()));
  firewall_bpf* opened = firewall_bpf::open();
  if (opened == nullptr) return refused(errno, "open the BPF firewall's object");
  FirewallProgram program(std::unique_ptr<firewall_bpf, Destroy>(opened), options.hook);
  bpf_program__set_autoload(opened->progs.firewall, options.hook == FirewallHook::xdp);
  bpf_program__set_autoload(opened->progs.firewall_tc, options.hook == FirewallHook::tc_ingress);

  const size_t image_bytes = round_up(std::max(options.image_bytes, image.bytes().size()), kImageAlign);
  const uint32_t rules = std::max(options.rules, ImageView(image.bytes()).header().policy_rules);
  opened->rodata->image_words = static_cast<uint32_t>(image_bytes / sizeof(uint32_t));
  opened->rodata->egress_ifindex = options.egress_ifindex;
  opened->rodata->fault_pass_every = options.fault_pass_every;
  opened->rodata->fault_drop_every = options.fault_drop_every;
  opened->rodata->fault_flip_every = options.fault_flip_every;
  opened->rodata->fault_delay = options.fault_delay;
  int error = bpf_map__set_value_size(opened->maps.policy, static_cast<uint32_t>(image_bytes));
  if (error == 0) error = bpf_map__set_max_entries(opened->maps.policy, std::max(options.generations, 2U));
  if (error == 0) error = bpf_map__set_max_entries(opened->maps.rule_hits, rules + 1);
  if (error == 0) error = firewall_bpf::load(opened);
  if (error != 0) return refused(-error, "load the BPF firewall into the kernel");

  FWBENCH_TRY(program.write_generation(0, image));
  for (uint32_t generation = 1; generation < bpf_map__max_entries(opened->maps.policy); ++generation) {
    program.free_.push_back(generation);
  }
  return program;
}

bpf_program* FirewallProgram::program() const {
  return hook_ == FirewallHook::xdp ? skeleton_->progs.firewall : skeleton_->progs.firewall_tc;
}

int FirewallProgram::fd() const {
  return bpf_program__fd(program());
}

Result<dut_counters> FirewallProgram::read_counters() const {
  const auto per_cpu = read_per_cpu<dut_counters>(skeleton_->maps.counters, 0);
  if (!per_cpu) return tl::unexpected<Error>(per_cpu.error());
  dut_counters sum = {};
  for (const dut_counters& cpu : *per_cpu) {
    sum.seen += cpu.seen;
    sum.passed += cpu.passed;
    sum.dropped += cpu.dropped;
    sum.aborted += cpu.aborted;
  }
  return sum;
}

Result<std::vector<uint64_t>> FirewallProgram::read_rule_hits() const {
  std::vector<uint64_t> hits;
  for (uint32_t rule = 0; rule <= rules_; ++rule) {
    const auto per_cpu = read_per_cpu<uint64_t>(skeleton_->maps.rule_hits, rule);
    if (!per_cpu) return tl::unexpected<Error>(per_cpu.error());
    uint64_t sum = 0;
    for (const uint64_t cpu : *per_cpu) sum += cpu;
    hits.push_back(sum);
  }
  return hits;
}

Result<void> FirewallProgram::replace_policy(const PolicyImage& image) {
  FWBENCH_TRY(check_image(image.bytes()));
  const size_t room = bpf_map__value_size(skeleton_->maps.policy);
  const uint32_t rules = ImageView(image.bytes()).header().policy_rules;
  if (image.bytes().size() > room || rules >= bpf_map__max_entries(skeleton_->maps.rule_hits)) {
    return fail(ErrorKind::usage,
                "a policy of {} rules in {} bytes does not fit the {} rules and {} bytes made room for", rules,
                image.bytes().size(), bpf_map__max_entries(skeleton_->maps.rule_hits) - 1, room);
  }
  if (free_.empty()) {
    // Programs run in RCU read-side critical sections: one that began before the last switch has ended after this.
    if (::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) != 0) {
      return with_remedy(sys_fail(errno, "wait until no frame is judged by an old policy (membarrier)"),
                         "run on a kernel without nohz_full");
    }
    free_.swap(retired_);
  }
  const uint32_t replaced = skeleton_->bss->active_generation;
  FWBENCH_TRY(write_generation(free_.back(), image));
  free_.pop_back();
  retired_.push_back(replaced);
  return {};
}

Result<void> FirewallProgram::write_generation(uint32_t generation, const PolicyImage& image) {
  const size_t size = bpf_map__value_size(skeleton_->maps.policy);
  value_.resize(size);
  std::memcpy(value_.data(), image.bytes().data(), image.bytes().size());
  const int error =
      bpf_map__update_elem(skeleton_->maps.policy, &generation, sizeof(generation), value_.data(), size, BPF_ANY);
  if (error != 0) return sys_fail(-error, "write a policy of {} bytes into its BPF map", size);
  std::atomic_ref<uint32_t>(skeleton_->bss->active_generation).store(generation, std::memory_order_release);
  rules_ = ImageView(image.bytes()).header().policy_rules;
  return {};
}

Result<FirewallCost> FirewallProgram::cost() const {
  bpf_prog_info info = {};
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd(), &info, &size) != 0) return sys_fail(errno, "ask the kernel about the BPF firewall");
  return FirewallCost{info.verified_insns, info.jited_prog_len};
}

}  // namespace fwbench
