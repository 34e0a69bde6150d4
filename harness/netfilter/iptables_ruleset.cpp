// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/iptables_ruleset.h"

#include <algorithm>
#include <map>
#include <optional>

#include "netfilter/ipset_services.h"
#include "netfilter/iptables_chains.h"

namespace fwbench {
namespace {

/// Chains under the hook's that nf_tables lets a packet enter one out of the other (NFT_JUMP_STACK_SIZE).
constexpr int kDeepestNft = kMaxJumpDepth - 1;
/// Loads in a minute; more is a policy for another tool.
constexpr size_t kMostRules = 1'000'000;

/// All states there are: true for every packet, and the reason for conntrack to look at each.
constexpr const char* kEveryState = " -m conntrack --ctstate INVALID,NEW,ESTABLISHED,RELATED,UNTRACKED";

std::string unsupported_rule(const Policy& policy, SourcePos pos, std::string_view dut, std::string_view why,
                             std::string_view rule) {
  const auto [file, line] = locate(policy.parts, policy.file, pos.line);
  return fmt::format("{} cannot run this policy: {}:{}: {} ({})", dut, file, line, why, rule);
}

class TableWriter {
 public:
  TableWriter(const Policy& policy, const IptablesOptions& options, IpFamily family, IpSets& sets)
      : policy_(policy),
        options_(options),
        sets_(sets),
        context_{.family = family,
                 .ttl_is_decremented = options.hook == IptablesHook::forward,
                 .sets = options.ipset ? &sets : nullptr},
        chains_(std::string(iptables_chain(options.hook))) {}

  Result<std::string> write() {
    if (!sees_family()) return chains_.text(iptables_table(options_.hook), Verdict::accept);
    if (options_.tracks) chains_.add_rule(IptablesChains::kHookChain, kEveryState, {});
    numbers_[policy_.base_chain] = IptablesChains::kHookChain;
    waiting_ = {policy_.base_chain};
    for (size_t i = 0; i < waiting_.size(); ++i) FWBENCH_TRY(write_chain(waiting_[i]));
    if (options_.backend == IptablesBackend::nft && chains_.depth() > kDeepestNft) {
      return fail(ErrorKind::unsupported,
                  "{} cannot run this policy: its chains would be {} deep, and nf_tables goes down {} at most",
                  options_.dut, chains_.depth(), kDeepestNft);
    }
    return chains_.text(iptables_table(options_.hook), policy_.default_verdict);
  }

 private:
  [[nodiscard]] bool sees_family() const {
    return !(policy_.family == "ip" && context_.family == IpFamily::v6) &&
           !(policy_.family == "ip6" && context_.family == IpFamily::v4);
  }

  int number_of(uint32_t chain) {
    const auto found = numbers_.find(chain);
    if (found != numbers_.end()) return found->second;
    const int number = chains_.add_chain(policy_.chains[chain].name);
    numbers_.emplace(chain, number);
    waiting_.push_back(chain);
    return number;
  }

  Target target_of(const Outcome& outcome) {
    switch (outcome.action) {
      case Action::accept:
        return {" -j ACCEPT"};
      case Action::drop:
        return {" -j DROP"};
      case Action::jump:
        return chains_.jump(number_of(outcome.chain));
      case Action::go_to:
        return chains_.go_to(number_of(outcome.chain));
      case Action::leave:
        return {" -j RETURN"};
      case Action::next:
        break;
    }
    return {};
  }

  [[nodiscard]] tl::unexpected<Error> unsupported(const Rule& rule, std::string_view why) const {
    return fail(ErrorKind::unsupported, "{}", unsupported_rule(policy_, rule.pos, options_.dut, why, rule.text));
  }

  Result<void> write_chain(uint32_t chain) {
    const Chain& from = policy_.chains[chain];
    const std::span<const Rule> rules(policy_.rules.data() + from.first_rule, from.rule_count);
    int at = numbers_.at(chain);
    for (size_t i = 0; i < rules.size();) {
      if (options_.ipset) {
        auto folded = fold_services(rules.subspan(i), context_.family, sets_);
        if (!folded) return unsupported(rules[i], folded.error());
        for (const FoldedServices::Part& part : folded->parts) {
          chains_.add_rule(at, part.options, target_of(part.outcome));
        }
        i += folded->rules;
        if (folded->rules != 0) continue;
      }
      FWBENCH_TRY(write_rule(rules[i], at));
      ++i;
    }
    return {};
  }

  /// @param at the chain that the rule stands in; then the one for the next rule
  Result<void> write_rule(const Rule& rule, int& at) {
    const auto boxes = boxes_of(rule, context_.family);
    if (!boxes) return unsupported(rule, boxes.error());
    for (const Box& box : *boxes) {
      auto terms = terms_of(box, context_);
      if (!terms) return unsupported(rule, terms.error());
      const bool never =
          std::any_of(terms->begin(), terms->end(), [](const Alternatives& term) { return term.empty(); });
      if (never) continue;
      const bool comes_back = box.outcome.action != Action::go_to && box.outcome.action != Action::leave;
      at = chains_.add_rules(at, std::move(*terms), target_of(box.outcome), comes_back);
      if (chains_.rule_count() > kMostRules) return unsupported(rule, "it would be too many rules");
    }
    return {};
  }

  const Policy& policy_;
  const IptablesOptions& options_;
  IpSets& sets_;
  MatchContext context_;
  IptablesChains chains_;
  std::map<uint32_t, int> numbers_;  ///< of the policy's chains that something leads to
  std::vector<uint32_t> waiting_;    ///< the same, in the order they were found
};

}  // namespace

Result<IptablesRuleset> translate_to_iptables(const Policy& policy, const IptablesOptions& options) {
  IptablesRuleset ruleset;
  IpSets sets;
  for (const auto& [family, text] : {std::pair{IpFamily::v4, &ruleset.v4}, std::pair{IpFamily::v6, &ruleset.v6}}) {
    auto written = TableWriter(policy, options, family, sets).write();
    if (!written) return tl::unexpected(written.error());
    *text = std::move(*written);
  }
  ruleset.sets = sets.text();
  return ruleset;
}

std::string_view iptables_table(IptablesHook hook) {
  return hook == IptablesHook::prerouting ? "raw" : "filter";
}

std::string_view iptables_chain(IptablesHook hook) {
  switch (hook) {
    case IptablesHook::prerouting:
      return "PREROUTING";
    case IptablesHook::forward:
      return "FORWARD";
    case IptablesHook::input:
      return "INPUT";
  }
  return {};
}

}  // namespace fwbench
