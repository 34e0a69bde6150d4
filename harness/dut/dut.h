// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A device under test: something between d0 and d1 that decides about frames. It is judged by what arrives, not by
/// what it says; its own counters only close the books.

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "engine/image.h"
#include "judge/observation.h"
#include "judge/stack.h"
#include "lab/lab.h"
#include "policy/policy.h"
#include "scenario/plan.h"
#include "traffic/frame.h"

namespace fwbench {

/// What a DUT is given. Everything outlives the DUT.
struct DutInputs {
  Port in;             ///< d0
  Port out;            ///< d1
  Lab* lab = nullptr;  ///< the one it is opened in: for the counters of its devices
  const Policy* policy = nullptr;
  const PolicyImage* image = nullptr;  ///< the policy, compiled
  const FrameTable* table = nullptr;   ///< what will be sent: for a DUT that has room for so many flows only
  const UserDut* user = nullptr;       ///< what the scenario's [dut.NAME] says; null for the catalogue's own
  int app_cpu = 1;                     ///< for a DUT that is a process of its own
  TxEngine engine = TxEngine::live;    ///< what the frames will be sent by
  /// Room for the policies of replace_policy(): most bytes of an image, most rules; 0 when there will be none.
  size_t image_room = 0;
  uint32_t rules_room = 0;
  uint32_t fault_delay = 0;  ///< of fault-slow: turns of its loop
};

class Dut {
 public:
  Dut() = default;
  Dut(const Dut&) = delete;
  Dut& operator=(const Dut&) = delete;
  virtual ~Dut() = default;

  /// Attaches; when it returns the next frame at d0 will be decided. Called and stopped many times.
  [[nodiscard]] virtual Result<void> start() = 0;
  /// Since start(); any time. Exact once no frame is on its way.
  [[nodiscard]] virtual Result<DutCounters> counters() = 0;
  /// Frames dropped since start(), for the rate: read every 20 ms under load, so it has to be cheap. It may lag or lead
  /// counters() by what is on its way. The default asks counters().
  [[nodiscard]] virtual Result<uint64_t> dropped();
  /// Has a replace_policy() of its own.
  [[nodiscard]] virtual bool changes_policy() const { return false; }
  /// Changes the policy while frames flow: when it returns, the next frame is decided by the new one. Every frame is
  /// decided by one of them whole. The DUT keeps the last policy until it is stopped.
  /// Errors: ErrorKind::usage for a DUT that cannot.
  [[nodiscard]] virtual Result<void> replace_policy(const PolicyImage& image);
  /// Detaches. Errors say that the numbers since start() must not be believed.
  [[nodiscard]] virtual Result<void> stop() = 0;
  /// What exactly was measured: "nftables 1.0.6". Empty when it is fwbench's own.
  [[nodiscard]] virtual std::string version() const { return {}; }
};

/// Whose word the expected verdict is.
enum class DutExpectation : uint8_t { policy, everything_passes, everything_is_dropped };

/// Where the DUT runs: on the generator's core, in the same softirq, or as a process on a core of its own.
enum class DutPlacement : uint8_t { shared, own_core };

/// Who else may be in its lab.
enum class DutLab : uint8_t {
  shared,  ///< it is nothing but a program on a link while it is started, so all such DUTs take turns in one lab
  own,     ///< it leaves rules, routes or processes behind between two trials
};

/// One line of the catalogue, or what a scenario's [dut.NAME] comes down to.
struct DutEntry {
  std::string_view name;
  std::string_view summary;   ///< hook, mode
  std::string_view null_dut;  ///< what it is compared with; empty for none
  DutExpectation expectation = DutExpectation::policy;
  DutPlacement placement = DutPlacement::shared;
  bool deliberate_fault = false;  ///< wrong on purpose: proves that the judge catches it
  /// Loads everything; nothing is attached yet. Called in the DUT's network namespace.
  /// Errors: ErrorKind::unsupported when this DUT cannot run this policy or this traffic, which is no fault of
  /// anybody's: the others are measured, and its column says why it is empty.
  Result<std::unique_ptr<Dut>> (*open)(const DutInputs& inputs) = nullptr;
  DutLab lab = DutLab::shared;
  LabNetwork network = LabNetwork::silent;  ///< of a lab of its own
  StackPath path = StackPath::none;         ///< what of the host's stack a frame goes through
  /// Fragments are put together before its rules (nf_defrag_ipv4, nf_defrag_ipv6).
  bool tracks_connections = false;
  /// It drops such a frame whatever its rules say, and no counter tells; null: there are none.
  bool (*hotdrops)(std::span<const std::byte> frame) = nullptr;
};

[[nodiscard]] std::span<const DutEntry> dut_catalogue();
/// Null when there is none of that name.
[[nodiscard]] const DutEntry* find_dut(std::string_view name);

}  // namespace fwbench
