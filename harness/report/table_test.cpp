// SPDX-License-Identifier: BSD-2-Clause
#include "report/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "record/sample_record.h"
#include "record/statistics.h"

namespace fwbench {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Round numbers, so that the expected text below can be checked by hand.
Record small_record() {
  Record record;
  record.fwbench_version = "0.1.0";
  record.started_utc = "2026-01-31T12:00:00Z";
  record.scenario_name = "syn_flood";
  record.purpose = "SYN flood";
  record.host = {.kernel = "6.18.0",
                 .machine = "x86_64",
                 .cpu_model = "Some CPU",
                 .clock_source = "tsc",
                 .host_class = "",
                 .cpus = 2,
                 .versions = {}};
  record.complete = true;
  record.duts = {"null-drop", "xdp"};
  for (int round = 0; round < 7; ++round) {
    for (const bool is_null : {true, false}) {
      Trial trial;
      trial.dut = is_null ? "null-drop" : "xdp";
      trial.round = round;
      trial.placement = "shared: all on CPU 0";
      trial.engine = "live";
      trial.window_ns = 1'000'000'000;
      trial.rate_pps = (is_null ? 5e6 : 4e6) + 1e4 * round;
      trial.ledger.planned = 1'000'000;
      if (!is_null) {
        trial.verdicts = {.expect_pass = 50'000, .passed = 50'000, .expect_drop = 950'000, .dropped = 950'000};
      }
      record.trials.push_back(trial);
    }
  }
  Trial delay;
  delay.dut = "xdp";
  delay.purpose = TrialPurpose::delay_load;
  delay.placement = "shared: all on CPU 0";
  delay.engine = "live";
  delay.delay = DelayStats{.p50 = 832,
                           .p90 = 1'100,
                           .p99 = 5'310,
                           .p999 = 12'129,
                           .max = 99'000,
                           .n = 19'999,
                           .sent = 20'000,
                           .load_pps = 2'015'000,
                           .lateness_p99 = 210,
                           .curve = {}};
  record.trials.push_back(delay);
  record.warnings = {{"cpu-steal", "2.1 % of CPU 0 was stolen", "run again"}};
  summarise(record, {{"xdp", "null-drop"}});
  return record;
}

TEST(Table, GoldenText) {
  EXPECT_EQ(render_table(small_record(), false),
            R"(syn_flood: SYN flood
2026-01-31T12:00:00Z, Linux 6.18.0, Some CPU, 2 CPUs, fwbench 0.1.0
MRR: shared: all on CPU 0; TX engine live
delay: shared: all on CPU 0; TX engine live
MRR: median of 7 rounds of 1s; [..] is an order-statistic interval, which covers the true median with 98.4 %

dut          MRR Mpps [95% CI]  vs null       ns/pkt  delay p50/p99/p99.9 us  false drop  false pass  unaccounted
null-drop  5.030 [5.000 5.060]        -  198.8 total                       -           -           -            0
xdp        4.030 [4.000 4.060]    0.801        +49.3         0.832/5.31/12.1           0           0            0
ns/pkt: service time beyond the null DUT's; "total" where there is none: generator, DUT and sink. delay: loaded.

One-way delay of permitted probes, us from the time each was scheduled
dut        load    p50   p90   p99  p99.9   max  generator p99  probes  lost
xdp  2.015 Mpps  0.832  1.10  5.31   12.1  99.0          0.210  20,000     1

Verdicts against the policy's oracle (false drops judged only where nothing was lost)
dut  judged packets  to pass   passed  false drop    to drop    dropped  false pass
xdp       7,000,000  350,000  350,000           0  6,650,000  6,650,000           0

warning: 2.1 % of CPU 0 was stolen [cpu-steal]
  advice: run again
)");
}

size_t widest_line(const std::string& text) {
  size_t widest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, line.size());
  return widest;
}

TEST(Table, FitsATerminalInPlainAscii) {
  Record record = sample_record();
  const std::string usual = render_table(record, false);
  EXPECT_LE(widest_line(usual), 120U) << usual;
  for (const char c : usual) EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << static_cast<int>(c);
  for (auto& [dut, summary] : record.summary) {
    summary.verdicts.false_drop = 123'456;
    summary.verdicts.false_pass = 123'456;
    summary.ledger.unaccounted = -123'456;
    if (summary.delay_load) summary.delay_load->p999 = 9'999'000'000;
  }
  EXPECT_LE(widest_line(render_table(record, false)), 120U);
}

TEST(Table, ASweepHasARowForEachDutAndCase) {
  Record record = sample_sweep_record();
  const std::string text = render_table(record, false);
  EXPECT_LE(widest_line(text), 120U) << text;
  EXPECT_THAT(text, HasSubstr("dut        policy.rules    MRR Mpps [95% CI]  vs null       ns/pkt  vs ref  false drop  "
                              "false pass  unaccounted\n"));
  // 5.2 and 3.9 Mpps x 1.04 in the middle round; 0.8 x 0.75 = 0.6; 0.8 / 0.95; 1 / 3.2448 - 1 / 5.408 us.
  EXPECT_THAT(text, HasSubstr("\nnull-drop         10000  5.408 [5.252 5.564]        -  184.9 total   1.000"));
  EXPECT_THAT(text, HasSubstr("\nxdp               10000  3.245 [3.151 3.338]    0.600       +123.3   0.842"));
  EXPECT_THAT(text, HasSubstr("vs ref: rate by the DUT's own in case policy.rules=10, round by round"));
  record.trials.back().valid = false;
  record.trials.back().invalid_reason = "why not";
  EXPECT_THAT(render_table(record, false), HasSubstr("xdp policy.rules=10000 mrr round 7: why not"));
}

