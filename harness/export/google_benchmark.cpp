// SPDX-License-Identifier: BSD-2-Clause
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "export/export.h"
#include "record/statistics.h"

namespace fwbench {
namespace {

using GoogleJson = nlohmann::ordered_json;

/// One DUT (and case): what its entries have in common.
struct Family {
  std::string name;
  size_t index;
  size_t rounds;
  bool lower_bound;
};

GoogleJson entry(const Family& family, const char* run_type, double time_ns) {
  GoogleJson one = {{"name", family.name},
                    {"family_index", family.index},
                    {"per_family_instance_index", 0},
                    {"run_name", family.name},
                    {"run_type", run_type},
                    {"repetitions", family.rounds},
                    {"threads", 1},
                    {"iterations", 0},
                    {"real_time", time_ns},
                    {"cpu_time", time_ns},
                    {"time_unit", "ns"}};
  if (family.lower_bound) one["label"] = "lower bound";
  return one;
}

GoogleJson repetition(const Family& family, const Trial& trial, size_t index) {
  const double rate = *trial.rate_pps;
  GoogleJson one = entry(family, "iteration", 1e9 / rate);
  one["repetition_index"] = index;
  one["iterations"] = static_cast<uint64_t>(rate * static_cast<double>(trial.window_ns) / 1e9);
  one["items_per_second"] = rate;
  return one;
}

GoogleJson aggregate(const Family& family, const char* name, double time_ns, double rate) {
  GoogleJson one = entry(family, "aggregate", time_ns);
  one["name"] = fmt::format("{}_{}", family.name, name);
  one["aggregate_name"] = name;
  one["aggregate_unit"] = "time";
  one["iterations"] = family.rounds;
  one["items_per_second"] = rate;
  return one;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// Of a sample; 0 for a single value.
double deviation_of(const std::vector<double>& values) {
  if (values.size() < 2) return 0;
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

void add_family(const Record& record, const Subject& subject, GoogleJson& benchmarks, size_t index) {
  const auto rounds = mrr_rounds(record, subject.dut, std::string(subject.case_label()));
  if (rounds.empty()) return;
  const Family family = {.name = benchmark_name(record, subject),
                         .index = index,
                         .rounds = rounds.size(),
                         .lower_bound = subject.measures.lower_bound.value_or(false)};
  std::vector<double> times;
  std::vector<double> rates;
  for (const auto& [round, trial] : rounds) {
    benchmarks.push_back(repetition(family, *trial, times.size()));
    times.push_back(1e9 / *trial->rate_pps);
    rates.push_back(*trial->rate_pps);
  }
  benchmarks.push_back(aggregate(family, "mean", mean_of(times), mean_of(rates)));
  benchmarks.push_back(aggregate(family, "median", median_interval(times)->median, median_interval(rates)->median));
  benchmarks.push_back(aggregate(family, "stddev", deviation_of(times), deviation_of(rates)));
}

}  // namespace

std::string google_benchmark_json(const Record& record) {
  GoogleJson all;
  all["context"] = {{"date", record.started_utc},
                    {"host_name", record.host.host_class},
                    {"executable", "fwbench"},
                    {"num_cpus", record.host.cpus},
                    // Unknown to a record, and wanted by readers of the format.
                    {"mhz_per_cpu", 0},
                    {"cpu_scaling_enabled", false},
                    {"caches", GoogleJson::array()},
                    {"load_avg", GoogleJson::array()},
                    {"library_build_type", "release"},
                    {"fwbench_version", record.fwbench_version},
                    {"scenario_sha256", record.scenario_sha256}};
  all["benchmarks"] = GoogleJson::array();
  // A median over two kinds of machine would be nobody's.
  const bool mixed = record.host.host_class == kMixedHosts;
  size_t index = 0;
  for (const Subject& subject : subjects_of(record)) {
    if (!mixed) add_family(record, subject, all["benchmarks"], index++);
  }
  return all.dump(2, ' ', false, GoogleJson::error_handler_t::replace) + "\n";
}

}  // namespace fwbench
