// SPDX-License-Identifier: BSD-2-Clause
#include "cli/run_evidence.h"

#include <map>
#include <set>

#include "evidence/repro.h"
#include "lab/lab_process.h"
#include "replay/replay.h"

namespace fwbench {
namespace {

/// Of one DUT in one case.
struct WrongFrames {
  const Plan* plan = nullptr;
  std::vector<PcapPacket> packets;
  std::string description;
};

size_t case_of(std::span<const Plan> cases, const std::string& label) {
  size_t at = 0;
  while (at + 1 < cases.size() && cases[at].case_label != label) ++at;
  return at;
}

/// By DUT and number of the case.
std::map<std::pair<std::string, size_t>, WrongFrames> collect(const Record& record, const Plan& plan,
                                                              std::span<const FrameTable> tables) {
  const std::span<const Plan> cases = cases_of(plan);
  std::map<std::pair<std::string, size_t>, WrongFrames> wrong;
  std::set<std::tuple<std::string, size_t, uint32_t>> known;
  for (const Trial& trial : record.trials) {
    const size_t at = case_of(cases, trial.traffic_case);
    for (const Mismatch& mismatch : trial.mismatches) {
      if (!known.emplace(trial.dut, at, mismatch.frame_index).second) continue;
      WrongFrames& frames = wrong[{trial.dut, at}];
      if (frames.packets.empty()) {
        frames.plan = &cases[at];
        frames.description = fmt::format("{}: {} of {}, which had to be {}", trial.dut, mismatch.got,
                                         mismatch.frame_summary, mismatch.expected);
      }
      frames.packets.push_back(
          {.time_ns = trial.started_unix_ns, .bytes = tables[at].frames[mismatch.frame_index].bytes});
    }
  }
  return wrong;
}

std::string run_again(const RunArguments& arguments, const std::string& dut) {
  std::string command = fmt::format("fwbench run {} --dut {}", shell_word(arguments.scenario.file), dut);
  for (const std::string& text : arguments.scenario.overrides) command += " --set " + shell_word(text);
  if (arguments.scenario.quick) command += " --quick";
  return command;
}

/// In a lab of its own, as the command would do it; what that writes is not kept.
bool shows_in_replay(const DutEntry& entry, const ReproFiles& files, const std::filesystem::path& folder) {
  ReplayOptions options;
  options.files = {files.pcap};
  options.policy = load_policy(files.policy).policy;
  options.duts = {&entry};
  options.out = folder / "replay";
  if (!options.policy) return false;
  const auto code = run_in_lab_process([&]() -> int {
    const auto report = replay_captures(options, {});
    return report ? exit_code_of(*report) : exit_code(report.error().kind);
  });
  std::error_code ignored;
  std::filesystem::remove_all(options.out, ignored);
  return code && *code == exit_verdict_mismatch;
}

}  // namespace

Result<void> write_run_evidence(const Record& record, const Plan& plan, std::span<const FrameTable> tables,
                                const RunArguments& arguments, const std::filesystem::path& folder) {
  for (const auto& [key, wrong] : collect(record, plan, tables)) {
    const auto& [dut, at] = key;
    const std::filesystem::path to =
        folder / (plan.cases.empty() ? fmt::format("repro-{}", dut) : fmt::format("repro-{}-{}", dut, at + 1));
    Repro repro = {.description = wrong.description,
                   .policy = wrong.plan->policy_is_absent ? std::string() : wrong.plan->policy->text,
                   .packets = wrong.packets,
                   .command = run_again(arguments, dut)};
    auto files = write_repro(to, repro);
    if (!files) return tl::unexpected(files.error());
    const DutEntry* const entry = find_dut(dut);
    if (entry != nullptr && !files->policy.empty() && shows_in_replay(*entry, *files, to)) {
      repro.command = fmt::format("fwbench replay {{pcap}} --policy {{policy}} --dut {}", dut);
      files = write_repro(to, repro);
      if (!files) return tl::unexpected(files.error());
    }
    fmt::print(stderr, "fwbench: {}: {} wrong frames in {}\n  repeat with: {}\n", dut, wrong.packets.size(),
               files->pcap, files->command);
  }
  return {};
}

}  // namespace fwbench
