// SPDX-License-Identifier: BSD-2-Clause
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/commands.h"
#include "core/diagnostic.h"
#include "core/file.h"
#include "lab/lab_process.h"
#include "replay/replay.h"

namespace fwbench {
namespace {

/// A folder stands for all files below it, by name.
Result<std::vector<std::filesystem::path>> expand(const std::vector<std::string>& operands) {
  std::vector<std::filesystem::path> files;
  for (const std::string& operand : operands) {
    std::error_code error;
    if (!std::filesystem::is_directory(operand, error)) {
      files.emplace_back(operand);
      continue;
    }
    std::vector<std::filesystem::path> inside;
    for (std::filesystem::recursive_directory_iterator it(operand, error), end; !error && it != end;
         it.increment(error)) {
      std::error_code ignored;
      if (it->is_regular_file(ignored)) inside.push_back(it->path());
    }
    if (error) return fail(ErrorKind::usage, "cannot read the folder '{}': {}", operand, error.message());
    if (inside.empty()) return fail(ErrorKind::usage, "there is no file in '{}'", operand);
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

Result<Misfit> parse_misfit(const std::string& text, const char* option, bool can_pad, bool can_cut) {
  if (text == "skip") return Misfit::skip;
  if (text == "fail") return Misfit::fail;
  if (text == "pad" && can_pad) return Misfit::pad;
  if (text == "cut" && can_cut) return Misfit::cut;
  if (text == "pad") {
    return with_remedy(
        fail(ErrorKind::usage, "{} pad: such packets are not too small but too large, or broken", option),
        "skip or fail");
  }
  return with_remedy(fail(ErrorKind::usage, "{} '{}' is unknown", option, text), can_cut   ? "skip, pad, cut or fail"
                                                                                 : can_pad ? "skip, pad or fail"
                                                                                           : "skip or fail");
}

Result<CaptureOptions> capture_options(const ReplayArguments& arguments) {
  CaptureOptions options;
  struct Choice {
    const std::string& text;
    const char* option;
    bool can_pad;
    bool can_cut;
    Misfit& target;
  };
  for (const Choice& choice : {Choice{arguments.truncated, "--truncated", true, true, options.truncated},
                               Choice{arguments.too_short, "--short", true, false, options.too_short},
                               Choice{arguments.oversize, "--oversize", false, false, options.oversize},
                               Choice{arguments.damaged, "--damaged", false, false, options.damaged}}) {
    const auto misfit = parse_misfit(choice.text, choice.option, choice.can_pad, choice.can_cut);
    if (!misfit) return tl::unexpected(misfit.error());
    choice.target = *misfit;
  }
  return options;
}

Result<std::vector<const DutEntry*>> find_duts(const std::vector<std::string>& names) {
  std::vector<const DutEntry*> duts;
  for (const std::string& name : names) {
    const DutEntry* const entry = find_dut(name);
    if (entry == nullptr) {
      return with_remedy(fail(ErrorKind::usage, "there is no DUT '{}'", name), "see `fwbench list --duts`");
    }
    if (std::find(duts.begin(), duts.end(), entry) == duts.end()) duts.push_back(entry);
  }
  return duts;
}

Result<ReplayOptions> read_options(const ReplayArguments& arguments) {
  ReplayOptions options;
  auto files = expand(arguments.files);
  if (!files) return tl::unexpected(files.error());
  options.files = std::move(*files);
  auto duts = find_duts(arguments.duts);
  if (!duts) return tl::unexpected(duts.error());
  options.duts = std::move(*duts);
  const auto speed = parse_speed(arguments.speed);
  if (!speed) return tl::unexpected(speed.error());
  options.speed = *speed;
  options.speed_text = arguments.speed;
  const auto capture = capture_options(arguments);
  if (!capture) return tl::unexpected(capture.error());
  options.capture = *capture;
  options.loop = arguments.loop;
  options.map_macs = arguments.map_macs;
  options.out = arguments.out;
  options.write_passed = arguments.write_passed;
  options.write_dropped = arguments.write_dropped;
  options.write_mismatch = arguments.write_mismatch;
  const bool writes =
      !arguments.write_passed.empty() || !arguments.write_dropped.empty() || !arguments.write_mismatch.empty();
  if (options.duts.empty() || options.loop == 0) return fail(ErrorKind::usage, "there is nothing to replay");
  if (writes && (options.files.size() != 1 || options.duts.size() != 1)) {
    return with_remedy(fail(ErrorKind::usage,
                            "--write-passed, --write-dropped and --write-mismatch are for one capture "
                            "and one DUT"),
                       "give one file, and one name to --dut");
  }
  return options;
}

/// In the lab process.
int replay_here(const ReplayOptions& options, const std::string& json) {
  const bool live = ::isatty(STDERR_FILENO) != 0;
  ReplayListener listener;
  listener.after = [live](const FileReplay& file, const DutReplay& dut, size_t done, size_t total) {
    if (live) fmt::print(stderr, "\r{} of {}{}", done, total, done == total ? "\n" : "");
    if (dut.end != ReplayEnd::wrong) return;
    fmt::print(stderr, "{}fwbench: {}: {}: {}\n  repeat with: {}\n", live ? "\n" : "", file.file, dut.dut,
               dut.deviations.empty() ? "wrong" : dut.deviations.front(), dut.command);
  };
  const auto report = replay_captures(options, listener);
  if (!report) return complain(report.error());
  if (json == "-") {
    fmt::print("{}\n", replay_to_json(*report));
  } else {
    fmt::print("{}", render_replay(*report, use_color(STDOUT_FILENO)));
  }
  std::fflush(stdout);
  if (!json.empty() && json != "-") {
    const auto written = write_file_atomically(json, replay_to_json(*report) + "\n");
    if (!written) return complain(written.error());
  }
  return exit_code_of(*report);
}

}  // namespace

int replay_command(const ReplayArguments& arguments) {
  auto options = read_options(arguments);
  if (!options) return complain(options.error());
  ParsedPolicy policy = load_policy(arguments.policy);
  fmt::print(stderr, "{}", render(policy.diagnostics, use_color(STDERR_FILENO)));
  if (!policy.policy) return exit_usage;
  options->policy = std::move(policy.policy);
  const auto code = run_in_lab_process([&] { return replay_here(*options, arguments.json); });
  return code ? *code : complain(code.error());
}

}  // namespace fwbench
