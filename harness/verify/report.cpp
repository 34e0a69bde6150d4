// SPDX-License-Identifier: BSD-2-Clause
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "verify/verify.h"

namespace fwbench::verify {
namespace {

using Json = nlohmann::ordered_json;

std::string counters_text(const JudgeTotals& judge) {
  if (judge.counters == 0) return "-";
  return fmt::format("{} of {}", judge.counters - judge.counter_mismatches, judge.counters);
}

uint64_t total(const Exclusions& excluded) {
  uint64_t frames = 0;
  for (const auto& [reason, count] : excluded) frames += count;
  return frames;
}

size_t name_width(const VerifyReport& report) {
  size_t width = 8;
  for (const JudgeTotals& judge : report.judges) width = std::max(width, judge.name.size());
  return width;
}

Json to_json(const Exclusions& excluded) {
  Json object = Json::object();
  for (const auto& [reason, count] : excluded) object[reason] = count;
  return object;
}

}  // namespace

std::string render_report(const VerifyReport& report) {
  std::string text = fmt::format("{} packets, {} policies with {} rules, seed {}, {:.1f} s\n\n", report.packets,
                                 report.policies, report.rules, report.seed, report.seconds);
  const size_t width = name_width(report);
  text += fmt::format("{:<{}} {:>10} {:>10} {:>10}   {}\n", "judge", width, "asked", "excluded", "mismatches",
                      "rule counters that agree");
  text += fmt::format("{:<{}} {:>10} {:>10} {:>10}   {}\n", "oracle", width, report.packets - total(report.excluded),
                      total(report.excluded), "-", "-");
  for (const auto& [reason, count] : report.excluded) text += fmt::format("{:>30} {}\n", count, reason);
  for (const JudgeTotals& judge : report.judges) {
    text += fmt::format("{:<{}} {:>10} {:>10} {:>10}   {}\n", judge.name, width, judge.asked, total(judge.excluded),
                        judge.mismatches, counters_text(judge));
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
  Json judges = Json::array();
  for (const JudgeTotals& judge : report.judges) {
    judges.push_back({{"judge", judge.name},
                      {"asked", judge.asked},
                      {"excluded", to_json(judge.excluded)},
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
  const Json all = {{"agreed", report.agreed()},
                    {"seed", report.seed},
                    {"policies", report.policies},
                    {"policies_refused", report.policies_refused},
                    {"rules", report.rules},
                    {"packets", report.packets},
                    {"seconds", report.seconds},
                    {"excluded", to_json(report.excluded)},
                    {"judges", judges},
                    {"mismatches", mismatches}};
  return all.dump(2);
}

}  // namespace fwbench::verify
