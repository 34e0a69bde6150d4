// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// `fwbench verify`: do all judges say the same of every packet, and count it at the same rules?

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/diagnostic.h"
#include "verify/comparison.h"

namespace fwbench::verify {

/// Who the judges are, and in what form they take the frames. What stands here asks the engines in memory, and nft.
struct JudgeSource {
  /// The judge of this name; empty for those that `fwbench verify --against` knows.
  std::function<Result<std::unique_ptr<Judge>>(const std::string& name)> make = {};
  /// Makes a frame one that all judges can be asked about, or says why there is no asking, as a literal. It comes to
  /// the same when it is done twice. `index` is the frame's in its batch, and below `batch`.
  std::function<std::string_view(std::vector<std::byte>& frame, uint32_t index)> prepare = {};
  std::string_view option = "--against";  ///< of the command line
  size_t batch = 4096;                    ///< frames at a time: a wrong one is looked for within its batch
  std::chrono::milliseconds shrink_limit{4000};
};

struct VerifyOptions {
  uint64_t packets = 1'000'000;  ///< over all policies
  size_t policies = 100;
  uint64_t seed = 1;
  std::string policy_file = {};                                ///< instead of generated ones
  std::vector<std::string> pcaps = {};                         ///< instead of generated packets
  std::vector<std::string> judges = {"xdp", "afxdp", "pcap"};  ///< or "nft"
  std::filesystem::path out = "results/verify";
  bool stop_at_first = false;  ///< with the first policy that somebody gets wrong
  JudgeFaults faults = {};
  JudgeSource source = {};
};

/// A disagreement, made small and written down.
struct MismatchReport {
  std::string judge;
  std::string description;
  std::string policy;   ///< file
  std::string pcap;     ///< file; "" when the policy alone is the matter
  std::string command;  ///< that repeats it
};

struct VerifyReport {
  uint64_t seed = 0;
  uint64_t policies = 0;
  uint64_t rules = 0;
  uint64_t packets = 0;
  double seconds = 0;
  uint64_t policies_refused = 0;  ///< by our parser: a mismatch as well
  std::vector<JudgeTotals> judges;
  Exclusions excluded;                     ///< frames that nobody was asked about
  std::vector<MismatchReport> mismatches;  ///< the first few; totals have them all

  [[nodiscard]] bool agreed() const;
};

struct VerifyListener {
  std::function<void(const std::vector<Diagnostic>&)> policy_diagnostics;  ///< of the user's policy
  std::function<void(uint64_t policies_done)> progress;
  std::function<void(const MismatchReport&)> mismatch;
  std::function<bool()> stop;  ///< asked between batches
};

/// Errors: ErrorKind::usage (files, names), environment (privileges), interrupted.
[[nodiscard]] Result<VerifyReport> verify(const VerifyOptions& options, const VerifyListener& listener);

[[nodiscard]] std::string render_report(const VerifyReport& report);
[[nodiscard]] std::string report_to_json(const VerifyReport& report);

}  // namespace fwbench::verify
