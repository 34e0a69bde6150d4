// SPDX-License-Identifier: BSD-2-Clause
/// xdp-filter(8) of xdp-tools, driven by its own command. It needs a bpffs at /sys/fs/bpf, in which it keeps one set of
/// rules for all interfaces. What it lets pass (XDP_PASS) goes up the stack, where a tc program sends it to the far
/// end: so that its books can be held against what arrives.
#include <sys/stat.h>

#include <sstream>

#include "core/tool.h"
#include "dut/duts.h"
#include "dut/tc_tail.h"
#include "dut/xdp_filter_rules.h"

namespace fwbench {
namespace {

constexpr const char* kTool = "xdp-filter";
constexpr const char* kPins = "/sys/fs/bpf/xdp-filter";

/// What it says it has done, since it was loaded.
struct Actions {
  uint64_t aborted = 0, dropped = 0;
};

/// From the "Aggregate per-action statistics" of `xdp-filter status`: "  XDP_DROP   12 pkts   0 KiB".
Result<Actions> read_actions() {
  const auto status = run_tool_or_fail(kTool, {"status"});
  if (!status) return tl::unexpected(status.error());
  Actions actions;
  int found = 0;
  std::istringstream lines(*status);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    uint64_t count = 0;
    if (!(words >> name >> count)) continue;
    if (name == "XDP_ABORTED") actions.aborted = count;
    if (name == "XDP_DROP") actions.dropped = count;
    if (name == "XDP_ABORTED" || name == "XDP_DROP") ++found;
  }
  if (found != 2) return fail(ErrorKind::measurement, "`xdp-filter status` does not say what was dropped");
  return actions;
}

class XdpFilterDut final : public Dut {
 public:
  XdpFilterDut(const DutInputs& inputs, TcTail tail, std::string version)
      : lab_(*inputs.lab), ifindex_(inputs.in.ifindex), tail_(std::move(tail)), version_(std::move(version)) {}

  Result<void> start() override;
  Result<DutCounters> counters() override;
  Result<uint64_t> dropped() override;
  Result<void> stop() override;
  [[nodiscard]] std::string version() const override { return version_; }

 private:
  struct Books {
    uint64_t taken = 0;    ///< by d0's NAPI
    uint64_t dropped = 0;  ///< as the device counts it, with what was aborted
    uint64_t passed = 0;
    Actions actions;
  };
  [[nodiscard]] Result<Books> books();

  Lab& lab_;
  int ifindex_;
  TcTail tail_;
  std::string version_;
  Books before_;
};

Result<XdpFilterDut::Books> XdpFilterDut::books() {
  auto lab = lab_.counters();
  if (!lab) return tl::unexpected(lab.error());
  auto passed = tail_.seen();
  if (!passed) return tl::unexpected(passed.error());
  auto actions = read_actions();
  if (!actions) return tl::unexpected(actions.error());
  return Books{(*lab)["d0.rx_queue_0_xdp_packets"], (*lab)["d0.rx_queue_0_xdp_drops"], *passed, *actions};
}

Result<void> XdpFilterDut::start() {
  auto before = books();
  if (!before) return tl::unexpected(before.error());
  before_ = *before;
  return tail_.attach(ifindex_);
}

Result<DutCounters> XdpFilterDut::counters() {
  auto now = books();
  if (!now) return tl::unexpected(now.error());
  return DutCounters{.seen = now->taken - before_.taken,
                     .passed = now->passed - before_.passed,
                     .dropped_by_rule = now->actions.dropped - before_.actions.dropped,
                     .dropped_by_stack = 0,
                     .aborted = now->actions.aborted - before_.actions.aborted,
                     .lost_xsk = 0};
}

Result<uint64_t> XdpFilterDut::dropped() {
  auto lab = lab_.counters();
  if (!lab) return tl::unexpected(lab.error());
  return (*lab)["d0.rx_queue_0_xdp_drops"] - before_.dropped;
}

Result<void> XdpFilterDut::stop() {
  tail_.detach();
  return {};
}

tl::unexpected<Error> does_not_work(const Error& error) {
  return fail(ErrorKind::unsupported, "does not work on this kernel: {}", error.message);
}

/// "xdp-filter 1.3.1"
Result<std::string> read_version() {
  // It says so and ends with 1.
  const auto said = run_tool(kTool, {"load", "--version"});
  if (!said) return tl::unexpected(said.error());
  std::istringstream words(said->out + said->err);
  std::string name;
  std::string word;
  std::string number;
  words >> name >> word >> number;
  return fmt::format("{} {}", name, number);
}

}  // namespace

Result<std::unique_ptr<Dut>> open_xdp_filter(const DutInputs& inputs) {
  const auto rules = xdp_filter_rules(*inputs.policy);
  if (!rules) return tl::unexpected(rules.error());
  if (!find_tool(kTool)) return fail(ErrorKind::unsupported, "xdp-filter is not installed (Debian: xdp-tools)");
  struct stat pins = {};
  if (::stat(kPins, &pins) == 0) {
    return fail(ErrorKind::unsupported,
                "xdp-filter has one set of rules, and it is in use for another case of the sweep");
  }
  auto version = read_version();
  if (!version) return does_not_work(version.error());
  auto tail = TcTail::load(TcTailAction::redirect, inputs.out.ifindex);
  if (!tail) return tl::unexpected(tail.error());
  const auto loaded = run_tool_or_fail(kTool, {"load", "-p", rules->denies ? "deny" : "allow", inputs.in.name});
  if (!loaded) return does_not_work(loaded.error());
  for (const std::vector<std::string>& command : rules->commands) {
    if (const auto added = run_tool_or_fail(kTool, command); !added) return does_not_work(added.error());
  }
  return std::make_unique<XdpFilterDut>(inputs, std::move(*tail), std::move(*version));
}

}  // namespace fwbench
