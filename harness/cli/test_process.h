// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// For black-box tests: fwbench as a child process, and what is in the kernel before and after.

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/unique_fd.h"

namespace fwbench {

inline constexpr const char* kSmoke = FWBENCH_SOURCE_DIR "/scenarios/smoke.ini";
inline constexpr const char* kRuleScaling = FWBENCH_SOURCE_DIR "/scenarios/rule_scaling.ini";

struct ProcessOptions {
  bool as_nobody = false;  ///< drops root before it starts
};

struct ProcessResult {
  int exit_code = -1;  ///< 128 + signal when it was killed
  std::string out;
  std::string err;
};

class RunningProcess {
 public:
  RunningProcess(pid_t pid, UniqueFd out, UniqueFd err) : pid_(pid), out_(std::move(out)), err_(std::move(err)) {}
  void signal(int number) const;
  /// Reads both streams to their ends and reaps it.
  [[nodiscard]] ProcessResult wait();

 private:
  pid_t pid_;
  UniqueFd out_;
  UniqueFd err_;
};

[[nodiscard]] RunningProcess start_fwbench(const std::vector<std::string>& arguments,
                                           const ProcessOptions& options = {});
[[nodiscard]] ProcessResult run_fwbench(const std::vector<std::string>& arguments, const ProcessOptions& options = {});

/// Polls until `condition` holds; false when `limit_ms` have passed.
[[nodiscard]] bool wait_until(const std::function<bool()>& condition, int limit_ms);

/// Everything a run could leak, by id.
struct KernelObjects {
  std::set<uint64_t> namespaces;  ///< inodes of network namespaces that some process is in
  std::set<uint64_t> programs, maps, links;
  std::set<uint64_t> processes;  ///< whose name begins with fwbench
  std::set<std::string> interfaces;
};
[[nodiscard]] KernelObjects kernel_objects();
/// What is there now and was not before, as text; "" when nothing. The kernel frees some of it late: waits up to 5 s.
[[nodiscard]] std::string left_behind(const KernelObjects& before);

}  // namespace fwbench
