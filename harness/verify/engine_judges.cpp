// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "engine/firewall_program.h"
#include "verify/judge.h"

namespace fwbench::verify {
namespace {

/// Room in a program for policies to come: loading one takes the verifier a tenth of a second.
struct Room {
  size_t image_bytes;
  uint32_t rules;
  uint32_t generations;  ///< shrinking changes the policy hundreds of times: few of them shall wait for the kernel
};
constexpr Room kCommonRoom = {size_t{1} << 18, 512, 32};
constexpr Room kLargeRoom = {size_t{1} << 23, 8192, 3};

/// The compiler says so, of policies that are fine otherwise.
constexpr std::string_view kTooLarge = "policies too large for the compiled form";

class XdpJudge final : public Judge {
 public:
  explicit XdpJudge(const JudgeFaults& faults) : faults_(faults) {}

  [[nodiscard]] std::string_view name() const override { return "xdp"; }

  [[nodiscard]] Result<std::string> take(const Policy& policy) override {
    const auto image = compile_policy(policy);
    if (!image && image.error().kind == ErrorKind::usage) return std::string(kTooLarge);
    if (!image) return tl::unexpected(image.error());
    for (Slot* slot : {&common_, &large_}) {
      if (slot->room.image_bytes < image->bytes().size() || slot->room.rules < policy.rules.size()) continue;
      return use(*slot, *image);
    }
    // More than that is made room for when it comes.
    large_ = {.room = {2 * image->bytes().size(), static_cast<uint32_t>(2 * policy.rules.size()), 2}};
    return use(large_, *image);
  }

  [[nodiscard]] Result<void> judge(std::span<const FrameView> frames, Findings& findings) override {
    findings.reset(frames.size(), hits_before_.size() - 1);
    bpf_test_run_opts options = {};
    options.sz = sizeof(options);
    const int fd = current_->fd();
    for (size_t i = 0; i < frames.size(); ++i) {
      options.data_in = frames[i].data;
      options.data_size_in = frames[i].length;
      options.data_size_out = 0;
      options.repeat = 1;
      if (const int error = bpf_prog_test_run_opts(fd, &options); error != 0) {
        return sys_fail(-error, "run the BPF firewall on a frame of {} bytes", frames[i].length);
      }
      const bool passed = options.retval == XDP_PASS;
      findings.verdicts[i] = passed ? Verdict::accept : Verdict::drop;
      findings.passed += passed ? 1 : 0;
    }
    auto after = current_->read_rule_hits();
    if (!after) return tl::unexpected(after.error());
    for (size_t i = 0; i < findings.hits.size(); ++i) findings.hits[i] = (*after)[i] - hits_before_[i];
    hits_before_ = std::move(*after);
    return {};
  }

 private:
  struct Slot {
    Room room;
    std::optional<FirewallProgram> program = std::nullopt;
  };

  [[nodiscard]] Result<std::string> use(Slot& slot, const PolicyImage& image) {
    if (slot.program) {
      FWBENCH_TRY(slot.program->replace_policy(image));
    } else {
      auto loaded = FirewallProgram::load(image, {.fault_pass_every = faults_.pass_every,
                                                  .fault_drop_every = faults_.drop_every,
                                                  .image_bytes = slot.room.image_bytes,
                                                  .rules = slot.room.rules,
                                                  .generations = slot.room.generations});
      if (!loaded) return tl::unexpected(loaded.error());
      slot.program.emplace(std::move(*loaded));
    }
    current_ = &*slot.program;
    auto hits = current_->read_rule_hits();
    if (!hits) return tl::unexpected(hits.error());
    hits_before_ = std::move(*hits);
    return std::string{};
  }

  JudgeFaults faults_;
  Slot common_ = {kCommonRoom};
  Slot large_ = {kLargeRoom};
  FirewallProgram* current_ = nullptr;
  std::vector<uint64_t> hits_before_;
};

class AfxdpJudge final : public Judge {
 public:
  [[nodiscard]] std::string_view name() const override { return "afxdp"; }

  [[nodiscard]] Result<std::string> take(const Policy& policy) override {
    auto image = compile_policy(policy);
    if (!image && image.error().kind == ErrorKind::usage) return std::string(kTooLarge);
    if (!image) return tl::unexpected(image.error());
    image_.emplace(std::move(*image));
    auto classifier = Classifier::open(image_->bytes());
    if (!classifier) return tl::unexpected(classifier.error());
    classifier_.emplace(*classifier);
    return std::string{};
  }

  [[nodiscard]] Result<void> judge(std::span<const FrameView> frames, Findings& findings) override {
    findings.reset(frames.size(), size_t{classifier_->rules()} + 1);
    for (size_t at = 0; at < frames.size(); at += kClassifyBatch) {
      const auto batch = frames.subspan(at, std::min(kClassifyBatch, frames.size() - at));
      const uint64_t passed = classifier_->classify(batch, findings.hits);
      for (size_t i = 0; i < batch.size(); ++i) {
        const bool accepted = (passed >> i & 1) != 0;
        findings.verdicts[at + i] = accepted ? Verdict::accept : Verdict::drop;
        findings.passed += accepted ? 1 : 0;
      }
    }
    findings.hits.pop_back();  // the chain's policy has no counter
    return {};
  }

 private:
  std::optional<PolicyImage> image_;
  std::optional<Classifier> classifier_;
};

}  // namespace

std::unique_ptr<Judge> make_xdp_judge(const JudgeFaults& faults) {
  return std::make_unique<XdpJudge>(faults);
}

std::unique_ptr<Judge> make_afxdp_judge() {
  return std::make_unique<AfxdpJudge>();
}

}  // namespace fwbench::verify
