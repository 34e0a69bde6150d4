// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The controller of a Multiple Loss Ratio search (RFC 9971): several goals at once, one trial after the other.
///
/// A pure state machine: next() says what to try, add() takes what came of it, until next() has nothing more to ask.
/// Every goal is approached in stages (RFC 9971 leaves the selection of trials to the implementation): the first has a
/// short duration sum and a wide goal width, the last is the goal itself. All goals share all trials, and all of them
/// reach a stage before one goes on to the next, so that a search which runs out of time has something to say of each.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "search/load_class.h"

namespace fwbench {

/// Controller Input.
struct SearchConfig {
  std::vector<SearchGoal> goals;
  uint64_t min_load = 1;  ///< packets per second, >= 1
  uint64_t max_load = 1;  ///< >= min_load
  double budget_s = 0;    ///< most time that all trials may take, set-up included; no further one begins afterwards
  int preceding_stages = 2;
  /// Trials that were made and must not be counted (ended invalid): after so many in a row there are no more.
  int most_void_in_a_row = 3;
};

/// Trial Input.
struct SearchRequest {
  uint64_t load = 0;
  double duration_s = 0;
  bool discard = false;  ///< the first one, at the largest load: it wakes the device up, and its result is not counted
};

/// Trial Output.
struct SearchOutcome {
  bool is_void = false;  ///< it must not be counted: the books did not balance, or something leaked
  double loss_ratio = 0;
  double effective_s = 0;
  double elapsed_s = 0;  ///< of the budget
};

/// How a goal came out.
enum class GoalEnd {
  regular,      ///< both relevant bounds, no further apart than the goal's width
  at_max_load,  ///< irregular: the largest load is a lower bound; the result is an "at least"
  at_min_load,  ///< irregular: the smallest load is an upper bound; there is no lower bound
  not_reached,  ///< irregular: time was up, or trials were void; the bounds are what there is
};

/// Goal Result.
struct GoalResult {
  std::string name;
  GoalEnd end = GoalEnd::not_reached;
  std::optional<uint64_t> lower;     ///< relevant lower bound; at max load the effective one
  std::optional<uint64_t> upper;     ///< relevant upper bound
  std::optional<double> throughput;  ///< conditional throughput at `lower`
  /// Duration sum that the bounds stand on: the goal's own, or less when it was not reached.
  double sum_s = 0;
};

enum class SearchEnd { searching, complete, out_of_time, void_trials };

class MlrSearch {
 public:
  /// Goals are looked at in order of their loss ratios.
  explicit MlrSearch(SearchConfig config);

  /// What to try next; nothing when the search has ended. The same until add() was called.
  [[nodiscard]] std::optional<SearchRequest> next() const { return next_; }
  /// What came of next().
  void add(const SearchOutcome& outcome);

  [[nodiscard]] SearchEnd end() const { return end_; }
  /// By goal, in the order they were given.
  [[nodiscard]] std::vector<GoalResult> results() const;
  /// Made so far: void ones and the discarded one among them.
  [[nodiscard]] int trials() const { return trials_; }
  [[nodiscard]] double elapsed_s() const { return elapsed_s_; }
  [[nodiscard]] const std::map<uint64_t, std::vector<SearchTrial>>& database() const { return trials_at_; }

 private:
  /// Loads that are bounds for one stage of a goal.
  struct Bounds {
    std::optional<uint64_t> lower;                       ///< relevant: below `upper`; the largest one without it
    std::optional<uint64_t> upper;                       ///< relevant: the smallest
    std::optional<uint64_t> second_lower, second_upper;  ///< the next ones outwards
  };
  [[nodiscard]] SearchGoal stage_of(const SearchGoal& goal, int stage) const;
  [[nodiscard]] Bounds bounds_of(const SearchGoal& goal) const;
  [[nodiscard]] LoadClass class_of(const SearchGoal& goal, uint64_t load) const;
  [[nodiscard]] bool within_width(const SearchGoal& goal, const Bounds& bounds) const;
  [[nodiscard]] GoalEnd end_of(const SearchGoal& goal) const;
  /// What the stage still has to know; nothing when it is done.
  [[nodiscard]] std::optional<uint64_t> candidate(const SearchGoal& goal, int stage) const;
  [[nodiscard]] std::optional<uint64_t> hinted(const SearchGoal& stage, const Bounds& now, const Bounds& before) const;
  [[nodiscard]] uint64_t below(const SearchGoal& goal, const Bounds& bounds) const;
  [[nodiscard]] uint64_t above(const SearchGoal& goal, const Bounds& bounds) const;
  [[nodiscard]] uint64_t between(const SearchGoal& goal, uint64_t lower, uint64_t upper) const;
  [[nodiscard]] GoalResult result_of(const SearchGoal& goal) const;
  void select();

  SearchConfig config_;
  std::vector<size_t> order_;  ///< of goals
  std::vector<int> stage_;     ///< by goal: the one it is at
  std::map<uint64_t, std::vector<SearchTrial>> trials_at_;
  std::optional<SearchRequest> next_;
  SearchEnd end_ = SearchEnd::searching;
  int trials_ = 0;
  int void_in_a_row_ = 0;
  bool warmed_up_ = false;
  double elapsed_s_ = 0;
};

}  // namespace fwbench
