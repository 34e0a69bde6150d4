// SPDX-License-Identifier: BSD-2-Clause
#include "doctor/kernel_checks.h"

#include <array>

#include "doctor/probes.h"
#include "doctor/sandbox.h"

namespace fwbench {
namespace {

struct KernelCheck {
  const char* id;
  const char* title;
  bool required;
  Result<std::string> (*probe)();
  const char* remedy;
};

// The version in a remedy is the first kernel.org release with the feature.
constexpr std::array kNeedNamespaces = {
    KernelCheck{"mounts", "private sysfs and bpffs", true, probe_mounts,
                "the lab mounts its own: in a container, run it with --privileged"},
    KernelCheck{"veth", "veth pair", true, probe_veth,
                "a kernel with CONFIG_VETH; `modprobe veth` where it is a module"},
    KernelCheck{"xdp-native", "native XDP on veth (bpf_link)", true, probe_xdp_native, "Linux 5.9 or later"},
    KernelCheck{"xdp-live-frames", "live frames to native XDP", true, probe_live_frames,
                "Linux 5.18 or later: without it the traffic engine `live` cannot send"},
    KernelCheck{"bpf-mmap", "memory-mapped BPF maps", true, probe_mmapable_map, "Linux 5.5 or later"},
    KernelCheck{"bpf-loop", "helper bpf_loop()", true, probe_bpf_loop, "Linux 5.17 or later"},
    KernelCheck{"bpf-jit", "BPF programs run as machine code", false, probe_jit,
                "sysctl net.core.bpf_jit_enable=1: interpreted programs are several times slower"},
    KernelCheck{"af-xdp", "AF_XDP socket in copy mode", false, probe_af_xdp,
                "Linux 5.4 or later with CONFIG_XDP_SOCKETS: without it the afxdp firewalls cannot run"},
    KernelCheck{"threaded-napi", "threaded NAPI", false, probe_threaded_napi,
                "Linux 5.12 or later: without it there is no placement `split`"},
    KernelCheck{"nft-netdev", "nft netdev ingress hook", false, probe_nft_netdev,
                "nftables, and a kernel with CONFIG_NF_TABLES_NETDEV: without them the nft firewalls cannot run"},
};

constexpr const char* kRootRemedy = "run it as root (sudo); in a container, with --privileged";

Check check_namespaces(std::chrono::milliseconds timeout) {
  Check check{.id = "namespaces", .title = "PID, mount and network namespaces", .required = true};
  const auto found = run_in_sandbox([] { return Result<std::string>("made and entered"); }, timeout);
  if (found) {
    check.detail = *found;
  } else {
    check.status = Check::Status::fail;
    check.detail = found.error().to_string();
    check.remedy = kRootRemedy;
  }
  return check;
}

Check try_kernel(const KernelCheck& kernel, bool namespaces, std::chrono::milliseconds timeout) {
  Check check{.id = kernel.id, .title = kernel.title, .required = kernel.required};
  const auto found =
      namespaces ? run_in_sandbox(kernel.probe, timeout) : fail(ErrorKind::environment, "not tried: needs namespaces");
  if (found) {
    check.detail = *found;
    return check;
  }
  // What was not tried may well work: that is for a warning. Without namespaces there is a failure already.
  check.status = kernel.required && namespaces ? Check::Status::fail : Check::Status::warn;
  check.detail = found.error().to_string();
  if (namespaces) check.remedy = kernel.remedy;
  return check;
}

}  // namespace

std::vector<Check> kernel_checks(std::chrono::milliseconds timeout) {
  std::vector<Check> checks = {check_namespaces(timeout)};
  const bool namespaces = checks.front().status == Check::Status::ok;
  for (const KernelCheck& kernel : kNeedNamespaces) checks.push_back(try_kernel(kernel, namespaces, timeout));
  return checks;
}

}  // namespace fwbench
