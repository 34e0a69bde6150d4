// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/engines/live_run.h"

#include <bpf/bpf.h>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <vector>

namespace fwbench {

Result<void> set_egress(const bpf_map* egress, int ifindex, uint32_t lane) {
  const int error = -bpf_map__update_elem(egress, &lane, sizeof lane, &ifindex, sizeof ifindex, BPF_ANY);
  if (error != 0) return sys_fail(error, "cannot point the generator at device {}", ifindex);
  return {};
}

Result<void> run_live(const LiveRun& run, const std::function<bool()>& again) {
  std::vector<std::byte> page(run.frame_room);
  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.data_in = page.data();
  options.data_size_in = static_cast<uint32_t>(page.size());
  options.repeat = static_cast<int>(run.repeat);
  options.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
  options.batch_size = run.batch;
  do {
    const int error = -bpf_prog_test_run_opts(bpf_program__fd(run.program), &options);
    if (error == EINTR) return {};
    if (error != 0) {
      return with_remedy(
          sys_fail(error, "cannot run the live TX engine (BPF_F_TEST_XDP_LIVE_FRAMES)"),
          "it needs Linux 5.18 or later and root; set [traffic] engine = packet, or see `fwbench doctor`");
    }
  } while (run.repeat == INT_MAX && again());
  return {};
}

}  // namespace fwbench
