// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// One attempt each. They make links and mounts in the namespaces they are called in: for run_in_sandbox() only.
/// The value is what was seen, the error why it does not work.

#include <string>

#include "core/result.h"

namespace fwbench {

[[nodiscard]] Result<std::string> probe_mounts();
[[nodiscard]] Result<std::string> probe_veth();
[[nodiscard]] Result<std::string> probe_xdp_native();
/// Sends frames with BPF_PROG_RUN into a veth and counts them in native XDP behind it: all must arrive.
[[nodiscard]] Result<std::string> probe_live_frames();
[[nodiscard]] Result<std::string> probe_mmapable_map();
[[nodiscard]] Result<std::string> probe_bpf_loop();
[[nodiscard]] Result<std::string> probe_jit();
[[nodiscard]] Result<std::string> probe_af_xdp();
[[nodiscard]] Result<std::string> probe_threaded_napi();
/// Loads a ruleset with the real nft.
[[nodiscard]] Result<std::string> probe_nft_netdev();

}  // namespace fwbench
