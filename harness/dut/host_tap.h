// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What a firewall of the user's own does, counted around it: it cannot be asked.

#include <memory>

#include "bpf/tap.h"
#include "core/result.h"
#include "lab/lab.h"
#include "lab/netns.h"

struct tap_bpf;
struct bpf_link;

namespace fwbench {

/// Counts XDP_ABORTED on one link and, in host topology, takes what the firewall handed to the host (XDP_PASS) from tc
/// ingress of that link to the far end, so that the sink sees it. The filter on tc ingress goes with this object, or
/// with the link's namespace.
class HostTap {
 public:
  /// In the DUT's namespace.
  /// @param sends_on false: nothing is attached to tc ingress
  [[nodiscard]] static Result<HostTap> open(const Port& in, const Port& out, bool sends_on);
  HostTap(HostTap&&) noexcept;
  HostTap& operator=(HostTap&&) = delete;
  HostTap(const HostTap&) = delete;
  HostTap& operator=(const HostTap&) = delete;
  ~HostTap();

  /// Since open().
  [[nodiscard]] Result<tap_counters> totals() const;

 private:
  struct Destroy {
    void operator()(tap_bpf* skeleton) const;
    void operator()(bpf_link* link) const;
  };
  HostTap(NetNs ns, int ifindex);
  [[nodiscard]] Result<void> attach_to_ingress();

  NetNs ns_;
  int ifindex_;
  std::unique_ptr<tap_bpf, Destroy> skeleton_;
  std::unique_ptr<bpf_link, Destroy> watch_;
  bool on_ingress_ = false;
};

}  // namespace fwbench
