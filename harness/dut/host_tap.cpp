// SPDX-License-Identifier: BSD-2-Clause
#include "dut/host_tap.h"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "lab/bpf.h"
#include "tap.skel.h"

namespace fwbench {
namespace {

/// Behind any filter of the firewall's own: those of lower numbers come first.
constexpr uint32_t kLastPriority = 0xffff;
constexpr uint32_t kHandle = 1;

bpf_tc_hook ingress_of(int ifindex) {
  bpf_tc_hook hook = {};
  hook.sz = sizeof hook;
  hook.ifindex = ifindex;
  hook.attach_point = BPF_TC_INGRESS;
  return hook;
}

int no_talk(libbpf_print_level /*level*/, const char* /*format*/, va_list /*arguments*/) {
  return 0;
}

}  // namespace

void HostTap::Destroy::operator()(tap_bpf* skeleton) const {
  tap_bpf__destroy(skeleton);
}
void HostTap::Destroy::operator()(bpf_link* link) const {
  bpf_link__destroy(link);
}

HostTap::HostTap(NetNs ns, int ifindex) : ns_(std::move(ns)), ifindex_(ifindex) {}

HostTap::HostTap(HostTap&& other) noexcept
    : ns_(std::move(other.ns_)),
      ifindex_(other.ifindex_),
      skeleton_(std::move(other.skeleton_)),
      watch_(std::move(other.watch_)),
      on_ingress_(std::exchange(other.on_ingress_, false)) {}

HostTap::~HostTap() {
  if (!on_ingress_) return;
  const auto inside = NetNsScope::enter(ns_);
  if (!inside) return;  // it goes with the namespace
  bpf_tc_hook hook = ingress_of(ifindex_);
  bpf_tc_opts which = {};
  which.sz = sizeof which;
  which.handle = kHandle;
  which.priority = kLastPriority;
  ::bpf_tc_detach(&hook, &which);
}

Result<HostTap> HostTap::open(const Port& in, const Port& out, bool sends_on) {
  auto ns = NetNs::current();
  if (!ns) return tl::unexpected(ns.error());
  struct stat info = {};
  if (::fstat(ns->fd(), &info) != 0) return sys_fail(errno, "cannot tell the network namespace of {}", in.name);
  HostTap tap(std::move(*ns), in.ifindex);
  tap.skeleton_.reset(tap_bpf__open());
  if (!tap.skeleton_) return sys_fail(errno, "cannot open the tap's BPF object");
  tap.skeleton_->rodata->egress_ifindex = static_cast<uint32_t>(out.ifindex);
  tap.skeleton_->rodata->watched_ifindex = static_cast<uint32_t>(in.ifindex);
  tap.skeleton_->rodata->watched_netns = static_cast<uint32_t>(info.st_ino);
  if (const int error = -tap_bpf__load(tap.skeleton_.get()); error != 0) {
    return with_remedy(sys_fail(error, "cannot load the tap's BPF object"),
                       "it needs the kernel's type information, CONFIG_DEBUG_INFO_BTF; see `fwbench doctor`");
  }
  tap.watch_.reset(bpf_program__attach(tap.skeleton_->progs.exception));
  if (!tap.watch_) {
    return with_remedy(sys_fail(errno, "cannot attach to the tracepoint xdp:xdp_exception"),
                       "it needs CONFIG_BPF_EVENTS; without it XDP_ABORTED cannot be told from XDP_DROP");
  }
  if (sends_on) FWBENCH_TRY(tap.attach_to_ingress());
  return tap;
}

Result<void> HostTap::attach_to_ingress() {
  bpf_tc_hook hook = ingress_of(ifindex_);
  // One that is there already is the firewall's own, and libbpf would print the kernel's refusal.
  const libbpf_print_fn_t before = ::libbpf_set_print(no_talk);
  const int created = ::bpf_tc_hook_create(&hook);
  ::libbpf_set_print(before);
  if (created != 0 && created != -EEXIST) return sys_fail(-created, "cannot add clsact to link {}", ifindex_);
  bpf_tc_opts options = {};
  options.sz = sizeof options;
  options.prog_fd = bpf_program__fd(skeleton_->progs.tap);
  options.handle = kHandle;
  options.priority = kLastPriority;
  if (const int error = -::bpf_tc_attach(&hook, &options); error != 0) {
    return sys_fail(error, "cannot attach the tap to tc ingress of link {}", ifindex_);
  }
  on_ingress_ = true;
  return {};
}

Result<tap_counters> HostTap::totals() const {
  const auto per_cpu = read_per_cpu<tap_counters>(skeleton_->maps.counters, 0);
  if (!per_cpu) return tl::unexpected(per_cpu.error());
  tap_counters sum = {};
  for (const tap_counters& cpu : *per_cpu) {
    sum.passed += cpu.passed;
    sum.aborted += cpu.aborted;
  }
  return sum;
}

}  // namespace fwbench
