// SPDX-License-Identifier: BSD-2-Clause
#include "report/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "record/record_json.h"
#include "record/statistics.h"
#include "report/caption.h"
#include "report/delay_table.h"
#include "report/gate_table.h"
#include "report/grid.h"
#include "report/load_table.h"
#include "report/ratio_table.h"
#include "report/search_table.h"
#include "report/swap_table.h"
#include "report/table_rows.h"
#include "report/threshold_table.h"
#include "report/values.h"

namespace fwbench {
namespace {

const Cell kInvalid{"invalid", Tone::bad};

// ---- cells ---------------------------------------------------------------------------------------------------------

bool has_trial(const Record& record, const TableRow& row, TrialPurpose purpose) {
  return std::any_of(record.trials.begin(), record.trials.end(),
                     [&](const Trial& trial) { return row.has(trial) && trial.purpose == purpose; });
}

bool has_invalid_trial(const Record& record, const TableRow& row, bool only_unbalanced) {
  return std::any_of(record.trials.begin(), record.trials.end(), [&](const Trial& trial) {
    return row.has(trial) && !trial.valid && (!only_unbalanced || trial.ledger.unaccounted != 0);
  });
}

/// "-" when it was never tried, "invalid" when it was, in vain.
Cell missing(const Record& record, const TableRow& row, TrialPurpose purpose) {
  return has_trial(record, row, purpose) ? kInvalid : absent_cell();
}

Cell mrr_cell(const Record& record, const TableRow& row) {
  if (!row.measures.mrr_pps) return missing(record, row, TrialPurpose::mrr);
  const Interval95& mrr = *row.measures.mrr_pps;
  // "lower bound": the instrument is hardly faster.
  const char* const at_least = row.measures.lower_bound.value_or(false) ? ">=" : "";
  Cell cell = {at_least + format_mpps(mrr.median)};
  if (mrr.n >= kMinRounds) cell.text += fmt::format(" [{} {}]", format_mpps(mrr.low), format_mpps(mrr.high));
  if (has_invalid_trial(record, row, /*only_unbalanced=*/false)) cell.tone = Tone::bad;
  return cell;
}

Cell ratio_cell(const std::optional<Interval95>& ratio) {
  return ratio ? Cell{fmt::format("{:.3f}", ratio->median)} : absent_cell();
}

Cell time_cell(const Measures& summary) {
  if (summary.service_ns) return {fmt::format("{:+.1f}", summary.service_ns->median)};
  // A DUT that has a null reference but was not paired with it: its total would be read as a service time.
  if (!summary.null_dut.empty() || !summary.packet_ns) return absent_cell();
  return {fmt::format("{:.1f} total", *summary.packet_ns)};
}

Cell delay_cell(const Record& record, const TableRow& row) {
  if (!row.measures.delay_load) return missing(record, row, TrialPurpose::delay_load);
  const DelayStats& delay = *row.measures.delay_load;
  if (delay.n == 0) return absent_cell();
  return {fmt::format("{}/{}/{}", format_percentile_us(delay.p50, 0.5, delay.n),
                      format_percentile_us(delay.p99, 0.99, delay.n),
                      format_percentile_us(delay.p999, 0.999, delay.n))};
}

Cell unaccounted_cell(const Record& record, const TableRow& row) {
  const Ledger& ledger = row.measures.ledger;
  if (has_invalid_trial(record, row, /*only_unbalanced=*/true)) return kInvalid;
  if (ledger.planned == 0) return absent_cell();
  return {std::to_string(ledger.unaccounted), ledger.unaccounted == 0 ? Tone::good : Tone::bad};
}

// ---- grids ---------------------------------------------------------------------------------------------------------

/// The case in a column of its own: the swept key's value, or the label when there are several keys.
Cell case_cell(const Record& record, const SweepCase& one) {
  const auto& keys = record.sweep->keys;
  const auto value = keys.size() == 1 ? one.values.find(keys.front()) : one.values.end();
  return {printable(value == one.values.end() ? one.label : value->second)};
}

std::vector<std::string> main_header(const Record& record, bool with_delay) {
  std::vector<std::string> header = {"dut"};
  const auto append = [&](std::initializer_list<std::string> more) { header.insert(header.end(), more); };
  if (record.sweep) append({record.sweep->keys.size() == 1 ? printable(record.sweep->keys.front()) : "case"});
  if (has_load(record)) {
    const auto load = load_header(record);
    header.insert(header.end(), load.begin(), load.end());
    append({"false drop", "false pass", "unaccounted"});
    return header;
  }
  append({fewest_rounds(record) >= kMinRounds95 ? "MRR Mpps [95% CI]" : "MRR Mpps [range]", "vs null", "ns/pkt"});
  if (record.sweep) append({"vs ref"});
  if (with_delay) append({"delay p50/p99/p99.9 us"});
  append({"false drop", "false pass", "unaccounted"});
  return header;
}

Grid main_grid(const Record& record) {
  const std::vector<TableRow> rows = rows_of(record);
  // A sweep mostly leaves the delay out, and has columns of its own to show.
  const bool with_delay = !record.sweep || std::any_of(rows.begin(), rows.end(), [&](const TableRow& row) {
    return has_trial(record, row, TrialPurpose::delay_load);
  });
  Grid grid{main_header(record, with_delay), {}};
  for (const TableRow& row : rows) {
    std::vector<Cell> cells = {{printable(row.dut)}};
    if (row.of_case != nullptr) cells.push_back(case_cell(record, *row.of_case));
    if (has_load(record)) {
      for (Cell& cell : load_cells(row.measures)) cells.push_back(std::move(cell));
    } else {
      cells.push_back(mrr_cell(record, row));
      cells.push_back(ratio_cell(row.measures.vs_null));
      cells.push_back(time_cell(row.measures));
      if (record.sweep) cells.push_back(ratio_cell(row.vs_reference));
      if (with_delay) cells.push_back(delay_cell(record, row));
    }
    const VerdictCounts& verdicts = row.measures.verdicts;
    cells.push_back(wrong_cell(verdicts.false_drop, verdicts.expect_pass));
    cells.push_back(wrong_cell(verdicts.false_pass, verdicts.expect_drop));
    cells.push_back(unaccounted_cell(record, row));
    grid.rows.push_back(std::move(cells));
  }
  return grid;
}

Grid verdict_grid(const Record& record) {
  Grid grid{{"dut", "judged packets", "to pass", "passed", "false drop", "to drop", "dropped", "false pass"}, {}};
  for (const std::string& dut : record.duts) {
    const VerdictCounts& v = summary_of(record, dut).verdicts;
    if (v.expect_pass + v.expect_drop == 0) continue;
    grid.rows.push_back({{printable(dut)},
                         {grouped(v.expect_pass + v.expect_drop)},
                         {grouped(v.expect_pass)},
                         {grouped(v.passed)},
                         wrong_cell(v.false_drop, v.expect_pass),
                         {grouped(v.expect_drop)},
                         {grouped(v.dropped)},
                         wrong_cell(v.false_pass, v.expect_drop)});
  }
  return grid;
}

Grid ledger_grid(const Record& record) {
  Grid grid{{"dut", "planned", "refused", "lost ring", "lost xsk", "dropped by rule", "by stack", "aborted",
             "lost egress", "arrived", "foreign", "unaccounted"},
            {}};
  for (const std::string& dut : record.duts) {
    const Ledger& l = summary_of(record, dut).ledger;
    if (l.planned == 0) continue;
    std::vector<Cell> row = {{printable(dut)}};
    for (const uint64_t count : {l.planned, l.refused, l.lost_ring, l.lost_xsk, l.dropped_by_rule, l.dropped_by_stack,
                                 l.aborted, l.lost_egress, l.arrived, l.foreign}) {
      row.push_back({grouped(count)});
    }
    row.push_back(unaccounted_cell(record, {.dut = dut, .measures = summary_of(record, dut)}));
    grid.rows.push_back(std::move(row));
  }
  return grid;
}

// ---- words ---------------------------------------------------------------------------------------------------------

/// "xdp", or "xdp policy.rules=10" in a sweep.
std::string subject(const Trial& trial) {
  return printable(trial.traffic_case.empty() ? trial.dut : trial.dut + " " + trial.traffic_case);
}

struct Line {
  std::string text;
  Tone tone = Tone::plain;
};

std::vector<Line> status_lines(const Record& record) {
  std::vector<Line> lines;
  if (!record.complete) lines.push_back({"INCOMPLETE: the run did not reach its end; trials are missing", Tone::bad});
  const auto invalid =
      std::count_if(record.trials.begin(), record.trials.end(), [](const Trial& t) { return !t.valid; });
  if (invalid > 0 || !record.valid) {
    lines.push_back(
        {fmt::format("INVALID: {} of {} trials; their numbers count nowhere", invalid, record.trials.size()),
         Tone::bad});
  }
  for (const Trial& trial : record.trials) {
    if (trial.valid) continue;
    lines.push_back({fmt::format("  {} {} round {}: {}", subject(trial), purpose_name(trial.purpose), trial.round,
                                 printable(trial.invalid_reason)),
                     Tone::bad});
  }
  return lines;
}

std::vector<Line> skipped_lines(const Record& record) {
  std::vector<Line> lines;
  for (const std::string& dut : record.duts) {
    const auto& skipped = summary_of(record, dut).skipped;
    if (skipped) lines.push_back({fmt::format("left out: {}: {}", printable(dut), printable(*skipped))});
  }
  return lines;
}

std::vector<Line> mismatch_lines(const Record& record) {
  constexpr size_t kShown = 10;
  std::vector<Line> lines;
  size_t found = 0;
  for (const Trial& trial : record.trials) {
    for (const Mismatch& m : trial.mismatches) {
      if (++found > kShown) continue;
      lines.push_back({fmt::format("wrong verdict: {} frame {} ({}): expected {}, {}", subject(trial), m.frame_index,
                                   printable(m.traffic_class), printable(m.expected), printable(m.got)),
                       Tone::bad});
      lines.push_back({"  " + printable(m.frame_summary)});
      lines.push_back({"  " + printable(m.rule)});
    }
  }
  if (found > kShown) lines.push_back({fmt::format("and {} more wrong frames in record.json", found - kShown)});
  return lines;
}

std::vector<Line> warning_lines(const Record& record) {
  std::vector<Line> lines;
  for (const Warning& warning : record.warnings) {
    lines.push_back({fmt::format("warning: {} [{}]", printable(warning.text), printable(warning.id)), Tone::warning});
    if (!warning.advice.empty()) lines.push_back({"  advice: " + printable(warning.advice)});
  }
  return lines;
}

constexpr const char* kMainNote =
    "ns/pkt: service time beyond the null DUT's; \"total\" where there is none: generator, DUT and sink. delay: "
    "loaded.";
std::string main_note(const Record& record) {
  if (has_load(record)) return load_note();
  const std::vector<TableRow> rows = rows_of(record);
  const bool bounds = std::any_of(rows.begin(), rows.end(),
                                  [](const TableRow& row) { return row.measures.lower_bound.value_or(false); });
  const std::string note = bounds ? fmt::format("{}\n>=: a lower bound: the null device is at most {} times as fast.",
                                                kMainNote, kEnoughHeadroom)
                                  : kMainNote;
  if (!record.sweep) return note;
  return fmt::format("{}\nvs ref: rate by the DUT's own in case {}, round by round, then the median.", note,
                     printable(record.sweep->reference));
}

constexpr const char* kRatioTitle = "Ratios of firewalls, round by round, beside published ones";
constexpr const char* kGateTitle = "Gate: head against base, in pairs of one run";
constexpr const char* kThresholdTitle = "Thresholds: decided by the whole interval where there is one";
constexpr const char* kVerdictTitle =
    "Verdicts against the policy's oracle (false drops judged only where nothing was lost)";
constexpr const char* kLedgerTitle = "Ledger of the correctness and MRR trials, frames";

std::string join(const std::vector<Line>& lines, bool color) {
  std::string out;
  for (const Line& line : lines) out += colored(line.text, line.tone, color) + "\n";
  return out.empty() ? out : "\n" + out;
}

std::string titled(const char* title, const Grid& grid, bool color) {
  return grid.rows.empty() ? std::string() : fmt::format("\n{}\n{}", title, render_text(grid, color));
}

std::string markdown_section(const char* title, const Grid& grid) {
  return grid.rows.empty() ? std::string() : fmt::format("\n## {}\n\n{}", title, render_markdown(grid));
}

std::string ratio_text(const Record& record, bool color) {
  std::string out = titled(kRatioTitle, ratio_grid(record), color);
  for (const std::string& note : ratio_notes(record)) out += colored(note, Tone::dim, color) + "\n";
  return out;
}

std::string ratio_markdown(const Record& record) {
  std::string out = markdown_section(kRatioTitle, ratio_grid(record));
  for (const std::string& note : ratio_notes(record)) out += "\n" + markdown_text(note) + "  ";
  return out.empty() ? out : out + "\n";
}

std::string gate_markdown(const Record& record) {
  if (!record.gate) return "";
  std::string out = fmt::format("\n## {}\n\n**{}**\n", kGateTitle, markdown_text(gate_headline(*record.gate)));
  if (const Grid grid = gate_grid(record); !grid.rows.empty()) out += "\n" + render_markdown(grid);
  for (const std::string& note : gate_notes(*record.gate)) out += "\n" + markdown_text(note) + "  ";
  return out + "\n";
}

std::string knee_section(const Record& record, bool color) {
  std::string out;
  for (const std::string& line : knee_lines(record)) out += line + "\n";
  return out.empty() ? out : "\n" + colored(kKneeTitle, Tone::plain, color) + "\n" + out;
}

std::string knee_markdown(const Record& record) {
  std::string out;
  for (const std::string& line : knee_lines(record)) out += "- " + markdown_text(line) + "\n";
  return out.empty() ? out : fmt::format("\n## {}\n\n{}", kKneeTitle, out);
}

/// As a code block: the lines are made for reading one below the other.
std::string markdown_lines(const char* title, const std::vector<Line>& lines) {
  if (lines.empty()) return "";
  std::string out = fmt::format("\n## {}\n\n", title);
  for (const Line& line : lines) out += "    " + line.text + "\n";
  return out;
}

}  // namespace

std::string render_table(const Record& record, bool color) {
  std::string out = title_line(record) + "\n";
  for (const std::string& line : caption_lines(record)) out += colored(line, Tone::dim, color) + "\n";
  out += "\n" + render_text(main_grid(record), color);
  out += colored(main_note(record), Tone::dim, color) + "\n";
  out += ratio_text(record, color);
  out += knee_section(record, color);
  out += titled(kLeakTitle, leak_grid(record), color);
  if (record.gate) out += "\n" + render_gate(record, color);
  out += titled(kThresholdTitle, threshold_grid(record), color);
  out += titled(kSearchTitle, search_grid(record), color);
  out += titled(kSearchDelayTitle, search_delay_grid(record), color);
  out += titled(kDelayTitle, delay_grid(record), color);
  out += titled(kSwapTitle, swap_grid(record), color);
  out += titled(kVerdictTitle, verdict_grid(record), color);
  out += join(skipped_lines(record), color);
  out += join(status_lines(record), color);
  out += join(mismatch_lines(record), color);
  out += join(warning_lines(record), color);
  return out;
}

std::string markdown_table(const Record& record) {
  return render_markdown(main_grid(record));
}

std::string markdown_report(const Record& record, const std::vector<std::string>& plots) {
  std::string out = fmt::format("# {}\n\n", markdown_text(title_line(record)));
  for (const std::string& line : caption_lines(record)) out += markdown_text(line) + "  \n";
  out += "\n" + markdown_table(record) + "\n" + markdown_text(main_note(record)) + "\n";
  out += gate_markdown(record);
  out += markdown_section(kThresholdTitle, threshold_grid(record));
  out += markdown_lines("Left out", skipped_lines(record));
  out += markdown_lines("Not valid", status_lines(record));
  out += markdown_lines("Wrong verdicts", mismatch_lines(record));
  out += markdown_lines("Warnings", warning_lines(record));
  for (const std::string& plot : plots) out += fmt::format("\n![{0}]({0}.svg)\n", plot);
  out += ratio_markdown(record);
  out += knee_markdown(record);
  out += markdown_section(kLeakTitle, leak_grid(record));
  out += markdown_section(kClassTitle, class_grid(record));
  out += markdown_section(kSearchTitle, search_grid(record));
  out += markdown_section(kSearchDelayTitle, search_delay_grid(record));
  out += markdown_section(kDelayTitle, delay_grid(record));
  out += markdown_section(kSwapTitle, swap_grid(record));
  out += markdown_section(kVerdictTitle, verdict_grid(record));
  out += markdown_section(kLedgerTitle, ledger_grid(record));
  out += "\nWhat each number means, and does not mean: results/README.md of fwbench. All raw data: record.json.\n";
  return out;
}

}  // namespace fwbench
