// SPDX-License-Identifier: BSD-2-Clause
#include "verify/comparison.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/oracle.h"

namespace fwbench::verify {
namespace {

std::span<const std::byte> bytes_of(const FrameView& frame) {
  return {frame.data, frame.length};
}

/// By the oracle, and by what else drops frames in front of this judge or behind it.
Findings oracle_findings(const Judge& judge, const Policy& policy, std::span<const FrameView> frames) {
  Findings expected;
  expected.reset(frames.size(), policy.rules.size());
  for (size_t i = 0; i < frames.size(); ++i) {
    const Verdict by_policy = judge_frame(policy, bytes_of(frames[i]), expected.hits).verdict;
    expected.verdicts[i] = judge.expected(frames[i], by_policy);
    expected.passed += expected.verdicts[i] == Verdict::accept ? 1 : 0;
  }
  return expected;
}

/// The first difference in words; "" when there is none.
std::string difference(const Judge& judge, const Policy& policy, std::span<const FrameView> frames,
                       const Findings& expected, const Findings& found) {
  for (size_t i = 0; i < found.verdicts.size(); ++i) {
    if (found.verdicts[i] == expected.verdicts[i]) continue;
    const Judgement by_policy = judge_frame(policy, bytes_of(frames[i]));
    // The policy accepts it and yet it must not arrive: somebody else's doing.
    const std::string why = by_policy.verdict == expected.verdicts[i] ? describe_judgement(policy, by_policy)
                                                                      : "the stack drops it, whatever the policy says";
    return fmt::format("{} says {}, the oracle {}: {}", judge.name(), verdict_name(found.verdicts[i]),
                       verdict_name(expected.verdicts[i]), why);
  }
  for (size_t i = 0; i < found.hits.size(); ++i) {
    if (found.hits[i] == expected.hits[i]) continue;
    return fmt::format("{} counts {} times, the oracle {}: {}", judge.name(), found.hits[i], expected.hits[i],
                       describe_judgement(policy, {Verdict::accept, static_cast<int>(i)}));
  }
  if (found.passed == expected.passed) return {};
  return fmt::format("{} lets {} of {} frames pass, the oracle {}", judge.name(), found.passed, frames.size(),
                     expected.passed);
}

Result<std::string> compare(Judge& judge, const Policy& policy, std::span<const FrameView> frames) {
  Findings found;
  FWBENCH_TRY(judge.judge(frames, found));
  return difference(judge, policy, frames, oracle_findings(judge, policy, frames), found);
}

/// A frame that makes the counters differ, by halving a batch in which they do; nothing when it cannot be repeated.
Result<std::optional<size_t>> locate(Judge& judge, const Policy& policy, std::span<const FrameView> frames) {
  size_t first = 0;
  size_t count = frames.size();
  while (count > 1) {
    const size_t half = count / 2;
    const auto left = compare(judge, policy, frames.subspan(first, half));
    if (!left) return tl::unexpected(left.error());
    if (left->empty()) {
      first += half;
      count -= half;
    } else {
      count = half;
    }
  }
  const auto one = compare(judge, policy, frames.subspan(first, 1));
  if (!one) return tl::unexpected(one.error());
  if (one->empty()) return std::optional<size_t>{};
  return std::optional<size_t>{first};
}

}  // namespace

Result<std::string> compare_one(Judge& judge, const Policy& policy, const FrameView& frame) {
  if (!judge.excludes(frame).empty()) return std::string{};
  return compare(judge, policy, {&frame, 1});
}

Result<std::optional<Disagreement>> compare_batch(Judge& judge, const Policy& policy, std::span<const FrameView> frames,
                                                  JudgeTotals& totals) {
  std::vector<FrameView> asked;
  std::vector<size_t> indices;
  asked.reserve(frames.size());
  indices.reserve(frames.size());
  for (size_t i = 0; i < frames.size(); ++i) {
    if (const std::string_view reason = judge.excludes(frames[i]); !reason.empty()) {
      ++totals.excluded[std::string(reason)];
      continue;
    }
    asked.push_back(frames[i]);
    indices.push_back(i);
  }
  totals.asked += asked.size();
  Findings found;
  FWBENCH_TRY(judge.judge(asked, found));
  const Findings expected = oracle_findings(judge, policy, asked);

  std::optional<size_t> wrong;
  for (size_t i = 0; i < found.verdicts.size(); ++i) {
    if (found.verdicts[i] == expected.verdicts[i]) continue;
    ++totals.mismatches;
    if (!wrong) wrong = i;
  }
  for (size_t i = 0; i < found.hits.size(); ++i) {
    ++totals.counters;
    totals.counter_mismatches += found.hits[i] == expected.hits[i] ? 0 : 1;
  }
  std::string description = difference(judge, policy, asked, expected, found);
  if (description.empty()) return std::optional<Disagreement>{};
  if (!wrong) {
    const auto located = locate(judge, policy, asked);
    if (!located) return tl::unexpected(located.error());
    wrong = *located;
    // A judge that only counts, and lets another number pass than the oracle: one frame at least.
    if (found.verdicts.empty() && found.passed != expected.passed) {
      totals.mismatches += std::max(found.passed, expected.passed) - std::min(found.passed, expected.passed);
    }
  }
  if (!wrong) return std::optional<Disagreement>{{0, false, std::move(description)}};
  const auto alone = compare(judge, policy, {&asked[*wrong], 1});
  if (!alone) return tl::unexpected(alone.error());
  if (!alone->empty()) description = *alone;
  return std::optional<Disagreement>{{indices[*wrong], !alone->empty(), std::move(description)}};
}

}  // namespace fwbench::verify
