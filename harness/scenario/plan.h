// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The Plan: everything a run needs, as plain values. Made from text without touching the kernel; the first of the two
/// narrow waists. `fwbench plan` prints it.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/policy.h"
#include "record/record.h"
#include "traffic/spec.h"

namespace fwbench {

/// A rate to search for; in the order of kSearchRates.
enum class SearchRate : uint8_t { ndr, pdr };
inline constexpr std::string_view kSearchRates[] = {"ndr", "pdr"};
/// Goal Loss Ratio of each (RFC 9971; ETSI GS NFV-TST 009 and FD.io CSIT name the two so).
inline constexpr double kSearchLossRatios[] = {0, 0.005};

/// Goals of a Multiple Loss Ratio search (RFC 9971).
struct SearchPlan {
  std::vector<SearchRate> rates = {};  ///< empty: there is none
  uint64_t trial_ns = 1'000'000'000;
  uint64_t sum_ns = 21'000'000'000;
  double exceed_ratio = 0.5;
  double width = 0.01;                    ///< (upper - lower) / upper
  uint64_t limit_ns = 1'800'000'000'000;  ///< of one search
};

struct TrialPlan {
  int rounds = 7;                              ///< MRR trials a DUT, interleaved over the DUTs
  uint64_t duration_ns = 1'000'000'000;        ///< of the measured window of one trial
  uint64_t ramp_ns = 50'000'000;               ///< load before the window opens
  uint64_t delay_duration_ns = 1'000'000'000;  ///< of one delay trial; 0: there are none
  uint64_t probe_rate_pps = 20'000;            ///< probes in a delay trial
  double delay_load = 0.5;                     ///< load of the loaded delay trial, as a share of the DUT's own MRR
  uint32_t repeats = 16;                       ///< times each frame index is sent in the correctness pass
  SearchPlan search;
};

/// Changes of policy while frames flow: the scenario's own, each of the others, its own again, and so on.
struct SwapPlan {
  std::vector<std::shared_ptr<const Policy>> others;  ///< never null
  uint64_t rate_per_s = 200;                          ///< changes, as far as the DUT can
  uint64_t duration_ns = 10'000'000'000;
};

/// How a firewall of the user's own is started: by a program of theirs, or by loading an object file.
enum class UserDutKind : uint8_t { command, xdp_object };
/// When a command is taken to be ready.
enum class UserDutReady : uint8_t { attached, line, delay };
enum class UserDutMode : uint8_t { native, generic };
/// Where a frame is seen that the firewall lets through: behind it, in the host's stack, or at the far end.
enum class UserDutVerdict : uint8_t { pass, redirect };
enum class UserDutPlacement : uint8_t { shared, own_core };
/// Whose word the expected verdict is: of each class and of the policy, or one for every frame.
enum class UserDutExpect : uint8_t { policy, pass, drop };
/// Whose word it is what must become of the frames of a class: the policy's, or the scenario's own.
enum class ClassExpect : uint8_t { policy, pass, drop };

/// The words of a command, with placeholders still in them (scenario/command_line.h).
using CommandWords = std::vector<std::string>;

/// A firewall of the user's own: [dut.NAME].
struct UserDut {
  std::string name;
  std::string summary;  ///< one line for reports
  std::string folder;   ///< of the scenario: where commands are started
  UserDutKind kind = UserDutKind::command;
  CommandWords command = {};
  UserDutReady ready = UserDutReady::attached;
  std::string ready_line = {};
  uint64_t ready_delay_ns = 500'000'000;
  uint64_t ready_timeout_ns = 10'000'000'000;  ///< also of each set-up command
  std::string object = {};                     ///< path from where fwbench was started, or absolute
  std::string program = {};                    ///< empty: the only XDP program of the object
  UserDutMode mode = UserDutMode::native;
  std::vector<CommandWords> setup = {};
  UserDutVerdict verdict = UserDutVerdict::pass;
  std::string null_dut = "null-drop";
  UserDutPlacement placement = UserDutPlacement::shared;
  UserDutExpect expect = UserDutExpect::policy;
};

/// A ratio of two rates to be held against a published one: [ratio.NAME].
struct RatioPlan {
  std::string name;
  std::string of, to;               ///< DUT names
  std::string traffic_case;         ///< of a sweep: a label; empty otherwise
  std::optional<double> published;  ///< a published figure has a source
  std::string source;
  std::optional<double> at_least;  ///< one of the two bounds at least is there
  std::optional<double> at_most;
};

struct Plan {
  std::string scenario_name;       ///< file name without ".ini"
  std::string scenario_file;       ///< as given
  std::string scenario_sha256;     ///< of the file's bytes and the --set overrides
  std::string purpose;             ///< one line
  std::vector<std::string> duts;   ///< catalogue names, in the order they are shown
  std::vector<UserDut> user_duts;  ///< those of [dut.NAME], in the order of the file
  uint32_t fault_delay = 20;       ///< turns of the loop that makes fault-slow slow
  std::shared_ptr<const Policy> policy;
  bool policy_is_generated = false;  ///< `policy->file` is then a name only
  bool policy_is_absent = false;     ///< `policy` accepts everything then: each class says what must become of it
  TrafficSpec traffic;
  std::vector<ClassExpect> class_expects = {};  ///< by class
  TrialPlan trial;
  std::optional<SwapPlan> swap;
  std::vector<RatioPlan> ratios;           ///< in the order of the file
  std::vector<ThresholdClaim> thresholds;  ///< in the order of the file
  bool quick = false;

  // A sweep: the same for each combination of values. The members above are then those of the first case.
  std::string case_label;                ///< of a case: "policy.rules=10"; empty otherwise
  std::vector<std::string> case_values;  ///< of a case: one for each of sweep_keys
  std::vector<std::string> sweep_keys;   ///< "policy.rules"; empty: no sweep
  std::string reference_case;            ///< the label that the others are compared with
  std::vector<Plan> cases;               ///< whole plans, which differ in policy and traffic only
};

/// The cases of a sweep; the plan itself when it is none.
[[nodiscard]] std::span<const Plan> cases_of(const Plan& plan);

}  // namespace fwbench
