// SPDX-License-Identifier: BSD-2-Clause
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "verify/verify.h"

namespace fwbench::verify {
namespace {

std::string counters_text(const JudgeTotals& judge) {
  if (judge.counters == 0) return "-";
  return fmt::format("{} of {}", judge.counters - judge.counter_mismatches, judge.counters);
}

}  // namespace

std::string render_report(const VerifyReport& report) {
  std::string text = fmt::format("{} packets, {} policies with {} rules, seed {}, {:.1f} s\n\n", report.packets,
                                 report.policies, report.rules, report.seed, report.seconds);
  text += fmt::format("{:<8} {:>10} {:>10} {:>10}   {}\n", "judge", "asked", "excluded", "mismatches",
                      "rule counters that agree");
  text += fmt::format("{:<8} {:>10} {:>10} {:>10}   {}\n", "oracle", report.packets, 0, "-", "-");
  for (const JudgeTotals& judge : report.judges) {
    uint64_t excluded = 0;
    for (const auto& [reason, count] : judge.excluded) excluded += count;
    text += fmt::format("{:<8} {:>10} {:>10} {:>10}   {}\n", judge.name, judge.asked, excluded, judge.mismatches,
                        counters_text(judge));
    for (const auto& [reason, count] : judge.excluded) text += fmt::format("{:>30} {}\n", count, reason);
  }
  if (report.policies_refused != 0)
    text += fmt::format("\n{} policies refused by the parser\n", report.policies_refused);
  for (const MismatchReport& mismatch : report.mismatches) {
    text += fmt::format("\n{}\n  {}\n", mismatch.description, mismatch.command);
  }
  return text;
}

std::string report_to_json(const VerifyReport& report) {
  using Json = nlohmann::ordered_json;
  Json judges = Json::array();
  for (const JudgeTotals& judge : report.judges) {
    Json excluded = Json::object();
    for (const auto& [reason, count] : judge.excluded) excluded[std::string(reason)] = count;
    judges.push_back({{"judge", judge.name},
                      {"asked", judge.asked},
                      {"excluded", excluded},
                      {"mismatches", judge.mismatches},
                      {"counters", judge.counters},
                      {"counter_mismatches", judge.counter_mismatches}});
  }
  Json mismatches = Json::array();
  for (const MismatchReport& mismatch : report.mismatches) {
    mismatches.push_back({{"judge", mismatch.judge},
                          {"description", mismatch.description},
                          {"policy", mismatch.policy},
                          {"pcap", mismatch.pcap},
                          {"command", mismatch.command}});
  }
  const Json all = {{"agreed", report.agreed()},   {"seed", report.seed},
                    {"policies", report.policies}, {"policies_refused", report.policies_refused},
                    {"rules", report.rules},       {"packets", report.packets},
                    {"seconds", report.seconds},   {"judges", judges},
                    {"mismatches", mismatches}};
  return all.dump(2);
}

}  // namespace fwbench::verify
