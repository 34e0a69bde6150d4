// SPDX-License-Identifier: BSD-2-Clause
#include "search/mlrsearch.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace fwbench {
namespace {

/// No step outwards goes further than to the half or the double: one freak trial must not throw the search far off.
constexpr double kLargestStep = 2;

uint64_t rounded(double load) {
  return static_cast<uint64_t>(std::llround(load));
}

double median_loss(const std::vector<SearchTrial>& trials) {
  std::vector<double> losses;
  for (const SearchTrial& trial : trials) losses.push_back(trial.loss_ratio);
  std::sort(losses.begin(), losses.end());
  return losses[losses.size() / 2];
}

}  // namespace

MlrSearch::MlrSearch(SearchConfig config) : config_(std::move(config)) {
  config_.min_load = std::max<uint64_t>(config_.min_load, 1);
  config_.max_load = std::max(config_.max_load, config_.min_load);
  order_.resize(config_.goals.size());
  std::iota(order_.begin(), order_.end(), 0);
  std::stable_sort(order_.begin(), order_.end(),
                   [&](size_t a, size_t b) { return config_.goals[a].loss_ratio < config_.goals[b].loss_ratio; });
  stage_.assign(config_.goals.size(), 0);
  select();
}

/// Duration sums grow by a constant factor from one trial to the goal's own, widths halve down to the goal's own.
SearchGoal MlrSearch::stage_of(const SearchGoal& goal, int stage) const {
  const int to_go = config_.preceding_stages - stage;
  if (to_go <= 0) return goal;
  SearchGoal preceding = goal;
  preceding.width = std::min(0.5, goal.width * std::pow(2, to_go));
  preceding.sum_s =
      goal.trial_s * std::pow(goal.sum_s / goal.trial_s, static_cast<double>(stage) / config_.preceding_stages);
  return preceding;
}

LoadClass MlrSearch::class_of(const SearchGoal& goal, uint64_t load) const {
  const auto found = trials_at_.find(load);
  return found == trials_at_.end() ? LoadClass::undecided : classify_load(goal, found->second);
}

MlrSearch::Bounds MlrSearch::bounds_of(const SearchGoal& goal) const {
  Bounds bounds;
  for (const auto& [load, trials] : trials_at_) {
    const LoadClass is = classify_load(goal, trials);
    if (is == LoadClass::upper) {
      if (bounds.upper) {
        bounds.second_upper = load;
        break;
      }
      bounds.upper = load;
    } else if (is == LoadClass::lower && !bounds.upper) {
      bounds.second_lower = bounds.lower;
      bounds.lower = load;
    }
  }
  return bounds;
}

/// Loads are whole packets per second: neighbours are as close as bounds get.
bool MlrSearch::within_width(const SearchGoal& goal, const Bounds& bounds) const {
  if (!bounds.lower || !bounds.upper) return false;
  const auto lower = static_cast<double>(*bounds.lower);
  const auto upper = static_cast<double>(*bounds.upper);
  return *bounds.upper - *bounds.lower <= 1 || (upper - lower) / upper <= goal.width;
}

GoalEnd MlrSearch::end_of(const SearchGoal& goal) const {
  const Bounds bounds = bounds_of(goal);
  if (within_width(goal, bounds)) return GoalEnd::regular;
  if (!bounds.upper && bounds.lower == config_.max_load) return GoalEnd::at_max_load;
  if (!bounds.lower && bounds.upper == config_.min_load) return GoalEnd::at_min_load;
  return GoalEnd::not_reached;
}

/// A step down from the smallest upper bound: twice the last one, and at least to the rate that got through there.
uint64_t MlrSearch::below(const SearchGoal& goal, const Bounds& bounds) const {
  const auto upper = static_cast<double>(*bounds.upper);
  double step = 1 - goal.width;
  if (bounds.second_upper) step = std::min(step, upper / static_cast<double>(*bounds.second_upper));
  step = std::max(step * step, 1 / kLargestStep);
  double load = upper * step;
  // From the largest load on a device that is far from it: what it forwards is a better guess than any step.
  const double forwarded = upper * (1 - median_loss(trials_at_.at(*bounds.upper)));
  if (bounds.upper == config_.max_load && forwarded > 0) load = std::min(load, forwarded);
  return std::clamp(rounded(load), config_.min_load, std::max(*bounds.upper - 1, config_.min_load));
}

uint64_t MlrSearch::above(const SearchGoal& goal, const Bounds& bounds) const {
  const auto lower = static_cast<double>(*bounds.lower);
  double step = 1 / (1 - goal.width);
  if (bounds.second_lower) step = std::max(step, lower / static_cast<double>(*bounds.second_lower));
  step = std::min(step * step, kLargestStep);
  return std::clamp(rounded(lower * step), std::min(*bounds.lower + 1, config_.max_load), config_.max_load);
}

