// SPDX-License-Identifier: BSD-2-Clause
#include <optional>

#include "bpf/abi.h"
#include "core/paths.h"
#include "dpdk/acl_rules.h"
#include "dpdk/process.h"
#include "dut/duts.h"
#include "steer.skel.h"

namespace fwbench {
namespace {

/// Frames that d0's NAPI gave to the driver's XDP program; the ring in front of it has its own loss.
constexpr const char* kSeen = "d0.rx_queue_0_xdp_packets";

class DpdkDut final : public Dut {
 public:
  DpdkDut(Lab& lab, AclPolicy acl, const DutInputs& inputs, std::filesystem::path program)
      : lab_(lab), acl_(std::move(acl)) {
    config_.program = std::move(program);
    config_.rx_ifname = inputs.in.name;
    config_.tx_ifname = inputs.out.name;
    config_.cpu = inputs.app_cpu;
    config_.acl = &acl_;
    config_.image = inputs.image->bytes();
    size_t size = 0;
    const void* const elf = steer_bpf__elf_bytes(&size);
    config_.xdp_program = {static_cast<const std::byte*>(elf), size};
  }

  Result<void> launch() {
    process_.reset();
    auto process = DpdkProcess::start(config_);
    if (!process) return tl::unexpected(process.error());
    process_.emplace(std::move(*process));
    return {};
  }

  Result<void> start() override {
    // One that has crashed fails one trial, the one it was in or this one; the next gets another process.
    if (!process_) FWBENCH_TRY(launch());
    if (auto alive = process_->check(); !alive) {
      process_.reset();
      return alive;
    }
    FWBENCH_TRY(process_->resume());
    before_ = process_->counters();
    auto seen = frames_seen();
    if (!seen) return tl::unexpected(seen.error());
    seen_before_ = *seen;
    return {};
  }

  Result<DutCounters> counters() override {
    FWBENCH_TRY(process_->check());
    auto seen = frames_seen();
    if (!seen) return tl::unexpected(seen.error());
    const DpdkCounters now = process_->counters();
    return DutCounters{.seen = *seen - seen_before_,
                       .passed = now.passed - before_.passed,
                       .dropped_by_rule = now.dropped - before_.dropped,
                       .dropped_by_stack = 0,
                       .aborted = 0,
                       .lost_xsk = now.missed - before_.missed + now.tx_full - before_.tx_full};
  }

  Result<uint64_t> dropped() override {
    FWBENCH_TRY(process_->check());
    return process_->counters().dropped - before_.dropped;
  }

  Result<void> stop() override {
    if (!process_) return {};
    auto paused = process_->pause();
    if (!paused) process_.reset();
    return paused;
  }

  [[nodiscard]] std::string version() const override { return process_ ? process_->version() : std::string(); }

 private:
  [[nodiscard]] Result<uint64_t> frames_seen() {
    auto all = lab_.counters();
    if (!all) return tl::unexpected(all.error());
    const auto found = all->find(kSeen);
    if (found == all->end()) return fail(ErrorKind::environment, "this kernel's veth does not count {}", kSeen);
    return found->second;
  }

  Lab& lab_;
  AclPolicy acl_;
  DpdkConfig config_;
  std::optional<DpdkProcess> process_;
  DpdkCounters before_;
  uint64_t seen_before_ = 0;
};

Error cannot_run(Error error) {
  error.message = "dpdk cannot run this policy: " + error.message;
  return error;
}

}  // namespace

Result<std::unique_ptr<Dut>> open_dpdk(const DutInputs& inputs) {
  const auto program = helper_program(kDpdkProgram);
  if (!program) {
    return with_remedy(fail(ErrorKind::unsupported, "dpdk is not built: {}", program.error().message),
                       "install libdpdk-dev and build fwbench again");
  }
  if (inputs.table != nullptr) {
    for (const Frame& frame : inputs.table->frames) {
      if (frame.bytes.size() > FW_MAX_FRAME) {
        return fail(ErrorKind::unsupported, "dpdk cannot take frames of more than {} bytes: a buffer is one page",
                    FW_MAX_FRAME);
      }
    }
  }
  auto acl = make_acl_policy(*inputs.policy);
  if (!acl) return tl::unexpected(cannot_run(std::move(acl).error()));
  auto dut = std::make_unique<DpdkDut>(*inputs.lab, std::move(*acl), inputs, *program);
  if (auto started = dut->launch(); !started) {
    Error error = std::move(started).error();
    if (error.kind == ErrorKind::unsupported) {
      error.message = fmt::format("{}: {}", inputs.policy->file, error.message);
      error = cannot_run(std::move(error));
    }
    return tl::unexpected(std::move(error));
  }
  return dut;
}

}  // namespace fwbench
