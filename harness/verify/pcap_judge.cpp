// SPDX-License-Identifier: BSD-2-Clause
#include "verify/pcap_judge.h"

#include <pcap/pcap.h>

#include <array>
#include <optional>

#include "verify/frame_shape.h"
#include "verify/pcap_expression.h"

namespace fwbench::verify {
namespace {

/// A linear walk over filters of some 100 instructions: beyond that it would be the slowest judge by far.
constexpr size_t kMaxRules = 450;
constexpr int kSnapLength = 262'144;
constexpr uint16_t kFirstEtherType = 0x0600;

class Filter {
 public:
  Filter() = default;
  Filter(Filter&& other) noexcept : program_(std::exchange(other.program_, {})) {}
  Filter& operator=(Filter&&) = delete;
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  ~Filter() { pcap_freecode(&program_); }

  /// Without libpcap's optimiser: a load whose result nobody needs must stay, it is the test whether the bytes are
  /// there.
  [[nodiscard]] Result<void> compile(pcap_t* handle, const std::string& expression) {
    if (pcap_compile(handle, &program_, expression.c_str(), 0, PCAP_NETMASK_UNKNOWN) != 0) {
      return fail(ErrorKind::internal, "libpcap: {} in '{:.200}'", pcap_geterr(handle), expression);
    }
    return {};
  }
  [[nodiscard]] bool matches(const FrameView& frame) const {
    return bpf_filter(program_.bf_insns, reinterpret_cast<const u_char*>(frame.data), frame.length, frame.length) != 0;
  }

 private:
  bpf_program program_ = {};
};

Encapsulation encapsulation_of(const FrameView& frame) {
  return shape_of(frame).tagged ? Encapsulation::one_tag : Encapsulation::untagged;
}

constexpr size_t kEncapsulations = 2;

struct RuleFilters {
  std::array<Filter, kEncapsulations> rule;
  std::vector<std::array<Filter, kEncapsulations>> entries;  ///< of the verdict map
};

class PcapJudge final : public Judge {
 public:
  PcapJudge() : handle_(pcap_open_dead(DLT_EN10MB, kSnapLength), &pcap_close) {}

  [[nodiscard]] std::string_view name() const override { return "pcap"; }
  [[nodiscard]] Result<std::string> take(const Policy& policy) override;
  [[nodiscard]] std::string_view excludes(const FrameView& frame) const override;
  [[nodiscard]] Result<void> judge(std::span<const FrameView> frames, Findings& findings) override;

 private:
  /// What a table of the family never sees, it does not drop.
  [[nodiscard]] bool sees(uint16_t type) const {
    if (policy_->family == "netdev") return true;
    return (type == 0x0800 && policy_->family != "ip6") || (type == 0x86dd && policy_->family != "ip");
  }
  [[nodiscard]] Verdict walk(const FrameView& frame, std::span<uint64_t> hits) const;
  [[nodiscard]] Outcome look_up(const Rule& rule, const RuleFilters& filters, const FrameView& frame,
                                size_t encapsulation) const;

  std::unique_ptr<pcap_t, decltype(&pcap_close)> handle_;
  const Policy* policy_ = nullptr;
  std::vector<RuleFilters> filters_;
};

Result<std::string> PcapJudge::take(const Policy& policy) {
  if (policy.rules.size() > kMaxRules) return std::string{"policies of more than 450 rules"};
  policy_ = &policy;
  filters_.clear();
  filters_.resize(policy.rules.size());
  for (size_t i = 0; i < policy.rules.size(); ++i) {
    const Rule& rule = policy.rules[i];
    if (rule.verdict_map) filters_[i].entries.resize(rule.verdict_map->entries->size());
    for (size_t e = 0; e < kEncapsulations; ++e) {
      const auto text = pcap_expression(rule, static_cast<Encapsulation>(e));
      if (!text) return std::string{"policies with a set too large for an expression"};
      FWBENCH_TRY(filters_[i].rule[e].compile(handle_.get(), *text));
      for (size_t j = 0; j < filters_[i].entries.size(); ++j) {
        const auto entry = pcap_expression(rule.verdict_map->fields, (*rule.verdict_map->entries)[j].tuple,
                                           static_cast<Encapsulation>(e));
        if (entry) FWBENCH_TRY(filters_[i].entries[j][e].compile(handle_.get(), *entry));
      }
    }
  }
  return std::string{};
}

std::string_view PcapJudge::excludes(const FrameView& frame) const {
  const FrameShape shape = shape_of(frame);
  if (shape.short_tag) return "VLAN tags cut short";
  if (shape.type < kFirstEtherType) return "802.3 length instead of an ether type";
  if (shape.extension_headers) return "IPv6 extension headers";
  return {};
}

Outcome PcapJudge::look_up(const Rule& rule, const RuleFilters& filters, const FrameView& frame,
                           size_t encapsulation) const {
  for (size_t i = 0; i < filters.entries.size(); ++i) {
    if (filters.entries[i][encapsulation].matches(frame)) return (*rule.verdict_map->entries)[i].outcome;
  }
  return {};
}

Verdict PcapJudge::walk(const FrameView& frame, std::span<uint64_t> hits) const {
  struct Place {
    uint32_t chain;
    uint32_t rule;
  };
  if (!sees(shape_of(frame).type)) return Verdict::accept;
  std::array<Place, kMaxJumpDepth + 1> stack = {};
  size_t depth = 1;
  stack[0] = {policy_->base_chain, 0};
  const auto encapsulation = static_cast<size_t>(encapsulation_of(frame));
  while (depth > 0) {
    Place& here = stack[depth - 1];
    const Chain& chain = policy_->chains[here.chain];
    if (here.rule == chain.rule_count) {
      --depth;
      continue;
    }
    const uint32_t index = chain.first_rule + here.rule++;
    const Rule& rule = policy_->rules[index];
    if (!filters_[index].rule[encapsulation].matches(frame)) continue;
    if (rule.counted) ++hits[index];
    const Outcome outcome = rule.verdict_map ? look_up(rule, filters_[index], frame, encapsulation) : rule.outcome;
    switch (outcome.action) {
      case Action::next:
        break;
      case Action::accept:
        return Verdict::accept;
      case Action::drop:
        return Verdict::drop;
      case Action::jump:
        stack[depth++] = {outcome.chain, 0};
        break;
      case Action::go_to:
        here = {outcome.chain, 0};
        break;
      case Action::leave:
        --depth;
        break;
    }
  }
  return policy_->default_verdict;
}

Result<void> PcapJudge::judge(std::span<const FrameView> frames, Findings& findings) {
  findings.reset(frames.size(), policy_->rules.size());
  for (size_t i = 0; i < frames.size(); ++i) {
    findings.verdicts[i] = walk(frames[i], findings.hits);
    findings.passed += findings.verdicts[i] == Verdict::accept ? 1 : 0;
  }
  return {};
}

}  // namespace

std::unique_ptr<Judge> make_pcap_judge() {
  return std::make_unique<PcapJudge>();
}

}  // namespace fwbench::verify
