// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// One case of a plan, ready for trials: its labs, its frames loaded, its DUTs opened.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dut/dut.h"
#include "judge/judge.h"
#include "lab/netns.h"
#include "measure/bench.h"
#include "measure/policy_changer.h"
#include "record/record.h"
#include "scenario/plan.h"
#include "traffic/frame.h"

namespace fwbench {

/// A lab with TX engine and sink.
struct Lodging {
  NetNs dut_ns;  ///< to be entered for everything that a DUT does
  Bench bench;
};

struct CaseBench;

struct DutUnderTest {
  CaseBench* home = nullptr;
  Lodging* lodging = nullptr;
  DutEntry entry;
  std::unique_ptr<Dut> dut;
  Expectation expectation;
};

/// One case of the plan: labs of its own, in which its frames are loaded and its DUTs opened once. DUTs that are only a
/// program on a link share one, each of the others has its own. All labs but one are silent at any time.
struct CaseBench {
  /// Both arguments outlive it. The labs come with the DUTs.
  [[nodiscard]] static Result<std::unique_ptr<CaseBench>> open(const Plan& plan, const FrameTable& table,
                                                               int generator_cpu, int app_cpu);
  /// Opens one more DUT, or says in `summary` why it is left out (ErrorKind::unsupported), and what it is.
  [[nodiscard]] Result<void> open_dut(const std::string& name, DutSummary& summary);

  const Plan* plan = nullptr;
  const FrameTable* table = nullptr;
  PolicyImage image;
  BenchConfig config;
  Expectation expectation;  ///< of a DUT that runs the policy
  std::optional<SwapSet> swap = {};
  Lodging* shared = nullptr;                            ///< once there is one
  std::vector<std::unique_ptr<Lodging>> lodgings = {};  ///< before the DUTs: they leave first
  std::vector<DutUnderTest> duts = {};

 private:
  [[nodiscard]] Result<Lodging*> lodge(const DutEntry& entry);
};

/// Probes of one delay trial; at least one.
[[nodiscard]] uint64_t probes_in(const TrialPlan& trial);

}  // namespace fwbench
