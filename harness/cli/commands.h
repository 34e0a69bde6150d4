// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// One function a command: options as plain values in, exit code out. stdout is data, stderr is talk.

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "record/record.h"
#include "scenario/plan.h"
#include "traffic/frame.h"

namespace fwbench {

/// What every command that reads a scenario takes.
struct ScenarioArguments {
  std::string file;
  std::vector<std::string> overrides;  ///< --set section.key=value
  std::string duts;                    ///< --dut a,b
  bool quick = false;
};

struct RunArguments {
  ScenarioArguments scenario;
  std::string out = "results/runs";  ///< --out
  std::string json;                  ///< --json FILE, or - for stdout
  bool plots = true;                 ///< --no-plots
  std::string shard;                 ///< --shard i/n: only this part of the rounds
};

struct ReportArguments {
  std::string record;
  std::string format;  ///< --format, instead of the table
  std::string out;     ///< -o; empty or -: stdout
  std::string json;    ///< --json FILE, or - for stdout
  bool plots = true;   ///< --no-plots
};

struct MergeArguments {
  std::vector<std::string> records;
  std::string out;           ///< -o FILE; - is stdout, instead of the table
  bool mixed_hosts = false;  ///< --allow-mixed-hosts
};

struct CompareArguments {
  std::vector<std::string> operands;  ///< A B, each with :DUT or not; or RECORD DUT DUT
  bool json = false;
};

struct GateArguments {
  ScenarioArguments scenario;  ///< with --baseline `file` is the record
  std::string base, head;      ///< --base, --head: DUTs
  std::string baseline;        ///< --baseline FILE: a stored record instead
  size_t pairs = 10;           ///< --pairs: between two looks
  size_t max_pairs = 40;       ///< --max-pairs
  std::string threshold = "2.5%";
  std::string cost_threshold;  ///< empty: costs are shown only
  std::string confidence = "95%";
  std::string trial = "200ms";
  uint64_t frames = 30'000'000;  ///< --frames: of each side's correctness pass
  uint64_t seed = 0;             ///< 0: drawn
  bool program_time = false;
  bool selftest = false;
  size_t gates = 100;  ///< of the self-test, of each kind
  std::string out = "results/runs";
  std::string json;
};

struct PolicyArguments {
  std::string file;
  bool json = false;
  bool summary = false;  ///< no list of rules
};

struct ShellArguments {
  ScenarioArguments scenario;
  std::string command;  ///< -c: instead of an interactive shell
};

struct VerifyArguments {
  std::optional<uint64_t> packets;                              ///< --packets
  std::optional<size_t> policies;                               ///< --policies
  uint64_t seed = 1;                                            ///< --seed
  std::string policy;                                           ///< --policy FILE: instead of generated ones
  std::vector<std::string> pcaps;                               ///< --pcap FILE: instead of generated packets
  std::vector<std::string> against = {"xdp", "afxdp", "pcap"};  ///< --against: judges
  std::vector<std::string> duts;                                ///< --dut: these in a lab, instead of judges
  std::string out = "results/verify";                           ///< --out
  bool stop_at_first = false;                                   ///< --stop-at-first
  uint32_t fault_pass_every = 0;                                ///< --fault-pass-every, for tests: a faulty XDP judge
  uint32_t fault_drop_every = 0;                                ///< --fault-drop-every
  bool json = false;
};

struct ReplayArguments {
  std::vector<std::string> files;                           ///< captures, or folders of them
  std::string policy;                                       ///< --policy
  std::vector<std::string> duts = {"xdp", "afxdp", "nft"};  ///< --dut
  std::string speed = "max";                                ///< --speed
  uint64_t loop = 1;                                        ///< --loop
  bool map_macs = false;                                    ///< --map-mac
  std::string truncated = "skip";                           ///< --truncated
  std::string too_short = "skip";                           ///< --short
  std::string oversize = "skip";                            ///< --oversize
  std::string damaged = "skip";                             ///< --damaged
  std::string out = "results/replay";                       ///< --out
  std::string write_passed;
  std::string write_dropped;
  std::string write_mismatch;
  std::string json;  ///< --json FILE, or - for stdout
};

[[nodiscard]] int run_command(const RunArguments& arguments);
[[nodiscard]] int gate_command(const GateArguments& arguments);
[[nodiscard]] int plan_command(const ScenarioArguments& arguments, bool json);
[[nodiscard]] int policy_command(const PolicyArguments& arguments);
[[nodiscard]] int list_command(bool duts, bool json);
[[nodiscard]] int explain_command(const std::string& topic, bool markdown);
[[nodiscard]] int report_command(const ReportArguments& arguments);
[[nodiscard]] int merge_command(const MergeArguments& arguments);
[[nodiscard]] int compare_command(const CompareArguments& arguments);
[[nodiscard]] int shell_command(const ShellArguments& arguments);
[[nodiscard]] int verify_command(const VerifyArguments& arguments);
[[nodiscard]] int replay_command(const ReplayArguments& arguments);
[[nodiscard]] int doctor_command(bool json);
[[nodiscard]] int version_command();

/// Prints all diagnostics; nothing when there are errors. A scenario that is not found is looked for among those that
/// came with fwbench.
[[nodiscard]] std::optional<Plan> plan_or_complain(const ScenarioArguments& arguments);

/// What is known before the first trial.
[[nodiscard]] Record new_record(const Plan& plan);

/// For each of cases_of(plan).
[[nodiscard]] Result<std::vector<FrameTable>> build_tables(const Plan& plan);

/// Prints the error to stderr and gives its exit code.
int complain(const Error& error);

/// What a run that came to its end is worth: a wrong verdict, an invalid trial, a threshold that failed, one that could
/// not be decided; the first of these that applies.
[[nodiscard]] int judge_record(const Record& record);

/// Colour on this stream: a terminal, and NO_COLOR unset (no-color.org).
[[nodiscard]] bool use_color(int fd);

}  // namespace fwbench
