// SPDX-License-Identifier: BSD-2-Clause
#include "report/values.h"

#include <fmt/format.h>

#include "record/metrics.h"
#include "report/grid.h"

namespace fwbench {

std::string format_mpps(double pps) {
  const double mpps = pps / 1e6;
  return mpps < 0.1 ? fmt::format("{:.4f}", mpps) : fmt::format("{:.3f}", mpps);
}

std::string format_us(uint64_t ns) {
  const double us = static_cast<double>(ns) / 1e3;
  if (us < 1) return fmt::format("{:.3f}", us);
  if (us < 10) return fmt::format("{:.2f}", us);
  if (us < 100) return fmt::format("{:.1f}", us);
  return fmt::format("{:.0f}", us);
}

std::string format_percentile_us(uint64_t ns, double p, uint64_t n) {
  return resolves_percentile(n, p) ? format_us(ns) : "-";
}

std::string host_line(const HostInfo& host) {
  if (host.host_class == kMixedHosts) return "several classes of host";
  std::string line = host.kernel.empty() || host.kernel.starts_with("Linux") ? host.kernel : "Linux " + host.kernel;
  const auto add = [&](const std::string& part) {
    if (!part.empty()) line += (line.empty() ? "" : ", ") + part;
  };
  add(host.cpu_model);
  if (host.cpus > 0) add(fmt::format("{} CPU{}", host.cpus, host.cpus == 1 ? "" : "s"));
  return line.empty() ? "unknown host" : printable(line);
}

const DutSummary& summary_of(const Record& record, const std::string& dut) {
  static const DutSummary none;
  const auto found = record.summary.find(dut);
  return found == record.summary.end() ? none : found->second;
}

}  // namespace fwbench
