// SPDX-License-Identifier: BSD-2-Clause
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/units.h"
#include "replay/replay.h"
#include "report/grid.h"

namespace fwbench {
namespace {

using Json = nlohmann::ordered_json;

/// More files than that: only those of note have rows, the others are in the sums.
constexpr size_t kRowsOfAll = 40;

bool is_of_note(const DutReplay& dut) {
  return dut.end == ReplayEnd::wrong || dut.end == ReplayEnd::unproven;
}

Tone tone_of(ReplayEnd end) {
  switch (end) {
    case ReplayEnd::exact:
      return Tone::good;
    case ReplayEnd::wrong:
      return Tone::bad;
    case ReplayEnd::unproven:
    case ReplayEnd::failed:
      return Tone::warning;
    case ReplayEnd::empty:
    case ReplayEnd::left_out:
      return Tone::dim;
  }
  return Tone::plain;
}

std::string timing_text(const std::optional<ReplayTiming>& timing) {
  if (!timing) return "-";
  return fmt::format("{}/{}/{}", format_duration(timing->p50_ns), format_duration(timing->p99_ns),
                     format_duration(timing->max_ns));
}

std::vector<Cell> row_of(const std::string& name, const FileReplay& file, const DutReplay& dut) {
  const Delivery& d = dut.delivery;
  const uint64_t skipped = file.capture.skipped() + total(dut.left_out);
  std::vector<Cell> row = {{name},
                           {dut.dut},
                           {grouped(file.capture.records)},
                           {skipped == 0 ? "" : grouped(skipped)},
                           {grouped(dut.ledger.planned)},
                           {grouped(d.passed)},
                           {grouped(d.dropped)},
                           {d.open == 0 ? "" : grouped(d.open)}};
  for (const uint64_t count : {d.missing, d.leaked, d.changed, d.extra, d.reordered}) {
    row.push_back({grouped(count), count == 0 ? Tone::plain : Tone::bad});
  }
  row.push_back({fmt::format("{}", dut.ledger.unaccounted), dut.ledger.unaccounted == 0 ? Tone::plain : Tone::bad});
  row.push_back({dut.rate_pps > 0 ? format_count(static_cast<uint64_t>(dut.rate_pps)) : "-"});
  row.push_back({timing_text(dut.timing)});
  row.push_back({std::string(end_name(dut.end)), tone_of(dut.end)});
  return row;
}

const std::vector<std::string> kHeader = {
    "capture", "dut",     "packets", "skipped",   "sent",        "passed", "dropped",          "open",   "missing",
    "leaked",  "changed", "extra",   "reordered", "unaccounted", "pps",    "late p50/p99/max", "outcome"};

/// The sums of one DUT over all files.
struct Sums {
  DutReplay dut;
  FileReplay all;
  size_t files = 0;
  std::map<std::string, size_t> ends;
  size_t slowed = 0;
};

void add_to(Delivery& sum, const Delivery& d) {
  sum.expect_pass += d.expect_pass;
  sum.passed += d.passed;
  sum.expect_drop += d.expect_drop;
  sum.dropped += d.dropped;
  sum.open += d.open;
  sum.open_passed += d.open_passed;
  sum.missing += d.missing;
  sum.leaked += d.leaked;
  sum.changed += d.changed;
  sum.extra += d.extra;
  sum.reordered += d.reordered;
}

std::map<std::string, Sums> sum_up(const ReplayReport& report) {
  std::map<std::string, Sums> by_dut;
  for (const FileReplay& file : report.files) {
    for (const DutReplay& dut : file.duts) {
      Sums& sums = by_dut[dut.dut];
      sums.dut.dut = dut.dut;
      ++sums.files;
      ++sums.ends[file.refused.empty() ? std::string(end_name(dut.end)) : "refused"];
      sums.all.capture.records += file.capture.records;
      for (size_t i = 0; i < kCaptureFaults; ++i) {
        sums.all.capture.faults[i].skipped += file.capture.faults[i].skipped;
        sums.all.capture.faults[i].padded += file.capture.faults[i].padded;
        sums.all.capture.faults[i].cut += file.capture.faults[i].cut;
      }
      sums.all.capture.backwards += file.capture.backwards;
      for (const auto& [reason, count] : dut.left_out) sums.dut.left_out[reason] += count;
      for (const auto& [reason, count] : dut.open) sums.dut.open[reason] += count;
      sums.dut.ledger.planned += dut.ledger.planned;
      sums.dut.ledger.unaccounted += dut.ledger.unaccounted;
      add_to(sums.dut.delivery, dut.delivery);
      sums.dut.seconds += dut.seconds;
      if (dut.slowed_pps != 0) ++sums.slowed;
    }
  }
  return by_dut;
}

std::string sums_text(const Sums& sums) {
  std::vector<std::string> ends;
  for (const auto& [end, count] : sums.ends) ends.push_back(fmt::format("{} {}", count, end));
  std::string text =
      fmt::format("{}: {} captures: {}; {:.1f} s\n", sums.dut.dut, sums.files, fmt::join(ends, ", "), sums.dut.seconds);
  for (size_t i = 0; i < kCaptureFaults; ++i) {
    const CaptureFaultCount& count = sums.all.capture.faults[i];
    const std::string_view name = fault_name(static_cast<CaptureFault>(i));
    if (count.skipped != 0) text += fmt::format("{:>12} skipped: {}\n", grouped(count.skipped), name);
    if (count.padded != 0) text += fmt::format("{:>12} padded: {}\n", grouped(count.padded), name);
    if (count.cut != 0) text += fmt::format("{:>12} sent as captured: {}\n", grouped(count.cut), name);
  }
  if (sums.all.capture.backwards != 0) {
    text += fmt::format("{:>12} older than the packet before them: time stood still\n",
                        grouped(sums.all.capture.backwards));
  }
  if (sums.slowed != 0)
    text += fmt::format("{:>12} captures repeated slower: packets were lost flat out\n", sums.slowed);
  for (const auto& [reason, count] : sums.dut.left_out)
    text += fmt::format("{:>12} not sent: {}\n", grouped(count), reason);
  for (const auto& [reason, count] : sums.dut.open) {
    text += fmt::format("{:>12} sent, either verdict right: {}\n", grouped(count), reason);
  }
  return text;
}

/// Many files that cannot be read, by reason.
std::string refusals_of(const ReplayReport& report) {
  std::map<std::string, std::pair<size_t, std::string>> by_reason;
  for (const FileReplay& file : report.files) {
    if (file.refused.empty()) continue;
    const std::string quoted = fmt::format("'{}' ", printable(file.file));
    const bool is_named = file.refused.starts_with(quoted);
    auto& [count, first] = by_reason[is_named ? file.refused.substr(quoted.size()) : file.refused];
    if (count++ == 0) first = printable(std::filesystem::path(file.file).filename().string());
  }
  std::string text;
  for (const auto& [reason, files] : by_reason) {
    text +=
        fmt::format("{:>12} refused: {} (first: {})\n", files.first, reason.substr(0, reason.find('\n')), files.second);
  }
  return text;
}

std::string notes_of(const FileReplay& file, const std::string& name) {
  std::string text;
  if (!file.refused.empty()) return fmt::format("{}\n", file.refused);
  for (size_t i = 0; i < kCaptureFaults; ++i) {
    const CaptureFaultCount& count = file.capture.faults[i];
    if (count.skipped + count.padded + count.cut == 0) continue;
    text += fmt::format("{}: {} {}: {}; first packet {} at offset {} ({})\n", name,
                        count.skipped + count.padded + count.cut,
                        count.padded != 0 ? "padded"
                        : count.cut != 0  ? "sent as captured"
                                          : "skipped",
                        fault_name(static_cast<CaptureFault>(i)), count.number, count.file_offset, count.detail);
  }
  if (file.capture.has_made_headers) {
    text += fmt::format("{}: packets of link type {} were given an Ethernet header\n", name, file.capture.link_type);
  }
  return text;
}

std::string notes_of(const DutReplay& dut, const std::string& name) {
  std::string text;
  if (dut.macs_mapped) text += fmt::format("{}: {}: MAC addresses were mapped to the lab's\n", name, dut.dut);
  if (dut.slowed_pps != 0) {
    text += fmt::format("{}: {}: packets were lost flat out; repeated at {}pps\n", name, dut.dut,
                        format_count(dut.slowed_pps));
  }
  if (dut.timing) {
    text += fmt::format("{}: {}: drift {} ns over {} packets; {:.1f} % of the CPUs' time stolen by the hypervisor\n",
                        name, dut.dut, dut.timing->drift_ns, dut.timing->n, dut.steal_share.value_or(0) * 100);
  }
  if (!dut.reason.empty()) text += fmt::format("{}: {}: {}\n", name, dut.dut, dut.reason);
  if (dut.end == ReplayEnd::unproven) {
    const Ledger& l = dut.ledger;
    text += fmt::format(
        "{}: {}: what is missing proves nothing: lost in the ring {}, in AF_XDP rings {}, at egress {}, at the far end "
        "{}; aborted {}, unaccounted {}\n",
        name, dut.dut, l.lost_ring, l.lost_xsk, l.lost_egress, dut.unkept, l.aborted, l.unaccounted);
  }
  for (const std::string& deviation : dut.deviations) text += fmt::format("{}: {}: {}\n", name, dut.dut, deviation);
  if (!dut.command.empty()) text += fmt::format("  repeat with: {}\n", dut.command);
  return text;
}

Json to_json(const Ledger& l) {
  return {{"planned", l.planned},
          {"accepted", l.accepted},
          {"refused", l.refused},
          {"seen", l.seen},
          {"passed", l.passed},
          {"dropped_by_rule", l.dropped_by_rule},
          {"dropped_by_stack", l.dropped_by_stack},
          {"aborted", l.aborted},
          {"lost_ring", l.lost_ring},
          {"lost_xsk", l.lost_xsk},
          {"lost_egress", l.lost_egress},
          {"arrived", l.arrived},
          {"unaccounted", l.unaccounted}};
}

Json to_json(const Delivery& d) {
  return {
      {"expect_pass", d.expect_pass}, {"passed", d.passed}, {"missing", d.missing},    {"expect_drop", d.expect_drop},
      {"dropped", d.dropped},         {"leaked", d.leaked}, {"open", d.open},          {"open_passed", d.open_passed},
      {"changed", d.changed},         {"extra", d.extra},   {"reordered", d.reordered}};
}

Json to_json(const Capture& capture) {
  Json faults = Json::array();
  for (size_t i = 0; i < kCaptureFaults; ++i) {
    const CaptureFaultCount& count = capture.faults[i];
    if (count.skipped + count.padded + count.cut == 0) continue;
    faults.push_back({{"fault", fault_name(static_cast<CaptureFault>(i))},
                      {"skipped", count.skipped},
                      {"padded", count.padded},
                      {"cut", count.cut},
                      {"first_packet", count.number},
                      {"first_offset", count.file_offset},
                      {"detail", count.detail}});
  }
  return {{"link_type", capture.link_type},
          {"packets", capture.records},
          {"made_headers", capture.has_made_headers},
          {"backwards", capture.backwards},
          {"faults", faults}};
}

Json to_json(const DutReplay& dut) {
  Json json = {{"dut", dut.dut}, {"outcome", end_name(dut.end)}};
  if (!dut.reason.empty()) json["reason"] = dut.reason;
  json["macs_mapped"] = dut.macs_mapped;
  json["left_out"] = dut.left_out;
  json["open"] = dut.open;
  json["delivery"] = to_json(dut.delivery);
  json["ledger"] = to_json(dut.ledger);
  json["lost_at_far_end"] = dut.unkept;
  json["seconds"] = dut.seconds;
  json["pps"] = dut.rate_pps;
  if (dut.slowed_pps != 0) json["slowed_pps"] = dut.slowed_pps;
  if (dut.timing) {
    json["timing_error_ns"] = {{"n", dut.timing->n},
                               {"p50", dut.timing->p50_ns},
                               {"p99", dut.timing->p99_ns},
                               {"max", dut.timing->max_ns},
                               {"drift", dut.timing->drift_ns}};
  }
  if (dut.steal_share) json["steal_share"] = *dut.steal_share;
  if (!dut.deviations.empty()) json["deviations"] = dut.deviations;
  if (!dut.command.empty()) json["command"] = dut.command;
  return json;
}

}  // namespace

std::string_view end_name(ReplayEnd end) {
  switch (end) {
    case ReplayEnd::exact:
      return "exact";
    case ReplayEnd::wrong:
      return "wrong";
    case ReplayEnd::unproven:
      return "unproven";
    case ReplayEnd::empty:
      return "nothing to send";
    case ReplayEnd::left_out:
      return "left out";
    case ReplayEnd::failed:
      return "failed";
  }
  return "";
}

std::string render_replay(const ReplayReport& report, bool color) {
  const bool all = report.files.size() <= kRowsOfAll;
  Grid grid = {.header = kHeader, .rows = {}};
  std::string notes;
  for (const FileReplay& file : report.files) {
    const std::string name = printable(std::filesystem::path(file.file).filename().string());
    if (all) notes += notes_of(file, name);
    for (const DutReplay& dut : file.duts) {
      if (!file.refused.empty()) continue;
      if (all || is_of_note(dut)) grid.rows.push_back(row_of(name, file, dut));
      if (all || is_of_note(dut) || dut.end == ReplayEnd::failed) notes += notes_of(dut, name);
    }
  }
  if (!all) notes += refusals_of(report);
  std::string sums;
  for (const auto& [name, sum] : sum_up(report)) {
    if (!all) grid.rows.push_back(row_of("all", sum.all, sum.dut));
    if (!all) grid.rows.back().back() = {sum.ends.size() == 1 ? sum.ends.begin()->first : "see below"};
    sums += sums_text(sum);
  }
  return fmt::format("policy {}, speed {}, {} pass{}\n\n{}\n{}{}{}{:.1f} s in all\n", report.policy, report.speed,
                     report.loop, report.loop == 1 ? "" : "es", render_text(grid, color), notes,
                     notes.empty() ? "" : "\n", sums, report.seconds);
}

std::string replay_to_json(const ReplayReport& report) {
  Json files = Json::array();
  for (const FileReplay& file : report.files) {
    Json one = {{"file", printable(file.file)}};
    if (!file.refused.empty()) {
      one["refused"] = printable(file.refused);
    } else {
      one["capture"] = to_json(file.capture);
      Json duts = Json::array();
      for (const DutReplay& dut : file.duts) duts.push_back(to_json(dut));
      one["duts"] = duts;
    }
    files.push_back(one);
  }
  const Json json = {{"policy", report.policy},
                     {"speed", report.speed},
                     {"loop", report.loop},
                     {"seconds", report.seconds},
                     {"files", files}};
  return json.dump(2);
}

}  // namespace fwbench
