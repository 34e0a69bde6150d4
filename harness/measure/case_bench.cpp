// SPDX-License-Identifier: BSD-2-Clause
#include "measure/case_bench.h"

#include <algorithm>

#include "bpf/content_hash.h"
#include "dut/resolve.h"
#include "engine/image.h"
#include "measure/load_trial.h"
#include "policy/oracle.h"
#include "traffic/content.h"
#include "traffic/engines/clock.h"
#include "traffic/wire.h"

namespace fwbench {
namespace {

uint32_t mtu_for(const FrameTable& table) {
  size_t longest = 1500 + kEthernetHeader;
  for (const Frame& frame : table.frames) longest = std::max(longest, frame.bytes.size());
  return static_cast<uint32_t>(longest - kEthernetHeader);
}

/// Most probes that a trial of changes can send: a second more than planned.
uint64_t swap_probes(const Plan& plan) {
  if (!plan.swap) return 0;
  return (plan.trial.ramp_ns + swap_window_ns(*plan.swap) + kNsPerSecond) / (kNsPerSecond / kSwapProbePps);
}

/// What the policy says and, of classes for which the scenario has a word of its own, that.
Expectation expect_policy(const Plan& plan, const FrameTable& table) {
  Expectation expectation;
  for (size_t i = 0; i < plan.traffic.classes.size(); ++i) {
    const std::string& name = plan.traffic.classes[i].name;
    const ClassExpect expect = plan.class_expects[i];
    const char* const word = expect == ClassExpect::pass ? "pass" : "drop";
    expectation.classes.push_back(name);
    expectation.class_authorities.push_back(
        expect == ClassExpect::policy ? "" : fmt::format("[class.{}] expect = {}", name, word));
  }
  for (const Frame& frame : table.frames) {
    const ClassExpect expect = plan.class_expects[frame.class_index];
    expectation.legal.push_back(false);
    if (expect == ClassExpect::policy) {
      expectation.frames.push_back(judge_frame(*plan.policy, frame.bytes));
    } else {
      expectation.frames.push_back({expect == ClassExpect::pass ? Verdict::accept : Verdict::drop, -1});
    }
    expectation.legal.back() = expectation.frames.back().verdict == Verdict::accept;
  }
  return expectation;
}

/// Frames of a capture are known by their bytes.
bool changes_frames(StackPath path) {
  return path != StackPath::none && path != StackPath::ingress;
}

/// Frames that the sink cannot tell apart must have the same verdict.
Result<void> check_contents(const FrameTable& table, const Expectation& expectation) {
  const auto firsts = first_of_content(table.contents);
  for (size_t i = 0; i < firsts.size(); ++i) {
    if (expectation.frames[i].verdict == expectation.frames[firsts[i]].verdict) continue;
    return fail(ErrorKind::usage,
                "packets {} and {} of the capture are alike in their first {} bytes, and the policy has "
                "different verdicts for them: they cannot be told apart in a run, but by `fwbench "
                "replay`",
                firsts[i] + 1, i + 1, FW_HASHED_BYTES);
  }
  return {};
}

Expectation expect_of(const DutEntry& entry, const Expectation& by_policy, const FrameTable& table) {
  if (entry.expectation == DutExpectation::everything_passes) {
    return expect_all(by_policy, Verdict::accept, fmt::format("{} passes every frame", entry.name));
  }
  if (entry.expectation == DutExpectation::everything_is_dropped) {
    return expect_all(by_policy, Verdict::drop, fmt::format("{} drops every frame", entry.name));
  }
  Expectation expectation = by_policy;
  for (const Frame& frame : table.frames) expectation.stack.push_back(stack_fate(frame.bytes, entry.path));
  return expectation;
}

/// Behind a router the addresses of frames are its own.
std::string why_not_told_apart(const DutEntry& entry, const FrameTable& table) {
  if (entry.path == StackPath::none || entry.path == StackPath::ingress) return {};
  for (size_t i = 0; i < table.frames.size(); ++i) {
    const Frame& frame = table.frames[i];
    if (!frame.needs_mac_identity || stack_fate(frame.bytes, entry.path) != StackFate::survives) continue;
    return fmt::format(
        "{} routes, and frame {} could not be told from others behind it: it is cut too short for a number", entry.name,
        i);
  }
  return {};
}

void leave_out(const std::string& label, const std::string& why, DutSummary& summary) {
  const std::string reason = label.empty() ? why : fmt::format("{}: {}", label, why);
  summary.skipped = summary.skipped ? *summary.skipped + "; " + reason : reason;
}

}  // namespace

uint64_t probes_in(const TrialPlan& trial) {
  return std::max<uint64_t>(trial.probe_rate_pps * trial.delay_duration_ns / 1'000'000'000, 1);
}

Result<std::unique_ptr<CaseBench>> CaseBench::open(const Plan& plan, const FrameTable& table, int generator_cpu,
                                                   int app_cpu) {
  auto image = compile_policy(*plan.policy);
  if (!image) return tl::unexpected(image.error());
  auto at = std::make_unique<CaseBench>(CaseBench{
      .plan = &plan,
      .table = &table,
      .image = std::move(*image),
      .config = {.engine = plan.traffic.engine,
                 .mtu = mtu_for(table),
                 .probe_capacity =
                     static_cast<uint32_t>(std::max({probes_in(plan.trial), swap_probes(plan), load_probes(plan)})),
                 .generator_cpu = generator_cpu,
                 .app_cpu = app_cpu},
      .expectation = expect_policy(plan, table)});
  FWBENCH_TRY(check_contents(table, at->expectation));
  if (plan.swap) {
    auto opened = open_swap(plan, table, at->image);
    if (!opened) return tl::unexpected(opened.error());
    at->swap = std::move(*opened);
  }
  return at;
}

/// The lab that a DUT is opened in: the case's shared one, or a new one.
Result<Lodging*> CaseBench::lodge(const DutEntry& entry) {
  const bool every_packet = plan->traffic.capture != nullptr && entry.path != StackPath::none;
  const bool shares = entry.lab == DutLab::shared && !every_packet;
  if (shares && shared != nullptr) return shared;
  auto dut_ns = NetNs::create();
  if (!dut_ns) return tl::unexpected(dut_ns.error());
  auto inside = NetNsScope::enter(*dut_ns);
  if (!inside) return tl::unexpected(inside.error());
  BenchConfig own = config;
  own.network = entry.network;
  own.every_packet = every_packet;
  auto bench = Bench::open(own, *table);
  if (!bench) return tl::unexpected(bench.error());
  lodgings.push_back(std::make_unique<Lodging>(Lodging{std::move(*dut_ns), std::move(*bench)}));
  if (shares) shared = lodgings.back().get();
  return lodgings.back().get();
}

Result<void> CaseBench::open_dut(const std::string& name, DutSummary& summary) {
  const auto resolved = resolve_dut(*plan, name);
  if (!resolved) return fail(ErrorKind::usage, "there is no DUT '{}'", name);
  const DutEntry& entry = *resolved;
  if (const std::string why = why_not_told_apart(entry, *table); !why.empty()) {
    leave_out(plan->case_label, why, summary);
    return {};
  }
  if (entry.placement == DutPlacement::own_core && config.app_cpu == config.generator_cpu) {
    return with_remedy(fail(ErrorKind::environment, "DUT '{}' needs a CPU of its own, and there is only one", name),
                       "leave it out with --dut, or give the run a second CPU");
  }
  if (plan->traffic.capture != nullptr && changes_frames(entry.path)) {
    summary.description = entry.summary;
    summary.skipped = "what it lets through arrives changed, or not at all: use `fwbench replay` for it and a capture";
    return {};
  }
  auto lodging = lodge(entry);
  if (!lodging) return tl::unexpected(lodging.error());
  auto inside = NetNsScope::enter((*lodging)->dut_ns);
  if (!inside) return tl::unexpected(inside.error());
  DutInputs inputs = (*lodging)->bench.dut_inputs();
  inputs.policy = plan->policy.get();
  inputs.image = &image;
  inputs.table = table;
  inputs.user = find_user_dut(*plan, name);
  inputs.fault_delay = plan->fault_delay;
  if (swap) {
    inputs.image_room = swap->image_room;
    inputs.rules_room = swap->rules_room;
  }
  summary.description = entry.summary;
  auto dut = entry.open(inputs);
  if (!dut && dut.error().kind == ErrorKind::unsupported) {
    leave_out(plan->case_label, dut.error().to_string(), summary);
    if (entry.lab == DutLab::own) lodgings.pop_back();
    return {};
  }
  if (!dut) return tl::unexpected(dut.error());
  if (const std::string version = (*dut)->version(); !version.empty()) summary.version = version;
  duts.push_back({this, *lodging, entry, std::move(*dut), expect_of(entry, expectation, *table)});
  return {};
}

}  // namespace fwbench
