// SPDX-License-Identifier: BSD-2-Clause
/// nftables itself, at one of the hooks where people put such rules. The ruleset stays in the lab's namespace until
/// that goes; started and stopped are the books only.

#include <algorithm>

#include "dut/duts.h"
#include "netfilter/connection_load.h"
#include "netfilter/hook_view.h"
#include "netfilter/nft_counters.h"
#include "netfilter/nft_library.h"
#include "netfilter/nft_lookup.h"
#include "netfilter/nft_ruleset.h"

namespace fwbench {
namespace {

class NftDut final : public Dut {
 public:
  NftDut(Lab& lab, NftHook hook, NftCounterReader reader, std::string version)
      : lab_(lab), hook_(hook), reader_(std::move(reader)), version_(std::move(version)) {}

  [[nodiscard]] Result<void> start() override {
    auto now = totals();
    if (!now) return tl::unexpected(now.error());
    before_ = *now;
    return {};
  }
  [[nodiscard]] Result<DutCounters> counters() override;
  [[nodiscard]] Result<uint64_t> dropped() override;
  [[nodiscard]] Result<void> stop() override { return {}; }
  [[nodiscard]] std::string version() const override { return version_.empty() ? "nftables" : "nftables " + version_; }

 private:
  struct Totals {
    uint64_t seen = 0;     ///< taken from d0's ring, whatever became of it (drivers/net/veth.c, veth_xdp_rcv)
    uint64_t passed = 0;   ///< handed to d1
    uint64_t arrived = 0;  ///< at the policy
    uint64_t let_through = 0;
  };
  [[nodiscard]] Result<Totals> device_totals();
  [[nodiscard]] Result<Totals> totals();

  Lab& lab_;
  NftHook hook_;
  NftCounterReader reader_;
  std::string version_;
  Totals before_;
};

/// What d1 was given is what the far end took from its ring, and what found that ring full.
Result<NftDut::Totals> NftDut::device_totals() {
  auto all = lab_.counters();
  if (!all) return tl::unexpected(all.error());
  const auto& read = *all;
  const auto value = [&read](const char* name) {
    const auto found = read.find(name);
    return found == read.end() ? 0 : found->second;
  };
  return Totals{.seen = value("d0.rx_queue_0_xdp_packets"), .passed = value("d1.tx_packets") + value("d1.tx_dropped")};
}

Result<NftDut::Totals> NftDut::totals() {
  auto counters = reader_.read(nft_books_family(hook_), kNftBooksTable);
  if (!counters) return tl::unexpected(counters.error());
  const auto arrived = counters->find(kNftArrived);
  const auto passed = counters->find(kNftPassed);
  if (arrived == counters->end() || passed == counters->end() || arrived->second.empty() || passed->second.empty()) {
    return fail(ErrorKind::measurement, "the counters around the policy are gone: somebody changed the ruleset");
  }
  auto now = device_totals();
  if (!now) return now;
  now->arrived = arrived->second.front();
  now->let_through = passed->second.front();
  return now;
}

Result<DutCounters> NftDut::counters() {
  auto now = totals();
  if (!now) return tl::unexpected(now.error());
  DutCounters counters = {.seen = now->seen - before_.seen, .passed = now->passed - before_.passed};
  // The two are read one after the other while frames flow: either may be a little ahead.
  const uint64_t arrived = now->arrived - before_.arrived;
  const uint64_t let_through = now->let_through - before_.let_through;
  counters.dropped_by_rule = arrived - std::min(arrived, let_through);
  const uint64_t known = counters.passed + counters.dropped_by_rule;
  counters.dropped_by_stack = counters.seen - std::min(counters.seen, known);
  return counters;
}

Result<uint64_t> NftDut::dropped() {
  auto now = device_totals();
  if (!now) return tl::unexpected(now.error());
  const uint64_t seen = now->seen - before_.seen;
  return seen - std::min(seen, now->passed - before_.passed);
}

/// @param ruleset with the policy's own lines, or of our making
Result<std::unique_ptr<Dut>> open_nft_at(const DutInputs& inputs, const std::string& ruleset, NftHook hook,
                                         NftTracking tracking) {
  std::string version = nft_version();  // before there is anything that nft would look at on the way
  // In one go: all of it is in force, or nothing, and nft has no reason to read back what it just loaded.
  if (const auto no = nft_load(ruleset + nft_books(hook, tracking))) return refused(*inputs.policy, *no);
  auto reader = NftCounterReader::open();
  if (!reader) return tl::unexpected(reader.error());
  return std::make_unique<NftDut>(*inputs.lab, hook, std::move(*reader), std::move(version));
}

Result<std::unique_ptr<Dut>> open_in_stack(const DutInputs& inputs, NftHook hook, NftTracking tracking) {
  const StackPath path = hook == NftHook::prerouting ? StackPath::prerouting : StackPath::forward;
  if (inputs.table != nullptr) FWBENCH_TRY(check_hook_view(*inputs.policy, *inputs.table, path));
  return open_nft_at(inputs, nft_ruleset_at(*inputs.policy, hook), hook, tracking);
}

}  // namespace

Result<std::unique_ptr<Dut>> open_nft(const DutInputs& inputs) {
  return open_nft_at(inputs, nft_ruleset_at(*inputs.policy, NftHook::ingress), NftHook::ingress, NftTracking::off);
}

Result<std::unique_ptr<Dut>> open_nft_set(const DutInputs& inputs) {
  const auto ruleset = nft_lookup_ruleset(*inputs.policy);
  if (!ruleset) return tl::unexpected(ruleset.error());
  return open_nft_at(inputs, *ruleset, NftHook::ingress, NftTracking::off);
}

Result<std::unique_ptr<Dut>> open_nft_prerouting(const DutInputs& inputs) {
  return open_in_stack(inputs, NftHook::prerouting, NftTracking::off);
}

Result<std::unique_ptr<Dut>> open_nft_forward(const DutInputs& inputs) {
  return open_in_stack(inputs, NftHook::forward, NftTracking::off);
}

Result<std::unique_ptr<Dut>> open_nft_ct(const DutInputs& inputs) {
  if (inputs.table != nullptr) {
    const auto room = conntrack_room();
    if (!room) return tl::unexpected(room.error());
    FWBENCH_TRY(check_connection_load(*inputs.table, *room));
  }
  return open_in_stack(inputs, NftHook::forward, NftTracking::on);
}

}  // namespace fwbench
