// SPDX-License-Identifier: BSD-2-Clause
#include "report/hgrm.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>

#include "core/file.h"
#include "record/record_json.h"

namespace fwbench {
namespace {

constexpr double kNsPerUs = 1000;

std::string file_name(const Trial& trial) {
  std::string name = trial.dut;
  if (!trial.traffic_case.empty()) name += "-" + trial.traffic_case;
  name += fmt::format("-{}-{}", purpose_name(trial.purpose), trial.round);
  if (trial.arrivals) name += "-" + *trial.arrivals;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_') c = '_';
  }
  return name + ".hgrm";
}

}  // namespace

std::string hgrm_text(const DelayStats& delay) {
  if (delay.n == 0 || delay.curve.empty()) return {};
  const auto n = static_cast<double>(delay.n);
  std::string out =
      fmt::format("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
  double before = 0;
  double sum = 0;
  double squares = 0;
  for (const auto& [bound_ns, share] : delay.curve) {
    const double us = static_cast<double>(bound_ns) / kNsPerUs;
    const double here = share - before;
    before = share;
    sum += us * here;
    squares += us * us * here;
    out += fmt::format("{:12.3f} {:2.12f} {:10}", us, share, std::llround(share * n));
    // The last line has no odds: they are infinite.
    out += share < 1 ? fmt::format(" {:14.2f}\n", 1 / (1 - share)) : "\n";
  }
  const double deviation = std::sqrt(std::max(0.0, squares - sum * sum));
  out += fmt::format("#[Mean    = {:12.3f}, StdDeviation   = {:12.3f}]\n", sum, deviation);
  out += fmt::format("#[Max     = {:12.3f}, Total count    = {:12}]\n", static_cast<double>(delay.max) / kNsPerUs,
                     delay.n);
  // As traffic/histogram.h has them: 57 powers of two above the linear part, 128 buckets in each.
  return out + fmt::format("#[Buckets = {:12}, SubBuckets     = {:12}]\n", 58, 128);
}

Result<void> write_histograms(const Record& record, const std::filesystem::path& folder) {
  for (const Trial& trial : record.trials) {
    if (!trial.valid || !trial.delay) continue;
    const std::string text = hgrm_text(*trial.delay);
    if (text.empty()) continue;
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return sys_fail(error.value(), "cannot make {}", folder.string());
    FWBENCH_TRY(write_file_atomically(folder / file_name(trial), text));
  }
  return {};
}

}  // namespace fwbench
