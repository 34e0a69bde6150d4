// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The text of one table: chains and their rules.

#include <map>
#include <string>
#include <vector>

#include "netfilter/iptables_match.h"

namespace fwbench {

/// What a rule does with its packet: " -j DROP", " -g NAME".
struct Target {
  std::string option;
  int chain = -1;  ///< that it goes to

  [[nodiscard]] bool operator==(const Target&) const = default;
};

class IptablesChains {
 public:
  explicit IptablesChains(std::string hook_chain) { chains_.push_back({std::move(hook_chain), {}, {}}); }

  static constexpr int kHookChain = 0;

  /// @param name any; what it becomes is short, harmless and of no other chain
  int add_chain(const std::string& name);
  void add_rule(int chain, const std::string& options, const Target& target);
  [[nodiscard]] Target jump(int chain) const { return {" -j " + chains_[chain].name, chain}; }
  [[nodiscard]] Target go_to(int chain) const { return {" -g " + chains_[chain].name, chain}; }

  /// Rules in `chain`, and chains behind it, that together are "all the terms hold: target". Terms that would multiply
  /// to many rules are asked one after the other, in chains of their own.
  /// @param comes_back what the target does when it does not decide: true goes on behind these rules (accept, drop and
  ///   jump), false leaves the chain (goto, return)
  /// @return where the next rule of the policy's chain belongs: `chain`, or one that it goes on in
  int add_rules(int chain, std::vector<Alternatives> terms, const Target& target, bool comes_back);

  [[nodiscard]] size_t rule_count() const { return rule_count_; }
  /// Most chains that are entered one out of the other, the hook's not counted.
  [[nodiscard]] int depth() const;

  /// "*filter\n:FORWARD DROP [0:0]\n...COMMIT\n"
  [[nodiscard]] std::string text(std::string_view table, Verdict policy) const;

 private:
  struct Chain {
    std::string name;
    std::string rules;
    std::vector<int> enters;
  };
  [[nodiscard]] int depth_of(int chain, std::map<int, int>& known) const;

  std::vector<Chain> chains_;
  size_t rule_count_ = 0;
};

}  // namespace fwbench
