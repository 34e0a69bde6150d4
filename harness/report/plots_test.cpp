// SPDX-License-Identifier: BSD-2-Clause
#include "report/plots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <limits>

#include "core/file.h"
#include "record/sample_record.h"
#include "report/gnuplot.h"
#include "report/plot_scripts.h"
#include "report/report.h"

namespace fwbench {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

bool gnuplot_is_installed() {
  return std::system("command -v gnuplot > /dev/null 2>&1") == 0;
}

#define SKIP_WITHOUT_GNUPLOT() \
  if (!gnuplot_is_installed()) GTEST_SKIP() << "gnuplot is not installed (apt-get install gnuplot-nox)"

class PlotsTest : public testing::Test {
 protected:
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_ = fs::path(testing::TempDir()) / fmt::format("fwbench_plots_test_{}", ::getpid());
};

TEST(GnuplotQuote, NothingGetsOut) {
  EXPECT_EQ(gnuplot_quote("plain_{name}^"), "'plain_{name}^'");
  EXPECT_EQ(gnuplot_quote("it's"), "'it\xe2\x80\x99s'");
  EXPECT_EQ(gnuplot_quote("a\nset output 'x'"), "'a?set output \xe2\x80\x99x\xe2\x80\x99'");
  EXPECT_EQ(gnuplot_tic_label("5%s"), "'5%%s'");
  EXPECT_EQ(gnuplot_quote("`id` \\"), "'`id` \\'");
}

TEST_F(PlotsTest, DrawsEveryPlotAsSvgAndPng) {
  SKIP_WITHOUT_GNUPLOT();
  const auto plots = write_plots(sample_record(), folder_);
  ASSERT_TRUE(plots) << plots.error().to_string();
  EXPECT_THAT(*plots, ElementsAre("mrr", "ledger", "delay", "timeline"));
  for (const std::string& name : *plots) {
    EXPECT_GT(fs::file_size(folder_ / (name + ".dat")), 100U);
    EXPECT_GT(fs::file_size(folder_ / (name + ".gp")), 100U);
    const std::string png = read_file(folder_ / (name + ".png")).value();
    EXPECT_THAT(png.substr(0, 8), StartsWith("\x89PNG"));
    EXPECT_GT(png.size(), 10'000U);
    const std::string svg = read_file(folder_ / (name + ".svg")).value();
    EXPECT_THAT(svg, HasSubstr("</svg>"));
    EXPECT_THAT(svg, HasSubstr("xdp-skb"));
    EXPECT_THAT(svg, HasSubstr("AMD EPYC")) << "host in the title";
  }
  EXPECT_FALSE(fs::exists(folder_ / "gnuplot.log")) << read_file(folder_ / "gnuplot.log").value();
}

TEST_F(PlotsTest, HostileNamesAreDrawnNotRun) {
  SKIP_WITHOUT_GNUPLOT();
  Record record = sample_record();
  const std::string hostile = "'.system('touch owned').'`touch owned`\n!touch owned\n<b>&_{x}%s@ARG0\\";
  for (std::string* text :
       {&record.duts[2], &record.scenario_name, &record.host.cpu_model, &record.started_utc, &record.fwbench_version}) {
    *text = hostile;
  }
  for (Trial& trial : record.trials) {
    if (trial.dut == "xdp") trial.dut = hostile;
  }
  record.summary[hostile] = record.summary["xdp"];
  record.duts[3] = "100%s";
  record.summary["100%s"] = record.summary["xdp-skb"];
  const auto plots = write_plots(record, folder_);
  ASSERT_TRUE(plots) << plots.error().to_string();
  EXPECT_FALSE(fs::exists(folder_ / "owned"));
  const std::string svg = read_file(folder_ / "mrr.svg").value();
  EXPECT_NE(svg.find("&lt;b>&amp;_{x}%s@ARG0\\"), std::string::npos);
  EXPECT_NE(svg.find("<text>100%s</text>"), std::string::npos);
}

std::string mrr_script(const Record& record) {
  for (const PlotScript& script : plot_scripts(record)) {
    if (script.name == "mrr") return script.gp;
  }
  return {};
}

// Catches an axis that is always linear: the slowest of a ladder would be a bar of no height.
TEST_F(PlotsTest, RatesOfMoreThanADecadeAreOnALogAxis) {
  Record record = sample_record();
  EXPECT_THAT(mrr_script(record), Not(HasSubstr("logscale")));
  Interval95& slow = *record.summary["xdp-skb"].mrr_pps;
  slow = {.median = 171'000, .low = 165'000, .high = 180'000, .n = 7};
  const std::string script = mrr_script(record);
  EXPECT_THAT(script, HasSubstr("set logscale y\n"));
  EXPECT_THAT(script, HasSubstr("set yrange [0.1:"));
  EXPECT_THAT(script, HasSubstr("log axis"));
  SKIP_WITHOUT_GNUPLOT();
  const auto plots = write_plots(record, folder_);
  ASSERT_TRUE(plots) << plots.error().to_string();
  EXPECT_GT(fs::file_size(folder_ / "mrr.png"), 10'000U);
}

TEST_F(PlotsTest, AnEmptyRecordHasNoPlots) {
  const auto plots = write_plots(Record{}, folder_);
  ASSERT_TRUE(plots) << plots.error().to_string();
  EXPECT_TRUE(plots->empty());
}

TEST_F(PlotsTest, ExtremeButPossibleNumbersAreDrawn) {
  SKIP_WITHOUT_GNUPLOT();
  Record record = sample_record();
  record.duts = {"xdp"};
  DutSummary& xdp = record.summary["xdp"];
  xdp.mrr_pps = Interval95{.median = 1, .low = 1, .high = 1, .n = 1};
  xdp.delay_idle = DelayStats{.p50 = 0, .max = 0, .n = 1, .sent = 1, .curve = {{0, 1.0}}};
  xdp.delay_load = DelayStats{.max = std::numeric_limits<uint64_t>::max(), .n = 2, .sent = 2, .curve = {{1, 0.5}}};
  xdp.ledger.planned = std::numeric_limits<uint64_t>::max();
  const auto plots = write_plots(record, folder_);
  ASSERT_TRUE(plots) << plots.error().to_string();
}

TEST_F(PlotsTest, AMissingGnuplotIsNamedWithItsRemedy) {
  fs::create_directories(folder_);
  const auto result = run_gnuplot(folder_, {"x.gp"}, "gnuplot-that-is-not-there");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::environment);
  EXPECT_THAT(result.error().to_string(), HasSubstr("apt-get install gnuplot-nox"));
}

TEST_F(PlotsTest, GnuplotsComplaintIsPassedOn) {
  SKIP_WITHOUT_GNUPLOT();
  fs::create_directories(folder_);
  ASSERT_TRUE(write_file_atomically(folder_ / "x.gp", "plot nonsense nonsense\n"));
  const auto result = run_gnuplot(folder_, {"x.gp"});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("\"x.gp\" line 1"));
}

const PlotScript& script(const std::vector<PlotScript>& scripts, const std::string& name) {
  return *std::find_if(scripts.begin(), scripts.end(), [&](const PlotScript& s) { return s.name == name; });
}

TEST(PlotScripts, ASweepOverNumbersIsDrawnOnALogAxisALineForEachDut) {
  Record record = sample_sweep_record();
  const PlotScript numbers = script(plot_scripts(record), "sweep");
  EXPECT_THAT(numbers.gp, HasSubstr("set logscale x\n"));
  EXPECT_THAT(numbers.gp, HasSubstr("'1' 1, '10' 10, '100' 100, '1000' 1000, '10000' 10000"));
  EXPECT_THAT(numbers.gp, HasSubstr("set xlabel 'policy.rules   (bars: 95 % interval of the median)'"));
  EXPECT_THAT(numbers.gp, HasSubstr("index 1 using 1:2:3:4 with yerrorlines lw 2.5 dt 1"));
  EXPECT_THAT(numbers.dat, HasSubstr("# xdp\n1 4.056 "));
  for (SweepCase& one : record.sweep->cases) one.values["policy.rules"] = "file" + one.label;
  const PlotScript words = script(plot_scripts(record), "sweep");
  EXPECT_THAT(words.gp, Not(HasSubstr("logscale")));
  EXPECT_THAT(words.dat, HasSubstr("# xdp\n0 4.056 "));
}

TEST_F(PlotsTest, ASweepIsAReportWithItsPlot) {
  SKIP_WITHOUT_GNUPLOT();
  const fs::path sample = std::string(FWBENCH_SAMPLE_REPORT) + "_sweep";
  fs::create_directories(sample);
  const auto written = write_report(sample_sweep_record(), sample);
  ASSERT_TRUE(written) << written.error().to_string();
  EXPECT_THAT(read_file(sample / "report.md").value(), HasSubstr("(plots/sweep.svg)"));
  EXPECT_TRUE(fs::exists(sample / "plots" / "sweep.png"));
}

TEST(PlotScripts, LedgerSharesAddUpAndNameTheUnexplained) {
  Record record;
  record.duts = {"a"};
  record.summary["a"].ledger = {.planned = 1000, .refused = 10, .dropped_by_rule = 900, .lost_ring = 30, .arrived = 50};
  const auto scripts = plot_scripts(record);
  // passed 5, by rule 90, ring 3, xsk 0, egress 0, other: 1 refused and 1 that nothing explains.
  EXPECT_THAT(script(scripts, "ledger").dat, HasSubstr("\n0 5 90 3 0 0 2 1000 30 3\n"));
}

TEST(PlotScripts, InvalidTrialsAreNotDrawn) {
  Record record = sample_record();
  for (Trial& trial : record.trials) trial.valid = trial.dut != "xdp";
  record.summary["xdp"] = {};
  for (const PlotScript& plot : plot_scripts(record)) {
    EXPECT_THAT(plot.gp, Not(HasSubstr("'xdp'"))) << plot.name;
    EXPECT_THAT(plot.dat, Not(HasSubstr("# xdp\n"))) << plot.name;
    EXPECT_THAT(plot.dat, Not(HasSubstr("# xdp,"))) << plot.name;
  }
}

TEST(PlotScripts, TheMaximumStandsBeyondTheOthers) {
  Record record;
  record.duts = {"a"};
  record.summary["a"].delay_load =
      DelayStats{.p50 = 1000, .p90 = 3000, .p99 = 3000, .max = 3000, .n = 4, .curve = {{1000, 0.5}, {3000, 1.0}}};
  const std::string dat = script(plot_scripts(record), "delay").dat;
  EXPECT_THAT(dat, HasSubstr("\n2 1\n8 3\n"));
  EXPECT_THAT(dat, HasSubstr("\n\n2 1\n10 NaN\n100 NaN\n1000 NaN\n\n")) << "p90 of four values is not marked";
}

TEST_F(PlotsTest, AReportIsAPageWithItsPlots) {
  SKIP_WITHOUT_GNUPLOT();
  const fs::path sample = FWBENCH_SAMPLE_REPORT;
  fs::create_directories(sample);
  const auto written = write_report(sample_record(), sample);
  ASSERT_TRUE(written) << written.error().to_string();
  const std::string page = read_file(sample / "report.md").value();
  EXPECT_THAT(page, HasSubstr("(plots/timeline.svg)"));
  EXPECT_TRUE(fs::exists(sample / "plots" / "timeline.svg"));
}

TEST_F(PlotsTest, WithoutPlotsThePageIsWrittenAndTheErrorReturned) {
  fs::create_directories(folder_);
  ASSERT_TRUE(write_file_atomically(folder_ / "plots", "a file in the way"));
  EXPECT_FALSE(write_report(sample_record(), folder_));
  const std::string page = read_file(folder_ / "report.md").value();
  EXPECT_THAT(page, HasSubstr("| xdp |"));
  EXPECT_THAT(page, Not(HasSubstr("!["))) << "no link to a plot that is not there";
}

}  // namespace
}  // namespace fwbench
