// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// bpf/firewall.bpf.c in the kernel with a compiled policy in its map. Loaded, not attached: that is the lab's job.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "bpf/abi.h"
#include "core/result.h"
#include "engine/image.h"

struct bpf_program;
struct firewall_bpf;

namespace fwbench {

/// Where the program is to be attached.
enum class FirewallHook : uint8_t { xdp, tc_ingress };

struct FirewallOptions {
  FirewallHook hook = FirewallHook::xdp;
  uint32_t egress_ifindex = 0;  ///< permitted frames are redirected there; 0: up the stack
  /// Deliberate faults, for tests of the judge: every Nth dropped frame passes, every Nth passed one is dropped. 0:
  /// off.
  uint32_t fault_pass_every = 0;
  uint32_t fault_drop_every = 0;
  uint32_t fault_flip_every = 0;  ///< every Nth of all frames is judged the other way
  /// Turns of an empty loop before each frame, a fraction of a nanosecond each: slower, with the same verdicts.
  uint32_t fault_delay = 0;
  /// Room for the policies of replace_policy(); the first image's own size when smaller.
  size_t image_bytes = 0;
  uint32_t rules = 0;
  /// Images in the kernel at once, 2 or more: each but the active one can be written, and a wait for the kernel (about
  /// 10 ms) frees all that have been active since the last.
  uint32_t generations = 2;
};

/// Deterministic measures of the program's cost.
struct FirewallCost {
  uint32_t verified_instructions = 0;
  uint32_t jited_bytes = 0;
};

/// Owns the program and its maps; they go with it, unless something is still attached.
class FirewallProgram {
 public:
  /// Errors: ErrorKind::environment when the kernel refuses (privilege, memory, verifier).
  [[nodiscard]] static Result<FirewallProgram> load(const PolicyImage& image, const FirewallOptions& options);

  FirewallProgram(const FirewallProgram&) = delete;
  FirewallProgram& operator=(const FirewallProgram&) = delete;
  FirewallProgram(FirewallProgram&&) noexcept;
  FirewallProgram& operator=(FirewallProgram&&) noexcept;
  ~FirewallProgram();

  /// The one of options.hook. Valid as long as this object; to be attached, and for BPF_PROG_RUN.
  [[nodiscard]] bpf_program* program() const;
  [[nodiscard]] int fd() const;

  /// Summed over the CPUs. Exact once no frame is on its way.
  [[nodiscard]] Result<dut_counters> read_counters() const;
  /// Summed over the CPUs: one for each rule, 0 for those without a `counter`, and a last one for the chain's policy,
  /// 0 as well, since a policy has no `counter`. Not reset by replace_policy().
  [[nodiscard]] Result<std::vector<uint64_t>> read_rule_hits() const;

  /// Every frame is judged by the old policy whole or by the new one whole; when this returns, by the new one. Waits
  /// until the kernel has no frame left that is judged by what is overwritten (membarrier(2), an RCU grace period).
  /// Errors: ErrorKind::usage when the new image does not fit the room that load() was told to make.
  [[nodiscard]] Result<void> replace_policy(const PolicyImage& image);

  [[nodiscard]] Result<FirewallCost> cost() const;

 private:
  struct Destroy {
    void operator()(firewall_bpf* skeleton) const;
  };

  FirewallProgram(std::unique_ptr<firewall_bpf, Destroy> skeleton, FirewallHook hook);

  /// Writes the image into a generation that no packet is judged by.
  [[nodiscard]] Result<void> write_generation(uint32_t generation, const PolicyImage& image);

  std::unique_ptr<firewall_bpf, Destroy> skeleton_;
  FirewallHook hook_;
  uint32_t rules_ = 0;             ///< of the policy in force
  std::vector<std::byte> value_;   ///< scratch: an image as long as the map's value
  std::vector<uint32_t> free_;     ///< generations that can be written
  std::vector<uint32_t> retired_;  ///< were active: some frame may still be judged by them
};

}  // namespace fwbench
