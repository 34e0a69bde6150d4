// SPDX-License-Identifier: BSD-2-Clause
#include "record/merge.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "record/ratios.h"
#include "record/statistics.h"
#include "record/thresholds.h"
#include "record/validity.h"

namespace fwbench {
namespace {

using PlanJson = nlohmann::json;

constexpr const char* kSameCampaign = "merge the records of `fwbench run SCENARIO --shard i/n` with the same arguments";

Result<void> check_places(const std::vector<Record>& shards) {
  const int count = shards.front().shard->count;
  for (size_t i = 0; i < shards.size(); ++i) {
    const Shard& shard = *shards[i].shard;
    if (shard.count != count) {
      return with_remedy(fail(ErrorKind::usage, "shards of {} and of {} parts", count, shard.count), kSameCampaign);
    }
    if (i > 0 && shards[i - 1].shard->index == shard.index) {
      return with_remedy(fail(ErrorKind::usage, "shard {}/{} is there twice", shard.index, count), kSameCampaign);
    }
  }
  for (int index = 1; index <= count; ++index) {
    const bool there =
        std::any_of(shards.begin(), shards.end(), [&](const Record& r) { return r.shard->index == index; });
    if (!there) return with_remedy(fail(ErrorKind::usage, "shard {}/{} is missing", index, count), kSameCampaign);
  }
  return {};
}

std::set<std::string> engines_of(const Record& record) {
  std::set<std::string> engines;
  for (const Trial& trial : record.trials) engines.insert(trial.engine);
  return engines;
}

/// What sets this record apart from the first; "" when nothing does.
std::string difference(const Record& a, const Record& b, const MergeOptions& options) {
  if (a.scenario_name != b.scenario_name || a.scenario_sha256 != b.scenario_sha256) return "another scenario (sha256)";
  if (a.plan_json != b.plan_json) return "another plan";
  if (a.fwbench_version != b.fwbench_version) return "another version of fwbench, " + b.fwbench_version;
  if (a.duts != b.duts) return "other DUTs";
  if (engines_of(a) != engines_of(b)) return "another TX engine";
  for (const std::string& dut : a.duts) {
    const auto mine = a.summary.find(dut);
    const auto other = b.summary.find(dut);
    if (mine == a.summary.end() || other == b.summary.end()) return "no summary of " + dut;
    if (mine->second.skipped != other->second.skipped) return dut + " is left out on one of the machines";
    if (mine->second.version != other->second.version && !options.mixed_hosts) return "another version of " + dut;
  }
  if (a.host.host_class != b.host.host_class && !options.mixed_hosts) {
    return fmt::format("another class of machine, '{}' (the first is '{}')", b.host.host_class, a.host.host_class);
  }
  return "";
}

Result<void> check_alike(const std::vector<Record>& shards, const MergeOptions& options) {
  for (const Record& record : shards) {
    const std::string name = fmt::format("shard {}/{}", record.shard->index, record.shard->count);
    if (!record.complete) {
      return with_remedy(fail(ErrorKind::usage, "{} did not come to its end", name), "run it again");
    }
    const std::string what = difference(shards.front(), record, options);
    if (what.empty()) continue;
    const bool by_host = what.starts_with("another class");
    return with_remedy(
        fail(ErrorKind::usage, "{} is of {}", name, what),
        by_host ? "run all shards on one class, or keep ratios only with --allow-mixed-hosts" : kSameCampaign);
  }
  return {};
}

/// The order of a run: all correctness passes, then round by round, then what is done once.
std::tuple<int, int> place_in_run(const Trial& trial) {
  const bool is_correctness =
      trial.purpose == TrialPurpose::correctness || (trial.purpose == TrialPurpose::control && trial.round == 0);
  if (is_correctness) return {0, 0};
  if (trial.round > 0) return {1, trial.round};
  return {2 + static_cast<int>(trial.purpose), 0};
}

double or_zero(const PlanJson& object, const char* key) {
  return object.contains(key) && object[key].is_number() ? object[key].get<double>() : 0;
}

std::string text_of(const PlanJson& object, const char* key) {
  return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : "";
}

/// The [ratio.NAME] of the plan, of which a shard may have measured none.
std::vector<Ratio> planned_ratios(const PlanJson& plan) {
  std::vector<Ratio> claims;
  for (const PlanJson& one : plan.value("ratios", PlanJson::array())) {
    Ratio claim;
    claim.name = text_of(one, "name");
    claim.of = text_of(one, "of");
    claim.to = text_of(one, "to");
    claim.traffic_case = text_of(one, "case");
    claim.source = text_of(one, "source");
    if (one.contains("published")) claim.published = or_zero(one, "published");
    if (one.contains("at_least")) claim.at_least = or_zero(one, "at_least");
    if (one.contains("at_most")) claim.at_most = or_zero(one, "at_most");
    claims.push_back(std::move(claim));
  }
  return claims;
}

std::vector<ThresholdClaim> planned_thresholds(const PlanJson& plan) {
  std::vector<ThresholdClaim> claims;
  for (const PlanJson& one : plan.value("thresholds", PlanJson::array())) {
    claims.push_back({text_of(one, "dut"), text_of(one, "metric"), text_of(one, "comparison"), or_zero(one, "bound")});
  }
  return claims;
}

std::optional<double> larger(const std::optional<double>& a, const std::optional<double>& b) {
  return !a ? b : !b ? a : std::optional(std::max(*a, *b));
}

/// The worst of all: a warning about one machine is one about the result.
void add_conditions(Record& merged, const Record& shard) {
  if (!shard.conditions) return;
  if (!merged.conditions) merged.conditions = Conditions{};
  merged.conditions->load_before = larger(merged.conditions->load_before, shard.conditions->load_before);
  merged.conditions->steal_share = larger(merged.conditions->steal_share, shard.conditions->steal_share);
}

void add_shard(Record& merged, const Record& shard) {
  merged.valid = merged.valid && shard.valid;
  merged.started_utc = std::min(merged.started_utc, shard.started_utc);
  merged.merged->push_back({shard.shard->index, shard.started_utc, shard.host.host_class});
  if (shard.host.host_class != merged.host.host_class) merged.host.host_class = kMixedHosts;
  add_conditions(merged, shard);
  for (const Warning& warning : shard.warnings) {
    const bool known = std::any_of(merged.warnings.begin(), merged.warnings.end(),
                                   [&](const Warning& w) { return w.id == warning.id && w.text == warning.text; });
    if (!known) merged.warnings.push_back(warning);
  }
  for (const Trial& trial : shard.trials) merged.trials.emplace_back(trial).shard = shard.shard->index;
  if (!shard.searches) return;
  if (!merged.searches) merged.searches.emplace();
  merged.searches->insert(merged.searches->end(), shard.searches->begin(), shard.searches->end());
}

}  // namespace

bool is_dealt(const std::optional<Shard>& shard, size_t nth) {
  return !shard || nth % static_cast<size_t>(shard->count) == static_cast<size_t>(shard->index - 1);
}

Result<Record> merge_shards(std::vector<Record> shards, const MergeOptions& options) {
  if (shards.empty()) return fail(ErrorKind::usage, "there is nothing to merge");
  for (const Record& record : shards) {
    if (record.shard) continue;
    return with_remedy(fail(ErrorKind::usage, "the run of {} that began at {} is not a shard", record.scenario_name,
                            record.started_utc),
                       kSameCampaign);
  }
  std::sort(shards.begin(), shards.end(),
            [](const Record& a, const Record& b) { return a.shard->index < b.shard->index; });
  FWBENCH_TRY(check_places(shards));
  FWBENCH_TRY(check_alike(shards, options));

  Record merged = shards.front();
  merged.shard.reset();
  merged.merged.emplace();
  merged.conditions.reset();
  merged.trials.clear();
  merged.searches.reset();
  for (const Record& shard : shards) add_shard(merged, shard);
  if (merged.host.host_class == kMixedHosts) merged.searches.reset();  // they are rates
  std::stable_sort(merged.trials.begin(), merged.trials.end(),
                   [](const Trial& a, const Trial& b) { return place_in_run(a) < place_in_run(b); });
  std::map<std::string, std::string> null_of;
  for (const auto& [dut, summary] : shards.front().summary) {
    if (!summary.null_dut.empty()) null_of[dut] = summary.null_dut;
  }
  summarise(merged, null_of);
  const PlanJson plan = PlanJson::parse(merged.plan_json, nullptr, /*allow_exceptions=*/false);
  if (const auto claims = planned_ratios(plan); !claims.empty()) merged.ratios = measure_ratios(merged, claims);
  if (const auto claims = planned_thresholds(plan); !claims.empty()) {
    merged.thresholds = decide_thresholds(merged, claims);
  }
  update_warnings(merged);
  return merged;
}

}  // namespace fwbench
