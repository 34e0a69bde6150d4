// SPDX-License-Identifier: BSD-2-Clause
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>

#include "cli/commands.h"
#include "export/export.h"

namespace fwbench {
namespace {

void add_scenario_options(CLI::App& command, ScenarioArguments& arguments) {
  command.add_option("scenario", arguments.file, "scenario file, or the name of one that came with fwbench")
      ->required();
  command.add_option("--set", arguments.overrides, "section.key=value: overrides the file; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command.add_option("--dut", arguments.duts,
                     "comma-separated DUTs instead of the scenario's (see `fwbench list --duts`)");
  command.add_flag("--quick", arguments.quick, "fewer and shorter trials: a look, not a result");
}

void add_run_options(CLI::App& command, RunArguments& arguments) {
  add_scenario_options(command, arguments.scenario);
  command.add_option("--out", arguments.out, "folder for records")->capture_default_str();
  command.add_option("--json", arguments.json, "write the record there too; - is stdout, instead of the table");
  command.add_flag("!--no-plots", arguments.plots, "no plots and no report.md");
  command
      .add_option("--shard", arguments.shard,
                  "i/n: only rounds i, i + n, ... of them; `fwbench merge` puts them together")
      ->type_name("I/N");
}

void add_gate_options(CLI::App& command, GateArguments& arguments) {
  command.add_option("scenario", arguments.scenario.file, "scenario file; with --baseline the record to be judged");
  command.add_option("--set", arguments.scenario.overrides, "section.key=value: overrides the file; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command.add_option("--base", arguments.base, "the DUT to compare with: of the catalogue, or a [dut.NAME]");
  command.add_option("--head", arguments.head, "the DUT to be judged");
  command.add_option("--baseline", arguments.baseline, "a stored record instead, by ratios to the null devices")
      ->excludes("--base")
      ->excludes("--head");
  command.add_option("--threshold", arguments.threshold, "what may be lost")->capture_default_str();
  command.add_option("--cost-threshold", arguments.cost_threshold,
                     "fail when verified instructions, JIT bytes or map memory grow by more [only shown]");
  command.add_option("--confidence", arguments.confidence, "over all looks and metrics")->capture_default_str();
  command.add_option("--pairs", arguments.pairs, "pairs from one look to the next")->capture_default_str();
  command.add_option("--max-pairs", arguments.max_pairs, "most pairs")->capture_default_str();
  command.add_option("--trial", arguments.trial, "how long is sent at each side of a pair")->capture_default_str();
  command.add_option("--frames", arguments.frames, "frames of each side's correctness pass")->capture_default_str();
  command.add_option("--seed", arguments.seed, "of the order of trials; 0 draws one")->capture_default_str();
  command.add_flag("--program-time", arguments.program_time, "judge the XDP program's time by BPF_PROG_RUN as well");
  command.add_flag("--selftest", arguments.selftest, "show on this machine how often the gate errs; takes long");
  command.add_option("--gates", arguments.gates, "gates of each kind in the self-test")->capture_default_str();
  command.add_option("--out", arguments.out, "folder for records")->capture_default_str();
  command.add_option("--json", arguments.json, "write the record there too; - is stdout, instead of the text");
}

void add_policy_options(CLI::App& command, PolicyArguments& arguments) {
  command.add_option("file", arguments.file, "nftables ruleset")->required();
  command.add_flag("--summary", arguments.summary, "without the list of rules");
  command.add_flag("--json", arguments.json, "as JSON");
}

void add_verify_options(CLI::App& command, VerifyArguments& arguments) {
  command.add_option("--packets", arguments.packets, "over all policies [1000000, with --dut 98304]");
  command.add_option("--policies", arguments.policies, "generated ones [100, with --dut 24]");
  command.add_option("--seed", arguments.seed, "the same seed gives the same policies and packets")
      ->capture_default_str();
  command.add_option("--policy", arguments.policy, "your ruleset instead of generated ones");
  command.add_option("--pcap", arguments.pcaps, "these packets instead of generated ones; may be repeated")
      ->allow_extra_args(false);
  command.add_option("--against", arguments.against, "comma-separated judges: xdp, afxdp, pcap, nft")
      ->delimiter(',')
      ->capture_default_str();
  command
      .add_option("--dut", arguments.duts,
                  "comma-separated DUTs instead of judges: packets are sent through each in a lab "
                  "(see `fwbench list --duts`)")
      ->delimiter(',')
      ->excludes("--against");
  command.add_option("--out", arguments.out, "folder for mismatches: policy, packet, command")->capture_default_str();
  command.add_flag("--stop-at-first", arguments.stop_at_first, "end with the first policy that somebody gets wrong");
  command.add_option("--fault-pass-every", arguments.fault_pass_every)->group("");
  command.add_option("--fault-drop-every", arguments.fault_drop_every)->group("");
  command.add_flag("--json", arguments.json, "as JSON");
}

void add_replay_options(CLI::App& command, ReplayArguments& arguments) {
  command.add_option("captures", arguments.files, "pcap or pcapng files, or folders of them")->required();
  command.add_option("--policy", arguments.policy, "nftables ruleset: what must become of each packet")->required();
  command.add_option("--dut", arguments.duts, "comma-separated DUTs (see `fwbench list --duts`)")
      ->delimiter(',')
      ->capture_default_str();
  command.add_option("--speed", arguments.speed, "max; 1x: as recorded, 10x, 0.5x; or a rate: 50kpps")
      ->capture_default_str();
  command.add_option("--loop", arguments.loop, "so many passes, one after the other")->capture_default_str();
  command.add_flag("--map-mac", arguments.map_macs,
                   "from the generator's MAC address to the DUT's; always on where the DUT routes");
  command
      .add_option("--truncated", arguments.truncated,
                  "packets captured in part: skip, pad, cut (send what was captured) or fail")
      ->capture_default_str();
  command.add_option("--short", arguments.too_short, "packets below 14 bytes: skip, pad or fail")
      ->capture_default_str();
  command.add_option("--oversize", arguments.oversize, "packets beyond 3400 bytes: skip or fail")
      ->capture_default_str();
  command.add_option("--damaged", arguments.damaged, "packets or files that contradict themselves: skip or fail")
      ->capture_default_str();
  command.add_option("--write-passed", arguments.write_passed, "pcap file for what arrived");
  command.add_option("--write-dropped", arguments.write_dropped, "pcap file for what did not arrive");
  command.add_option("--write-mismatch", arguments.write_mismatch, "pcap file for what met the wrong end");
  command.add_option("--out", arguments.out, "folder for mismatches: packets, policy, command")->capture_default_str();
  command.add_option("--json", arguments.json, "write the report there as JSON; - is stdout, instead of the table");
}

void add_report(CLI::App& app, ReportArguments& arguments, std::function<int()>& chosen) {
  CLI::App* const command = app.add_subcommand("report", "table and plots from a record, without root");
  command->add_option("record", arguments.record, "record.json, its folder, or a scenario's folder (its newest run)")
      ->required();
  std::string formats;
  for (const ExportFormat& format : export_formats()) {
    formats += fmt::format("{}{} ({})", formats.empty() ? "" : ", ", format.name, format.help);
  }
  CLI::Option* const format =
      command->add_option("--format", arguments.format, "only this, for others to read: " + formats);
  command->add_option("-o,--output", arguments.out, "write there instead of to stdout");
  command->add_option("--json", arguments.json, "write the record as JSON instead of the table; - is stdout")
      ->excludes(format);
  command->add_flag("!--no-plots", arguments.plots, "only the table");
  command->callback([&] { chosen = [&] { return report_command(arguments); }; });
}

void add_merge(CLI::App& app, MergeArguments& arguments, std::function<int()>& chosen) {
  CLI::App* const command = app.add_subcommand("merge", "one record from those of `run --shard 1/n` to n/n");
  command->add_option("records", arguments.records, "all of them, in any order")->required();
  command->add_option("-o,--output", arguments.out, "the merged record.json; - is stdout, instead of the table")
      ->required();
  command->add_flag("--allow-mixed-hosts", arguments.mixed_hosts,
                    "shards of several classes of machine: keep ratios, leave out rates, times and delays");
  command->callback([&] { chosen = [&] { return merge_command(arguments); }; });
}

void add_compare(CLI::App& app, CompareArguments& arguments, std::function<int()>& chosen) {
  CLI::App* const command = app.add_subcommand("compare", "two records, or two DUTs of one: ratios and what they mean");
  command->add_option("operands", arguments.operands, "A B, each a record or record:dut; or RECORD DUT DUT")
      ->required()
      ->expected(2, 3);
  command->add_flag("--json", arguments.json, "as JSON");
  command->callback([&] { chosen = [&] { return compare_command(arguments); }; });
}

void add_verify(CLI::App& app, VerifyArguments& arguments, std::function<int()>& chosen) {
  CLI::App* const command =
      app.add_subcommand("verify", "ask every engine, libpcap, nft and DUT about random packets and policies");
  add_verify_options(*command, arguments);
  command->callback([&] { chosen = [&] { return verify_command(arguments); }; });
}

void add_replay(CLI::App& app, ReplayArguments& arguments, std::function<int()>& chosen) {
  CLI::App* const command =
      app.add_subcommand("replay", "send captures through DUTs, and judge every packet by the policy");
  add_replay_options(*command, arguments);
  command->callback([&] { chosen = [&] { return replay_command(arguments); }; });
}

void add_shell(CLI::App& app, ShellArguments& arguments, std::function<int()>& chosen) {
  CLI::App* const command = app.add_subcommand("shell", "a shell inside the lab of a scenario");
  add_scenario_options(*command, arguments.scenario);
  command->add_option("-c", arguments.command, "run this command there instead");
  command->callback([&] { chosen = [&] { return shell_command(arguments); }; });
}

int dispatch(int argc, char** argv) {
  CLI::App app{"fwbench: benchmark and test harness for packet firewalls on Linux"};
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "help of all commands");
  app.footer(
      "Exit codes: 0 ok, 1 gate or threshold failed, 2 usage or scenario error, 3 environment,\n"
      "            4 invalid measurement, 5 wrong verdict, 6 inconclusive, 70 internal error, 130 interrupted.\n"
      "stdout is data, stderr is talk.");
  std::function<int()> chosen;

  RunArguments run;
  CLI::App* const run_app = app.add_subcommand("run", "run a scenario: measure every DUT and judge every packet");
  add_run_options(*run_app, run);
  run_app->callback([&] { chosen = [&] { return run_command(run); }; });

  GateArguments gate;
  CLI::App* const gate_app = app.add_subcommand("gate", "is the head worse than the base? pass, fail, or cannot tell");
  add_gate_options(*gate_app, gate);
  gate_app->callback([&] { chosen = [&] { return gate_command(gate); }; });

  ScenarioArguments plan;
  bool plan_json = false;
  CLI::App* const plan_app = app.add_subcommand("plan", "say what a run would do; touches nothing");
  add_scenario_options(*plan_app, plan);
  plan_app->add_flag("--json", plan_json, "as JSON");
  plan_app->callback([&] { chosen = [&] { return plan_command(plan, plan_json); }; });

  PolicyArguments policy;
  CLI::App* const policy_app =
      app.add_subcommand("policy", "what a ruleset is, what it compiles to, and which rules no packet reaches");
  add_policy_options(*policy_app, policy);
  policy_app->callback([&] { chosen = [&] { return policy_command(policy); }; });

  bool list_duts = false;
  bool list_json = false;
  CLI::App* const list_app = app.add_subcommand("list", "list scenarios, or DUTs");
  list_app->add_flag("--duts", list_duts, "the DUTs instead");
  list_app->add_flag("--json", list_json, "as JSON");
  list_app->callback([&] { chosen = [&] { return list_command(list_duts, list_json); }; });

  std::string topic;
  bool markdown = false;
  CLI::App* const explain_app = app.add_subcommand("explain", "explain the keys of scenario files");
  explain_app->add_option("topic", topic, "a section (trial) or a key (trial.rounds); all when left out");
  explain_app->add_flag("--markdown", markdown, "the whole reference as scenarios/KEYS.md has it");
  explain_app->callback([&] { chosen = [&] { return explain_command(topic, markdown); }; });

  ReportArguments report;
  add_report(app, report, chosen);
  MergeArguments merge;
  add_merge(app, merge, chosen);
  CompareArguments compare;
  add_compare(app, compare, chosen);

  VerifyArguments verify;
  add_verify(app, verify, chosen);

  ReplayArguments replay;
  add_replay(app, replay, chosen);

  ShellArguments shell;
  add_shell(app, shell, chosen);

  bool doctor_json = false;
  CLI::App* const doctor_app = app.add_subcommand("doctor", "try what this machine can do, with remedies");
  doctor_app->add_flag("--json", doctor_json, "as JSON");
  doctor_app->callback([&] { chosen = [&] { return doctor_command(doctor_json); }; });

  app.add_subcommand("version", "print the version")->callback([&] { chosen = version_command; });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error, std::cout, std::cerr);
    return code == 0 ? exit_ok : exit_usage;
  }
  return chosen();
}

}  // namespace
}  // namespace fwbench

int main(int argc, char** argv) {
  try {
    return fwbench::dispatch(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "fwbench: internal error: {}\n", error.what());
  } catch (...) {
    fmt::print(stderr, "fwbench: internal error\n");
  }
  return fwbench::exit_internal;
}
