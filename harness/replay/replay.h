// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// `fwbench replay`: captures through devices under test, every packet held against the policy's oracle.

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dut/dut.h"
#include "record/record.h"
#include "replay/load.h"
#include "traffic/capture.h"

namespace fwbench {

struct ReplayOptions {
  std::vector<std::filesystem::path> files;
  std::shared_ptr<const Policy> policy;
  std::vector<const DutEntry*> duts;
  ReplaySpeed speed;
  std::string speed_text = "max";  ///< as on the command line
  uint64_t loop = 1;
  bool map_macs = false;  ///< DUTs that route always get mapped ones
  CaptureOptions capture;
  std::filesystem::path out = "results/replay";  ///< for evidence
  // For one file and one DUT only; empty: not wanted.
  std::filesystem::path write_passed;    ///< what arrived, as it arrived
  std::filesystem::path write_dropped;   ///< what did not arrive
  std::filesystem::path write_mismatch;  ///< what met the wrong end, as it was sent; what nobody sent, as it arrived
};

/// By how much packets went out late, measured where they are sent. Never early.
struct ReplayTiming {
  uint64_t n = 0;
  uint64_t p50_ns = 0;
  uint64_t p99_ns = 0;
  uint64_t max_ns = 0;
  int64_t drift_ns = 0;  ///< by how much the whole took longer than the schedule
};

enum class ReplayEnd : uint8_t {
  exact,     ///< every verdict right, all bytes and the order as well
  wrong,     ///< at least one proven deviation
  unproven,  ///< packets were lost, or the books do not balance: what is missing proves nothing
  empty,     ///< nothing to send
  left_out,  ///< this DUT cannot run it; `reason` says why
  failed,    ///< `reason` says why
};
[[nodiscard]] std::string_view end_name(ReplayEnd end);

/// One capture through one DUT.
struct DutReplay {
  std::string dut;
  ReplayEnd end = ReplayEnd::empty;
  std::string reason = {};
  int code = 0;  ///< exit code of a failure
  bool macs_mapped = false;
  ReasonCounts left_out = {};
  ReasonCounts open = {};
  Ledger ledger = {};
  uint64_t unkept = 0;
  Delivery delivery = {};  ///< without its lists
  double seconds = 0;
  double rate_pps = 0;      ///< sent
  uint64_t slowed_pps = 0;  ///< packets were lost flat out: it was repeated at this rate
  std::optional<ReplayTiming> timing = {};
  std::optional<double> steal_share = {};    ///< timed: of the CPUs' time, what the hypervisor gave to others meanwhile
  std::vector<std::string> deviations = {};  ///< the first few, in words
  std::string evidence = {};                 ///< folder
  std::string command = {};                  ///< that repeats it
};

struct FileReplay {
  std::string file;
  std::string refused;  ///< why it cannot be read; the rest is empty then
  Capture capture;      ///< without bytes and packets
  std::vector<DutReplay> duts = {};
};

struct ReplayReport {
  std::string policy;
  std::string speed;
  uint64_t loop = 1;
  double seconds = 0;
  std::vector<FileReplay> files = {};
};

struct ReplayListener {
  std::function<void(const FileReplay&, const DutReplay&, size_t done, size_t total)> after;
};

/// In a lab process. One lab for each DUT, all files one after the other.
/// Errors: ErrorKind::environment, interrupted; ErrorKind::usage for a policy that cannot be compiled. What concerns
/// one file or DUT is in the report.
[[nodiscard]] Result<ReplayReport> replay_captures(const ReplayOptions& options, const ReplayListener& listener);

/// The exit code: a wrong verdict goes before a failure, that before what is unproven; exit_skipped when nothing at all
/// was sent.
[[nodiscard]] int exit_code_of(const ReplayReport& report);

[[nodiscard]] std::string render_replay(const ReplayReport& report, bool color);
[[nodiscard]] std::string replay_to_json(const ReplayReport& report);

}  // namespace fwbench
