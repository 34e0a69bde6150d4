// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/iptables_chains.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace fwbench {
namespace {

/// Up to so many rules a product of several terms is written out.
constexpr size_t kWrittenOut = 8;
/// A chain's name has room for 28 characters (XT_EXTENSION_MAXNAMELEN); the number in front is some of them.
constexpr size_t kNameRoom = 16;

Alternatives product_of(const std::vector<Alternatives>& terms) {
  Alternatives out = {""};
  for (const Alternatives& term : terms) {
    Alternatives longer;
    for (const std::string& left : out) {
      for (const std::string& right : term) longer.push_back(left + right);
    }
    out = std::move(longer);
  }
  return out;
}

/// The longest term, when there is more than one to multiply with and the product is long.
std::vector<Alternatives>::iterator term_to_take_out(std::vector<Alternatives>& terms) {
  size_t several = 0, product = 1;
  for (const Alternatives& term : terms) {
    if (term.size() > 1) ++several;
    product *= term.size();
  }
  if (several < 2 || product <= kWrittenOut) return terms.end();
  return std::max_element(terms.begin(), terms.end(),
                          [](const Alternatives& a, const Alternatives& b) { return a.size() < b.size(); });
}

}  // namespace

int IptablesChains::add_chain(const std::string& name) {
  std::string harmless = name.substr(0, kNameRoom);
  for (char& c : harmless) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  chains_.push_back({fmt::format("fw{}-{}", chains_.size(), harmless), {}, {}});
  return static_cast<int>(chains_.size()) - 1;
}

void IptablesChains::add_rule(int chain, const std::string& options, const Target& target) {
  Chain& at = chains_[chain];
  at.rules += fmt::format("-A {}{}{}\n", at.name, options, target.option);
  if (target.chain >= 0 && (at.enters.empty() || at.enters.back() != target.chain)) at.enters.push_back(target.chain);
  ++rule_count_;
}

int IptablesChains::add_rules(int chain, std::vector<Alternatives> terms, const Target& target, bool comes_back) {
  const auto longest = term_to_take_out(terms);
  if (longest == terms.end()) {
    for (const std::string& options : product_of(terms)) add_rule(chain, options, target);
    return chain;
  }
  const Alternatives last = std::move(*longest);
  terms.erase(longest);
  const int asks_last = add_chain("if");
  for (const std::string& options : last) add_rule(asks_last, options, target);
  if (comes_back) return add_rules(chain, std::move(terms), jump(asks_last), true);
  // A goto, or a return, must leave the policy's chain and not the one that asks: so that one is not called but gone
  // to, and what is not meant goes on behind.
  const int behind = add_chain("else");
  const int end = add_rules(chain, std::move(terms), go_to(asks_last), false);
  add_rule(asks_last, "", go_to(behind));
  add_rule(end, "", go_to(behind));
  return behind;
}

int IptablesChains::depth_of(int chain, std::map<int, int>& known) const {
  const auto found = known.find(chain);
  if (found != known.end()) return found->second;
  int deepest = 0;
  for (const int next : chains_[chain].enters) deepest = std::max(deepest, 1 + depth_of(next, known));
  known.emplace(chain, deepest);
  return deepest;
}

int IptablesChains::depth() const {
  std::map<int, int> known;
  return depth_of(kHookChain, known);
}

std::string IptablesChains::text(std::string_view table, Verdict policy) const {
  std::string out =
      fmt::format("*{}\n:{} {} [0:0]\n", table, chains_.front().name, policy == Verdict::accept ? "ACCEPT" : "DROP");
  for (size_t i = 1; i < chains_.size(); ++i) out += fmt::format(":{} - [0:0]\n", chains_[i].name);
  for (const Chain& chain : chains_) out += chain.rules;
  return out + "COMMIT\n";
}

}  // namespace fwbench
