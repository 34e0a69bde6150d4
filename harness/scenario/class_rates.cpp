// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/class_rates.h"

#include <fmt/format.h>

namespace fwbench {
namespace {

/// What is known before anything is worked out.
struct Sums {
  uint64_t rates = 0;
  double shares = 0;
  double weights = 0;  ///< of classes that have neither
  size_t with_rate = 0;
  size_t with_share = 0;
  const TrafficClass* last_rate = nullptr;
  const TrafficClass* last_share = nullptr;
  const TrafficClass* first_weight = nullptr;  ///< that is more than 0
};

Sums add_up(std::span<const std::optional<double>> shares, const TrafficSpec& traffic) {
  Sums sums;
  for (size_t i = 0; i < traffic.classes.size(); ++i) {
    const TrafficClass& c = traffic.classes[i];
    if (c.rate_pps) {
      sums.rates += *c.rate_pps;
      ++sums.with_rate;
      sums.last_rate = &c;
    } else if (shares[i]) {
      sums.shares += *shares[i];
      ++sums.with_share;
      sums.last_share = &c;
    } else if (c.weight > 0) {
      sums.weights += c.weight;
      if (sums.first_weight == nullptr) sums.first_weight = &c;
    }
  }
  return sums;
}

std::string section_of(const TrafficClass* c) {
  return "class." + c->name;
}

std::optional<KeyProblem> problem_of(const Sums& sums, const TrafficSpec& traffic) {
  constexpr double kRounding = 1e-9;
  const bool others = sums.with_share != 0 || sums.first_weight != nullptr;
  if (sums.with_rate != 0 && !others) {
    if (traffic.rate_pps != 0 && traffic.rate_pps != sums.rates) {
      return KeyProblem{
          "traffic", "rate",
          fmt::format("every class has a rate, {} packets/s in all, not {}", sums.rates, traffic.rate_pps),
          "take this line out, or one of the classes' rates"};
    }
    if (sums.rates == 0) {
      return KeyProblem{section_of(sums.last_rate), "rate", "no traffic: the rates of all classes are 0", ""};
    }
  }
  if (sums.with_rate != 0 && others && traffic.rate_pps == 0) {
    const TrafficClass* const without = sums.first_weight != nullptr ? sums.first_weight : sums.last_share;
    return KeyProblem{section_of(sums.last_rate), "rate",
                      fmt::format("class '{}' has no rate, and [traffic] has none that it could share", without->name),
                      "give it a rate, or [traffic] one for all classes together"};
  }
  if (sums.with_rate != 0 && others && sums.rates >= traffic.rate_pps) {
    return KeyProblem{
        "traffic", "rate",
        fmt::format("{} packets/s in all, and classes with a rate take {} of them", traffic.rate_pps, sums.rates),
        "nothing is left for the others"};
  }
  if (sums.shares > 1 + kRounding) {
    return KeyProblem{section_of(sums.last_share), "share",
                      fmt::format("the shares of all classes come to {:g}", sums.shares), "1 is all of the load"};
  }
  const bool has_rest = sums.shares < 1 - kRounding && (sums.with_rate == 0 || others);
  if (sums.with_share != 0 && has_rest && sums.first_weight == nullptr) {
    return KeyProblem{
        section_of(sums.last_share), "share",
        fmt::format("the shares of all classes come to {:g}, and no other class takes the rest", sums.shares),
        "make it 1, or add a class with a weight"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<KeyProblem> resolve_rates(std::span<const std::optional<double>> shares, TrafficSpec& traffic) {
  const Sums sums = add_up(shares, traffic);
  if (sums.with_rate == 0 && sums.with_share == 0) return std::nullopt;
  if (auto problem = problem_of(sums, traffic)) return problem;
  if (traffic.rate_pps == 0) traffic.rate_pps = sums.rates;
  const double fixed =
      traffic.rate_pps == 0 ? 0 : static_cast<double>(sums.rates) / static_cast<double>(traffic.rate_pps);
  // Shares and weights are of what the rates leave.
  for (size_t i = 0; i < traffic.classes.size(); ++i) {
    TrafficClass& c = traffic.classes[i];
    if (c.rate_pps) {
      c.weight = static_cast<double>(*c.rate_pps) / static_cast<double>(traffic.rate_pps);
    } else if (shares[i]) {
      c.weight = (1 - fixed) * *shares[i];
    } else if (sums.weights > 0) {
      c.weight = (1 - fixed) * std::max(1 - sums.shares, 0.0) * c.weight / sums.weights;
    }
  }
  return std::nullopt;
}

}  // namespace fwbench
