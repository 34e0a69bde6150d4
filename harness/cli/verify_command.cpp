// SPDX-License-Identifier: BSD-2-Clause
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/commands.h"
#include "lab/lab_process.h"
#include "live_verify/live_verify.h"
#include "verify/verify.h"

namespace fwbench {
namespace {

verify::VerifyListener listener_for(const verify::VerifyOptions& options) {
  const bool live = ::isatty(STDERR_FILENO) != 0;
  verify::VerifyListener listener;
  listener.policy_diagnostics = [](const std::vector<Diagnostic>& diagnostics) {
    fmt::print(stderr, "{}", render(diagnostics, use_color(STDERR_FILENO)));
  };
  listener.progress = [live, policies = options.policies](uint64_t done) {
    if (live) fmt::print(stderr, "\rpolicy {} of {}{}", done, policies, done == policies ? "\n" : "");
  };
  listener.mismatch = [](const verify::MismatchReport& mismatch) {
    fmt::print(stderr, "fwbench: {}\n  repeat with: {}\n", mismatch.description, mismatch.command);
  };
  listener.stop = stop_requested;
  return listener;
}

void print(const verify::VerifyReport& report, bool json) {
  fmt::print("{}", json ? verify::report_to_json(report) + "\n" : verify::render_report(report));
  std::fflush(stdout);
}

int verify_here(const verify::VerifyOptions& options, bool json) {
  const auto report = verify::verify(options, listener_for(options));
  if (!report) return complain(report.error());
  print(*report, json);
  return report->agreed() ? exit_ok : exit_verdict_mismatch;
}

/// In the lab process.
int verify_duts_here(const verify::VerifyOptions& options, bool json) {
  const auto report = verify::verify_duts(options, listener_for(options));
  if (!report) return complain(report.error());
  print(*report, json);
  if (!report->agreed()) return exit_verdict_mismatch;
  return verify::anybody_asked(*report) ? exit_ok : exit_skipped;
}

constexpr uint64_t kPackets = 1'000'000;
constexpr size_t kPolicies = 100;
/// A policy is loaded into a DUT in a lab: a second or so each.
constexpr uint64_t kLivePackets = 98'304;
constexpr size_t kLivePolicies = 24;

}  // namespace

int verify_command(const VerifyArguments& arguments) {
  const bool live = !arguments.duts.empty();
  verify::VerifyOptions options = {.packets = arguments.packets.value_or(live ? kLivePackets : kPackets),
                                   .policies = arguments.policies.value_or(live ? kLivePolicies : kPolicies),
                                   .seed = arguments.seed,
                                   .policy_file = arguments.policy,
                                   .pcaps = arguments.pcaps,
                                   .judges = live ? arguments.duts : arguments.against,
                                   .out = arguments.out,
                                   .stop_at_first = arguments.stop_at_first,
                                   .faults = {arguments.fault_pass_every, arguments.fault_drop_every}};
  if (options.judges.empty() || options.policies == 0 || options.packets == 0) {
    return complain(
        Error{ErrorKind::usage, 0, "there is nothing to verify", "ask at least one judge about one packet"});
  }
  if (live) {
    const auto code = run_in_lab_process([&] { return verify_duts_here(options, arguments.json); });
    return code ? *code : complain(code.error());
  }
  // Real nft judges in a namespace of its own; everybody else needs none.
  if (std::find(options.judges.begin(), options.judges.end(), "nft") == options.judges.end()) {
    return verify_here(options, arguments.json);
  }
  const auto code = run_in_lab_process([&] { return verify_here(options, arguments.json); });
  return code ? *code : complain(code.error());
}

}  // namespace fwbench
