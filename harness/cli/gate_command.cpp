// SPDX-License-Identifier: BSD-2-Clause
#include <unistd.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <random>

#include "cli/commands.h"
#include "cli/gate_selftest.h"
#include "cli/progress.h"
#include "core/file.h"
#include "core/units.h"
#include "gate/baseline.h"
#include "lab/lab_process.h"
#include "measure/gate_run.h"
#include "measure/load_trial.h"
#include "record/record_json.h"
#include "record/statistics.h"
#include "record/store.h"
#include "report/gate_table.h"

namespace fwbench {
namespace {

/// "2.5%" -> 0.025; the sign is part of the value.
Result<double> parse_percent(const char* option, const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && std::string_view(end, text.data() + text.size()) == "%";
  if (!whole || !std::isfinite(value) || value < 0 || value >= 100) {
    return fail(ErrorKind::usage, "{} wants a percentage from 0% to below 100%, not '{}'", option, text);
  }
  return value / 100;
}

Result<GateSettings> read_settings(const GateArguments& arguments) {
  const auto threshold = parse_percent("--threshold", arguments.threshold);
  if (!threshold) return tl::unexpected(threshold.error());
  const auto confidence = parse_percent("--confidence", arguments.confidence);
  if (!confidence) return tl::unexpected(confidence.error());
  GateSettings settings;
  settings.threshold = *threshold;
  settings.alpha = 1 - *confidence;
  settings.look_every = arguments.pairs;
  settings.max_pairs = arguments.max_pairs;
  settings.seed = arguments.seed != 0 ? arguments.seed : std::random_device{}();
  settings.program_time = arguments.program_time;
  if (!arguments.cost_threshold.empty()) {
    const auto cost = parse_percent("--cost-threshold", arguments.cost_threshold);
    if (!cost) return tl::unexpected(cost.error());
    settings.cost_threshold = *cost;
  }
  constexpr size_t kMostPairs = kMaxRounds;
  if (settings.look_every < kMinPairs || settings.max_pairs < settings.look_every || settings.max_pairs > kMostPairs) {
    return fail(ErrorKind::usage, "--pairs must be {} or more, --max-pairs no less than that, and {} at most",
                kMinPairs, kMostPairs);
  }
  if (settings.threshold == 0 || *confidence < 0.5) {
    return fail(ErrorKind::usage, "--threshold must be above 0%, --confidence 50% or more");
  }
  return settings;
}

Result<GateRun> read_run(const GateArguments& arguments, const GateSettings& settings) {
  const auto trial = parse_duration_ns(arguments.trial);
  if (!trial) return fail(ErrorKind::usage, "--trial: {}", trial.error().message);
  constexpr uint64_t kShortest = 20'000'000;
  constexpr uint64_t kLongest = 60'000'000'000;
  if (*trial < kShortest || *trial > kLongest) {
    return fail(ErrorKind::usage, "--trial is {}; it must be from 20ms to 60s", arguments.trial);
  }
  constexpr uint64_t kMostFrames = 1'000'000'000;
  if (arguments.frames == 0 || arguments.frames > kMostFrames) {
    return fail(ErrorKind::usage, "--frames must be from 1 to {}", kMostFrames);
  }
  GateRun run;
  run.base = arguments.base;
  run.head = arguments.head;
  run.settings = settings;
  run.trial_ns = *trial;
  run.ramp_ns = std::min(run.ramp_ns, *trial / 4);
  run.verdict_frames = arguments.frames;
  return run;
}

Result<void> show(const Record& record, const GateArguments& arguments) {
  if (arguments.json == "-") {
    fmt::print("{}", record_to_json(record));
  } else {
    fmt::print("{}", render_gate(record, use_color(STDOUT_FILENO)));
  }
  std::fflush(stdout);
  if (arguments.json.empty() || arguments.json == "-") return {};
  return write_file_atomically(arguments.json, record_to_json(record));
}

int gate_by_baseline(const GateArguments& arguments, const GateSettings& settings) {
  const auto baseline = load_record(arguments.baseline);
  if (!baseline) return complain(baseline.error());
  auto record = load_record(arguments.scenario.file);
  if (!record) return complain(record.error());
  auto gate = gate_against_baseline(*baseline, *record, settings);
  if (!gate) return complain(gate.error());
  gate->base = arguments.baseline;
  gate->head = arguments.scenario.file;
  record->gate = std::move(*gate);
  if (const auto shown = show(*record, arguments); !shown) return complain(shown.error());
  return gate_exit_code(*record->gate);
}

int gate_in_a_run(const GateRun& run, const Plan& plan, const GateArguments& arguments) {
  const auto tables = build_tables(plan);
  if (!tables) return complain(tables.error());
  if (const auto possible = run_in_lab_process([] { return 0; }); !possible) return complain(possible.error());
  const Record record = new_record(plan);
  const auto folder = create_run_folder(arguments.out, record);
  if (!folder) return complain(folder.error());
  const auto code = run_in_lab_process([&] {
    return measure_and_save(*folder, [&](const CampaignListener& listener) {
      Record measured = record;
      return run_gate(plan, tables->front(), run, measured, listener);
    });
  });
  if (!code) return complain(code.error());
  const auto measured = load_record(*folder);
  if (!measured) {
    std::error_code ignored;
    std::filesystem::remove(*folder, ignored);  // empty: it ended before the first trial
    return *code != exit_ok ? *code : complain(measured.error());
  }
  if (auto shown = show(*measured, arguments); !shown) return complain(shown.error());
  fmt::print(stderr, "record: {}\n", (*folder / kRecordFile).string());
  return *code != exit_ok ? *code : gate_exit_code(*measured->gate);
}

std::nullopt_t no_gate_of(const std::string& file, const char* why, const char* without) {
  (void)complain(Error{ErrorKind::usage, 0, fmt::format("'{}' {}", file, why),
                       fmt::format("take a scenario without {}", without)});
  return std::nullopt;
}

std::optional<Plan> plan_of_gate(const GateArguments& arguments) {
  ScenarioArguments scenario = arguments.scenario;
  scenario.duts = arguments.base == arguments.head ? arguments.base : arguments.base + "," + arguments.head;
  std::optional<Plan> plan = plan_or_complain(scenario);
  if (!plan) return std::nullopt;
  if (!plan->cases.empty()) return no_gate_of(scenario.file, "is a sweep, and a gate is of one traffic", "[matrix]");
  if (round_purpose(*plan) == TrialPurpose::load) {
    return no_gate_of(scenario.file, "sends a constant load, and a gate compares the most that each side decides",
                      "rate");
  }
  return plan;
}

}  // namespace

int gate_command(const GateArguments& arguments) {
  const auto settings = read_settings(arguments);
  if (!settings) return complain(settings.error());
  const auto run = read_run(arguments, *settings);
  if (!run) return complain(run.error());
  GateArguments chosen = arguments;
  if (arguments.selftest) {
    if (chosen.scenario.file.empty()) chosen.scenario.file = "syn_flood";
    chosen.base = "xdp";
    chosen.head = "fault-slow";
    const std::optional<Plan> plan = plan_of_gate(chosen);
    return plan ? gate_selftest(*plan, *run, arguments.gates) : exit_usage;
  }
  if (arguments.scenario.file.empty() || (arguments.baseline.empty() && (chosen.base.empty() || chosen.head.empty()))) {
    return complain(Error{ErrorKind::usage, 0, "a gate compares two of something",
                          "fwbench gate SCENARIO --base DUT --head DUT, or fwbench gate --baseline FILE RECORD"});
  }
  if (!arguments.baseline.empty()) return gate_by_baseline(arguments, *settings);
  const std::optional<Plan> plan = plan_of_gate(chosen);
  return plan ? gate_in_a_run(*run, *plan, arguments) : exit_usage;
}

}  // namespace fwbench