/// The geometric middle, or the load nearest to it that was begun and is not decided yet.
uint64_t MlrSearch::between(const SearchGoal& goal, uint64_t lower, uint64_t upper) const {
  const double middle = std::sqrt(static_cast<double>(lower) * static_cast<double>(upper));
  std::optional<uint64_t> begun;
  for (auto at = trials_at_.upper_bound(lower); at != trials_at_.end() && at->first < upper; ++at) {
    if (classify_load(goal, at->second) != LoadClass::undecided) continue;
    const auto distance = [&](uint64_t load) { return std::abs(std::log(static_cast<double>(load) / middle)); };
    if (!begun || distance(at->first) < distance(*begun)) begun = at->first;
  }
  if (begun) return *begun;
  return std::clamp(rounded(middle), lower + 1, upper - 1);
}

/// A bound of the stage before that lies where this one still has to look.
std::optional<uint64_t> MlrSearch::hinted(const SearchGoal& stage, const Bounds& now, const Bounds& before) const {
  for (const std::optional<uint64_t>& hint : {before.lower, before.upper}) {
    if (!hint || class_of(stage, *hint) != LoadClass::undecided) continue;
    if (now.lower && *hint <= *now.lower) continue;
    if (now.upper && *hint >= *now.upper) continue;
    return hint;
  }
  return std::nullopt;
}

std::optional<uint64_t> MlrSearch::candidate(const SearchGoal& goal, int stage_number) const {
  const SearchGoal stage = stage_of(goal, stage_number);
  if (end_of(stage) != GoalEnd::not_reached) return std::nullopt;
  const Bounds now = bounds_of(stage);
  if (stage_number > 0) {
    if (const auto hint = hinted(stage, now, bounds_of(stage_of(goal, stage_number - 1)))) return hint;
  }
  if (now.lower && now.upper) return between(stage, *now.lower, *now.upper);
  if (now.upper) return below(stage, now);
  if (now.lower) return above(stage, now);
  return config_.max_load;
}

void MlrSearch::select() {
  next_.reset();
  if (config_.goals.empty()) end_ = SearchEnd::complete;
  if (end_ != SearchEnd::searching) return;
  if (!warmed_up_) {
    next_ = SearchRequest{config_.max_load, config_.goals.front().trial_s, true};
    return;
  }
  for (int stage = 0; stage <= config_.preceding_stages; ++stage) {
    for (const size_t i : order_) {
      if (stage_[i] > stage) continue;  // never back: what later trials took away, the last stage finds again
      if (const auto load = candidate(config_.goals[i], stage)) {
        next_ = SearchRequest{*load, config_.goals[i].trial_s, false};
        return;
      }
      if (stage < config_.preceding_stages) stage_[i] = stage + 1;
    }
  }
  end_ = SearchEnd::complete;
}

void MlrSearch::add(const SearchOutcome& outcome) {
  if (!next_) return;
  ++trials_;
  elapsed_s_ += outcome.elapsed_s;
  void_in_a_row_ = outcome.is_void ? void_in_a_row_ + 1 : 0;
  if (next_->discard) {
    warmed_up_ = warmed_up_ || !outcome.is_void;
  } else if (!outcome.is_void) {
    trials_at_[next_->load].push_back({next_->duration_s, outcome.effective_s, outcome.loss_ratio});
  }
  if (void_in_a_row_ >= config_.most_void_in_a_row) end_ = SearchEnd::void_trials;
  select();
  if (end_ == SearchEnd::searching && elapsed_s_ >= config_.budget_s) {
    end_ = SearchEnd::out_of_time;
    next_.reset();
  }
}

/// By the goal itself, or by the last stage that has any bound.
GoalResult MlrSearch::result_of(const SearchGoal& goal) const {
  GoalResult result;
  result.name = goal.name;
  result.end = end_of(goal);
  for (int stage = config_.preceding_stages; stage >= 0; --stage) {
    const SearchGoal by = stage_of(goal, stage);
    const Bounds bounds = bounds_of(by);
    const bool both = bounds.lower && bounds.upper;
    if (result.end == GoalEnd::not_reached && !both && stage > 0) continue;
    result.sum_s = by.sum_s;
    result.lower = bounds.lower;
    result.upper = bounds.upper;
    if (bounds.lower) {
      const auto load = static_cast<double>(*bounds.lower);
      result.throughput = conditional_throughput(by, load, trials_at_.at(*bounds.lower));
    }
    break;
  }
  return result;
}

std::vector<GoalResult> MlrSearch::results() const {
  std::vector<GoalResult> results;
  for (const SearchGoal& goal : config_.goals) results.push_back(result_of(goal));
  return results;
}

}  // namespace fwbench
