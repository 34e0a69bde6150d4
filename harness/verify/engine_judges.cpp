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

/// Room in the program for policies to come: most fit, and loading is what takes time.
constexpr size_t kImageRoom = size_t{1} << 20;
constexpr uint32_t kRuleRoom = 512;

/// The compiler says so, of policies that are fine otherwise.
constexpr std::string_view kTooLarge = "policies too large for the compiled form";

class XdpJudge final : public Judge {
 public:
  explicit XdpJudge(const JudgeFaults& faults) : faults_(faults) {}

  [[nodiscard]] std::string_view name() const override { return "xdp"; }

  [[nodiscard]] Result<std::string_view> take(const Policy& policy) override {
    const auto image = compile_policy(policy);
    if (!image && image.error().kind == ErrorKind::usage) return kTooLarge;
    if (!image) return tl::unexpected(image.error());
    const bool common = image->bytes().size() <= kImageRoom && policy.rules.size() <= kRuleRoom;
    auto& program = common ? common_ : large_;
    if (common && common_) {
      FWBENCH_TRY(common_->replace_policy(*image));
    } else {
      FirewallOptions options = {.fault_pass_every = faults_.pass_every, .fault_drop_every = faults_.drop_every};
      if (common) {
        options.image_bytes = kImageRoom;
        options.rules = kRuleRoom;
      }
      large_.reset();
      auto loaded = FirewallProgram::load(*image, options);
      if (!loaded) return tl::unexpected(loaded.error());
      program.emplace(std::move(*loaded));
    }
    current_ = &*program;
    auto hits = current_->read_rule_hits();
    if (!hits) return tl::unexpected(hits.error());
    hits_before_ = std::move(*hits);
    return std::string_view{};
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
  JudgeFaults faults_;
  std::optional<FirewallProgram> common_;
  std::optional<FirewallProgram> large_;
  FirewallProgram* current_ = nullptr;
  std::vector<uint64_t> hits_before_;
};

class AfxdpJudge final : public Judge {
 public:
  [[nodiscard]] std::string_view name() const override { return "afxdp"; }

  [[nodiscard]] Result<std::string_view> take(const Policy& policy) override {
    auto image = compile_policy(policy);
    if (!image && image.error().kind == ErrorKind::usage) return kTooLarge;
    if (!image) return tl::unexpected(image.error());
    image_.emplace(std::move(*image));
    auto classifier = Classifier::open(image_->bytes());
    if (!classifier) return tl::unexpected(classifier.error());
    classifier_.emplace(*classifier);
    return std::string_view{};
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