TEST(Table, InvalidTrialsAreNamedNeverNumbers) {
  Record record = small_record();
  for (Trial& trial : record.trials) {
    if (trial.dut != "xdp" || trial.purpose != TrialPurpose::mrr) continue;
    trial.valid = false;
    trial.invalid_reason = "the books do not balance by 5";
    trial.ledger.unaccounted = 5;
  }
  record.valid = false;
  summarise(record, {{"xdp", "null-drop"}});
  const std::string text = render_table(record, false);
  EXPECT_THAT(text, HasSubstr("INVALID: 7 of 15 trials"));
  EXPECT_THAT(text, HasSubstr("  xdp mrr round 3: the books do not balance by 5"));
  EXPECT_THAT(text,
              HasSubstr("\nxdp                    invalid        -            -         0.832/5.31/12.1           -"
                        "           -      invalid\n"));
  EXPECT_THAT(text, Not(HasSubstr("4.03")));
}

TEST(Table, FewRoundsAreNotCalled95PerCent) {
  Record record = small_record();
  std::erase_if(record.trials, [](const Trial& trial) { return trial.round >= 3; });
  summarise(record, {{"xdp", "null-drop"}});
  const std::string text = render_table(record, false);
  EXPECT_THAT(text, HasSubstr("MRR Mpps [range]"));
  EXPECT_THAT(text, Not(HasSubstr("95%")));
  EXPECT_THAT(text, HasSubstr("[..] is the whole range, which covers the true median with 75 %"));
  std::erase_if(record.trials, [](const Trial& trial) { return trial.round >= 1; });
  summarise(record, {{"xdp", "null-drop"}});
  EXPECT_THAT(render_table(record, false), HasSubstr("median of 1 round of 1s; too few for an interval"));
  EXPECT_THAT(render_table(record, false), Not(HasSubstr("[5.000")));
}

TEST(Table, WrongVerdictsAreSaidWithTheirEvidence) {
  Record record = small_record();
  record.trials[1].verdicts.false_pass = 16;
  record.trials[1].mismatches = {
      {812, "attack", "drop", "passed 16 of 16", "edge.nft:41: tcp dport 22 drop", "IPv4 198.18.0.1 > 198.19.0.1", 16}};
  summarise(record, {{"xdp", "null-drop"}});
  const std::string text = render_table(record, false);
  EXPECT_THAT(text, HasSubstr("wrong verdict: xdp frame 812 (attack): expected drop, passed 16 of 16\n"
                              "  IPv4 198.18.0.1 > 198.19.0.1\n  edge.nft:41: tcp dport 22 drop\n"));
  EXPECT_THAT(render_table(record, true), HasSubstr("\x1b[1;31m16\x1b[0m"));
}

TEST(Table, ADutWithoutItsNullShowsNoTotalInItsPlace) {
  Record record = small_record();
  for (Trial& trial : record.trials) {
    if (trial.dut == "null-drop") trial.valid = false;
  }
  summarise(record, {{"xdp", "null-drop"}});
  EXPECT_THAT(markdown_table(record), HasSubstr("| xdp | 4.030 \\[4.000 4.060\\] | - | - |"));
}

TEST(Table, SaysWhenTheRunIsNotComplete) {
  Record record = small_record();
  record.complete = false;
  EXPECT_THAT(render_table(record, false), HasSubstr("INCOMPLETE"));
}

TEST(Table, AnEmptyRecordIsNoCrash) {
  EXPECT_THAT(render_table(Record{}, true), HasSubstr("INCOMPLETE"));
  Record record;
  record.duts = {"xdp"};
  EXPECT_THAT(markdown_table(record), HasSubstr("| xdp | - | - | - | - | - | - | - |"));
}

TEST(Table, TextsOfTheRecordCannotWriteToTheTerminal) {
  Record record = small_record();
  record.purpose = record.duts[0] = record.warnings[0].text = record.trials[1].placement = "\x1b]0;x\x07";
  record.trials[1].valid = false;
  record.trials[1].invalid_reason = "\x1b[2J";
  EXPECT_THAT(render_table(record, false), Not(HasSubstr("\x1b")));
}

TEST(MarkdownReport, HasTableWarningsPlotsAndLedger) {
  const std::string page = markdown_report(sample_record(), {"plots/mrr", "plots/delay"});
  EXPECT_THAT(page, HasSubstr("# syn\\_flood: SYN flood"));
  EXPECT_THAT(page, HasSubstr("| xdp |"));
  EXPECT_THAT(page, HasSubstr("    warning: the hypervisor took 2.1 %"));
  EXPECT_THAT(page, HasSubstr("![plots/mrr](plots/mrr.svg)"));
  EXPECT_THAT(page, HasSubstr("lost xsk"));
}

TEST(Table, NamesWhatWasLeftOutAndTheVersionsOfOthersSoftware) {
  Record record = small_record();
  record.duts.emplace_back("nft");
  record.duts.emplace_back("xdp-filter");
  record.summary["nft"].version = "nftables 1.0.6";
  record.summary["xdp-filter"].skipped = "cannot run this policy: p.nft:7: it has port ranges";
  summarise(record, {{"xdp", "null-drop"}});
  const std::string text = render_table(record, false);
  EXPECT_THAT(text, HasSubstr("DUTs: nft (nftables 1.0.6)\n"));
  EXPECT_THAT(text, HasSubstr("left out: xdp-filter: cannot run this policy: p.nft:7: it has port ranges\n"));
  EXPECT_THAT(markdown_report(record, {}), HasSubstr("## Left out"));
}

}  // namespace
}  // namespace fwbench
