// SPDX-License-Identifier: BSD-2-Clause
#include "policy/call_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace fwbench {
namespace {

class CallGraph {
 public:
  CallGraph(Source& source, const Policy& policy, const std::vector<ChainCall>& calls)
      : source_(source), policy_(policy), calls_(calls), outgoing_(policy.chains.size()) {
    for (size_t i = 0; i < calls.size(); ++i) outgoing_[calls[i].from].push_back(i);
  }

  void check() {
    const std::vector<uint32_t> order = callers_first();
    if (order.size() < outgoing_.size()) return report_loop(order);
    check_depth(order);
    warn_unreached();
  }

 private:
  /// All chains, each behind those that call it; those in a loop, and behind one, are left out.
  [[nodiscard]] std::vector<uint32_t> callers_first() const {
    std::vector<size_t> callers(outgoing_.size(), 0);
    for (const ChainCall& call : calls_) ++callers[call.to];
    std::vector<uint32_t> order;
    for (uint32_t chain = 0; chain < callers.size(); ++chain) {
      if (callers[chain] == 0) order.push_back(chain);
    }
    for (size_t i = 0; i < order.size(); ++i) {
      for (const size_t call : outgoing_[order[i]]) {
        if (--callers[calls_[call].to] == 0) order.push_back(calls_[call].to);
      }
    }
    return order;
  }

  void report_loop(const std::vector<uint32_t>& order) {
    std::vector<bool> sound(outgoing_.size(), false);
    for (const uint32_t chain : order) sound[chain] = true;
    // Each chain that is left has a caller that is left: going from caller to caller ends in the loop.
    std::vector<const ChainCall*> caller(outgoing_.size(), nullptr);
    for (const ChainCall& call : calls_) {
      if (!sound[call.from] && !sound[call.to] && caller[call.to] == nullptr) caller[call.to] = &call;
    }
    auto chain = static_cast<uint32_t>(std::find(sound.begin(), sound.end(), false) - sound.begin());
    std::vector<bool> seen(outgoing_.size(), false);
    while (!seen[chain]) {
      seen[chain] = true;
      chain = caller[chain]->from;
    }
    const uint32_t start = chain;
    const ChainCall* last = caller[start];  // the one that is written last closes the loop
    std::string path = policy_.chains[start].name;
    for (chain = caller[start]->from; chain != start; chain = caller[chain]->from) {
      path = fmt::format("{} -> {}", policy_.chains[chain].name, path);
      if (last->pos.line < caller[chain]->pos.line) last = caller[chain];
    }
    source_.error(last->pos,
                  fmt::format("the chains call each other in a loop: {} -> {}", policy_.chains[start].name, path),
                  "nft refuses loops");
  }

  void check_depth(const std::vector<uint32_t>& order) {
    std::vector<int> depth(outgoing_.size(), -1);  // of reached chains: the most calls on the way there
    depth[policy_.base_chain] = 0;
    for (const uint32_t chain : order) {
      if (depth[chain] < 0) continue;
      for (const size_t index : outgoing_[chain]) {
        const ChainCall& call = calls_[index];
        if (depth[chain] + 1 >= kMaxJumpDepth) {
          source_.error(call.pos,
                        fmt::format("'{}' would be called {} deep", policy_.chains[call.to].name, depth[chain] + 1),
                        fmt::format("nft allows {}", kMaxJumpDepth - 1));
          return;
        }
        depth[call.to] = std::max(depth[call.to], depth[chain] + 1);
      }
    }
    reached_ = std::move(depth);
  }

  void warn_unreached() {
    for (size_t chain = 0; chain < reached_.size(); ++chain) {
      if (reached_[chain] >= 0) continue;
      source_.warning(policy_.chains[chain].pos,
                      fmt::format("no rule leads to the chain '{}'", policy_.chains[chain].name),
                      "jump or goto to it, or leave it out");
    }
  }

  Source& source_;
  const Policy& policy_;
  const std::vector<ChainCall>& calls_;
  std::vector<std::vector<size_t>> outgoing_;  // indices into calls_
  std::vector<int> reached_;
};

}  // namespace

void check_calls(Source& source, const Policy& policy, const std::vector<ChainCall>& calls) {
  CallGraph(source, policy, calls).check();
}

}  // namespace fwbench
