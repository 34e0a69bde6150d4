// SPDX-License-Identifier: BSD-2-Clause
/// iptables in the path of the host's stack: loaded by its own tools, judged by what comes out at the far end.
#include <fstream>

#include "core/tool.h"
#include "dut/duts.h"
#include "netfilter/iptables_books.h"
#include "netfilter/iptables_ruleset.h"
#include "netfilter/iptables_traffic.h"

namespace fwbench {
namespace {

struct Tools {
  const char* version;
  const char* restore4;
  const char* restore6;
  const char* save4;
  const char* save6;
};
constexpr Tools kLegacy = {"iptables-legacy", "iptables-legacy-restore", "ip6tables-legacy-restore",
                           "iptables-legacy-save", "ip6tables-legacy-save"};
constexpr Tools kNft = {"iptables-nft", "iptables-nft-restore", "ip6tables-nft-restore", "iptables-nft-save",
                        "ip6tables-nft-save"};

const Tools& tools_of(IptablesBackend backend) {
  return backend == IptablesBackend::legacy ? kLegacy : kNft;
}

/// The legacy tools take a lock in a file that they make in /run; here they are alone in their namespace, and the lock
/// of a file that is always there leaves nothing behind.
Result<std::string> run_unlocked(const char* name, std::vector<std::string> arguments, const std::string& input = {}) {
  const auto file = find_tool(name);
  if (!file) {
    return with_remedy(fail(ErrorKind::environment, "{} is not installed", name), "install the package iptables");
  }
  arguments.insert(arguments.begin(), {"XTABLES_LOCKFILE=/dev/null", *file});
  auto result = run_tool("env", arguments, input);
  if (!result) return tl::unexpected(result.error());
  if (result->status != 0) {
    return fail(ErrorKind::environment, "{} failed: {}", name, result->err.substr(0, result->err.find("\n\n")));
  }
  return std::move(result->out);
}

/// What the kernel's stack did, by the counters of the devices.
struct Devices {
  uint64_t seen = 0;    ///< d0's NAPI took it
  uint64_t passed = 0;  ///< given to d1: what s0 took and what found its ring full (drivers/net/veth.c)
};

class IptablesDut final : public Dut {
 public:
  IptablesDut(Lab& lab, const IptablesOptions& options, std::string version)
      : lab_(lab), options_(options), version_(std::move(version)) {}

  Result<void> start() override {
    auto devices = read_devices();
    if (!devices) return tl::unexpected(devices.error());
    auto rules = dropped_by_rules();
    if (!rules) return tl::unexpected(rules.error());
    before_ = *devices;
    rules_before_ = *rules;
    return {};
  }

  Result<DutCounters> counters() override {
    auto rules = dropped_by_rules();
    if (!rules) return tl::unexpected(rules.error());
    auto now = read_devices();
    if (!now) return tl::unexpected(now.error());
    DutCounters out;
    out.seen = now->seen - before_.seen;
    out.passed = now->passed - before_.passed;
    out.dropped_by_rule = *rules - rules_before_;
    // While frames flow the two readings are of different moments.
    const uint64_t others = out.passed + out.dropped_by_rule;
    out.dropped_by_stack = out.seen > others ? out.seen - others : 0;
    return out;
  }

  Result<uint64_t> dropped() override {
    auto now = read_devices();
    if (!now) return tl::unexpected(now.error());
    const uint64_t seen = now->seen - before_.seen;
    const uint64_t passed = now->passed - before_.passed;
    return seen > passed ? seen - passed : 0;
  }

  /// The rules stay: the lab is its own, and nothing is sent there outside of trials.
  Result<void> stop() override { return {}; }
  [[nodiscard]] std::string version() const override { return version_; }

 private:
  Result<Devices> read_devices() {
    auto all = lab_.counters();
    if (!all) return tl::unexpected(all.error());
    return Devices{.seen = (*all)["d0.rx_queue_0_xdp_packets"],
                   .passed = (*all)["d1.tx_packets"] + (*all)["d1.tx_dropped"]};
  }

  Result<uint64_t> dropped_by_rules() {
    uint64_t sum = 0;
    const Tools& tools = tools_of(options_.backend);
    for (const char* const save : {tools.save4, tools.save6}) {
      auto text = run_unlocked(save, {"-c", "-t", std::string(iptables_table(options_.hook))});
      if (!text) return tl::unexpected(text.error());
      sum += count_dropped(*text);
    }
    return sum;
  }

