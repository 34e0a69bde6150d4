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
#include "lab/lab.h"
#include "policy/policy.h"

namespace fwbench {

/// What a DUT is given. Everything outlives the DUT.
struct DutInputs {
  Port in;   ///< d0
  Port out;  ///< d1
  const Policy* policy = nullptr;
  const PolicyImage* image = nullptr;  ///< the policy, compiled
  int app_cpu = 1;                     ///< for a DUT that is a process of its own
  /// Room for the policies of replace_policy(): most bytes of an image, most rules; 0 when there will be none.
  size_t image_room = 0;
  uint32_t rules_room = 0;
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
  /// Has a replace_policy() of its own.
  [[nodiscard]] virtual bool changes_policy() const { return false; }
  /// Changes the policy while frames flow: when it returns, the next frame is decided by the new one. Every frame is
  /// decided by one of them whole. The DUT keeps the last policy until it is stopped.
  /// Errors: ErrorKind::usage for a DUT that cannot.
  [[nodiscard]] virtual Result<void> replace_policy(const PolicyImage& image);
  /// Detaches. Errors say that the numbers since start() must not be believed.
  [[nodiscard]] virtual Result<void> stop() = 0;
};

/// Whose word the expected verdict is.
enum class DutExpectation : uint8_t { policy, everything_passes, everything_is_dropped };

/// Where the DUT runs: on the generator's core, in the same softirq, or as a process on a core of its own.
enum class DutPlacement : uint8_t { shared, own_core };

/// One line of the catalogue.
struct DutEntry {
  std::string_view name;
  std::string_view summary;   ///< hook, mode
  std::string_view null_dut;  ///< what it is compared with; empty for none
  DutExpectation expectation = DutExpectation::policy;
  DutPlacement placement = DutPlacement::shared;
  bool deliberate_fault = false;  ///< wrong on purpose: proves that the judge catches it
  /// Loads everything; nothing is attached yet. Called in the DUT's network namespace.
  Result<std::unique_ptr<Dut>> (*open)(const DutInputs& inputs) = nullptr;
};

[[nodiscard]] std::span<const DutEntry> dut_catalogue();
/// Null when there is none of that name.
[[nodiscard]] const DutEntry* find_dut(std::string_view name);

}  // namespace fwbench