  Lab& lab_;
  IptablesOptions options_;
  std::string version_;
  Devices before_;
  uint64_t rules_before_ = 0;
};

Result<void> load(const IptablesRuleset& ruleset, const IptablesOptions& options) {
  if (!ruleset.sets.empty()) {
    auto done = run_tool_or_fail("ipset", {"restore"}, ruleset.sets);
    if (!done) return with_remedy(tl::unexpected(done.error()), "install the package ipset");
  }
  const Tools& tools = tools_of(options.backend);
  for (const auto& [restore, text] : {std::pair{tools.restore4, &ruleset.v4}, std::pair{tools.restore6, &ruleset.v6}}) {
    auto done = run_unlocked(restore, {}, *text);
    if (!done) return tl::unexpected(done.error());
  }
  return {};
}

/// "iptables v1.8.9 (legacy)"
Result<std::string> read_version(const IptablesOptions& options) {
  auto version = run_unlocked(tools_of(options.backend).version, {"--version"});
  if (!version) return version;
  std::string text = version->substr(0, version->find('\n'));
  if (options.ipset) {
    auto ipset = run_tool_or_fail("ipset", {"--version"});
    if (!ipset) return with_remedy(tl::unexpected(ipset.error()), "install the package ipset");
    text += ", " + ipset->substr(0, ipset->find('\n'));
  }
  return text;
}

/// A table that is full drops what is new, whatever the rules say.
Result<void> make_room_for_flows(size_t flows, const IptablesOptions& options) {
  constexpr const char* kLimit = "/proc/sys/net/netfilter/nf_conntrack_max";
  // Twice: those of the trial before are still remembered.
  const size_t wanted = 2 * flows + 1024;
  uint64_t limit = 0;
  std::ifstream(kLimit) >> limit;
  if (limit < wanted) {
    std::ofstream(kLimit) << wanted << std::flush;  // since Linux 6.16; before, a namespace cannot
    std::ifstream(kLimit) >> limit;
  }
  if (limit >= wanted) return {};
  return with_remedy(fail(ErrorKind::unsupported,
                          "{} cannot run this traffic: its {} flows that pass want room for {} in nf_conntrack_max, "
                          "which is {} here",
                          options.dut, flows, wanted, limit),
                     fmt::format("sysctl net.netfilter.nf_conntrack_max={} on this host", wanted));
}

Result<std::unique_ptr<Dut>> open_iptables(const DutInputs& inputs, const IptablesOptions& options) {
  FWBENCH_TRY(check_iptables_traffic(*inputs.policy, inputs.table->frames, options));
  const auto ruleset = translate_to_iptables(*inputs.policy, options);
  if (!ruleset) return tl::unexpected(ruleset.error());
  auto version = read_version(options);
  if (!version) return tl::unexpected(version.error());
  FWBENCH_TRY(load(*ruleset, options));
  if (options.tracks) {
    FWBENCH_TRY(make_room_for_flows(count_accepted_flows(*inputs.policy, inputs.table->frames), options));
  }
  return std::make_unique<IptablesDut>(*inputs.lab, options, std::move(*version));
}

using enum IptablesBackend;
using enum IptablesHook;

}  // namespace

Result<std::unique_ptr<Dut>> open_iptables_raw(const DutInputs& inputs) {
  return open_iptables(inputs, {.dut = "iptables-raw", .backend = legacy, .hook = prerouting});
}
Result<std::unique_ptr<Dut>> open_iptables_forward(const DutInputs& inputs) {
  return open_iptables(inputs, {.dut = "iptables", .backend = legacy, .hook = forward});
}
Result<std::unique_ptr<Dut>> open_iptables_ct(const DutInputs& inputs) {
  return open_iptables(inputs, {.dut = "iptables-ct", .backend = legacy, .hook = forward, .tracks = true});
}
Result<std::unique_ptr<Dut>> open_iptables_ipset(const DutInputs& inputs) {
  return open_iptables(inputs, {.dut = "iptables-ipset", .backend = legacy, .hook = forward, .ipset = true});
}
Result<std::unique_ptr<Dut>> open_iptables_nft(const DutInputs& inputs) {
  return open_iptables(inputs, {.dut = "iptables-nft", .backend = nft, .hook = forward});
}
Result<std::unique_ptr<Dut>> open_iptables_nft_raw(const DutInputs& inputs) {
  return open_iptables(inputs, {.dut = "iptables-nft-raw", .backend = nft, .hook = prerouting});
}
Result<std::unique_ptr<Dut>> open_iptables_input(const DutInputs& inputs) {
  return open_iptables(inputs, {.dut = "iptables-input", .backend = legacy, .hook = input});
}
Result<std::unique_ptr<Dut>> open_iptables_input_ct(const DutInputs& inputs) {
  return open_iptables(inputs, {.dut = "iptables-input-ct", .backend = legacy, .hook = input, .tracks = true});
}

}  // namespace fwbench
