// SPDX-License-Identifier: BSD-2-Clause
/// Text exports as other programs read them: xmllint, sqlite3, awk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <sstream>

#include "core/file.h"
#include "core/text.h"
#include "export/export.h"
#include "export/test_records.h"

namespace fwbench {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string xpath(const std::string& xml, const std::string& path) {
  return read_with("xmllint", {"--xpath", path, "-"}, xml);
}

TEST(Junit, ObeysTheSchema) {
  const std::string schema = std::string(FWBENCH_SOURCE_DIR) + "/harness/export/schemas/junit.xsd";
  Record empty = sample_record();
  empty.trials.clear();
  empty.summary.clear();
  for (const Record& record :
       {record_with_thresholds(), sample_sweep_record(), sample_gate_record(), broken_record(), empty}) {
    read_with("xmllint", {"--noout", "--schema", schema, "-"}, junit_xml(record));
  }
  const std::string broken = "<testsuites name='x' tests='1' failures='0' errors='0' skipped='0'><suite/></testsuites>";
  const auto refused = run_tool("xmllint", {"--noout", "--schema", schema, "-"}, broken);
  ASSERT_TRUE(refused);
  EXPECT_NE(refused->status, 0);
}

TEST(Junit, CountsWhatItHolds) {
  const std::string xml = junit_xml(record_with_thresholds());
  EXPECT_EQ(xpath(xml, "string(/testsuites/@failures)"), "1\n");
  EXPECT_EQ(xpath(xml, "string(/testsuites/@skipped)"), "2\n");
  EXPECT_EQ(xpath(xml, "string(/testsuites/@errors)"), "0\n");
  EXPECT_EQ(xpath(xml, "count(//testcase) = /testsuites/@tests"), "true\n");
  EXPECT_EQ(xpath(xml, "count(//failure) = sum(//testsuite/@failures)"), "true\n");
  EXPECT_EQ(xpath(xml, "count(//testsuite[@name='syn_flood/xdp']/testcase[@name='verdicts' and not(*)])"), "1\n");
  EXPECT_EQ(xpath(xml, "string(//testsuite[@name='syn_flood/xdp-skb']/testcase[failure]/@name)"), "vs_null >= 0.800\n");
  EXPECT_THAT(xpath(xml, "string(//testcase[skipped]/skipped/@message)"),
              HasSubstr("inconclusive: must be swap.mixed"));
}

TEST(Junit, SaysWhatWentWrong) {
  const std::string xml = junit_xml(broken_record());
  const std::string verdicts = "//testsuite[contains(@name, 'null-drop')]/testcase[@name='verdicts']";
  EXPECT_EQ(xpath(xml, "string(" + verdicts + "/failure/@message)"), "3 packets met the wrong verdict\n");
  EXPECT_THAT(xpath(xml, "string(" + verdicts + "/failure)"), HasSubstr("edge.nft:41: tcp dport 22 drop"));
  EXPECT_THAT(xpath(xml, "string(//testcase[@name='trials']/error)"), HasSubstr("unaccounted 5\n  remedy: ? ]]>"));
  EXPECT_EQ(xpath(xml, "count(//testcase[@name='complete']/error)"), "1\n");
  EXPECT_EQ(xpath(xml, "string(//testcase[@name='left out']/skipped/@message)"), "needs a CPU < of its own >\n");
  EXPECT_EQ(xpath(xml, "count(//property[@name='mrr_pps.lower_bound'])"), "1\n");
  EXPECT_EQ(xpath(xml, "string(/testsuites/@name)"), "a,b \"c\" <d> & e\n");
}

TEST(Junit, AGateIsASuiteOfItsAnswers) {
  const std::string xml = junit_xml(sample_gate_record());
  const std::string suite = "//testsuite[@name='gate xdp-skb against xdp']";
  EXPECT_EQ(xpath(xml, "string(" + suite + "/testcase[@name='answer']/failure/@message)"),
            "fail: mrr_pps is worse by more than 2.5 %\n");
  EXPECT_EQ(xpath(xml, "count(" + suite + "/testcase[@name='mrr_pps']/failure)"), "1\n");
  EXPECT_EQ(xpath(xml, "count(" + suite + "/testcase[@name='program_ns']/skipped)"), "1\n");
  EXPECT_EQ(xpath(xml, "count(" + suite + "/testcase[@name='false_pass' and not(*)])"), "1\n");
}

// Catches a gate that turns red for a pair that it left out, or stays green when it is void.
TEST(Junit, AGateIsRedForItsAnswerNotForAPairLeftOut) {
  Record record = sample_gate_record();
  record.gate->answer = "pass";
  record.gate->metrics.clear();
  record.trials.back().valid = false;
  EXPECT_EQ(xpath(junit_xml(record), "sum(/testsuites/@failures) + sum(/testsuites/@errors)"), "0\n");
  record.gate->answer = "void";
  EXPECT_EQ(xpath(junit_xml(record), "string(/testsuites/@errors)"), "1\n");
}

/// What sqlite3 reads of the CSV.
std::string queried(const Record& record, const std::string& query) {
  const auto file = std::filesystem::temp_directory_path() / fmt::format("fwbench_export_{}.csv", ::getpid());
  EXPECT_TRUE(write_file_atomically(file, csv_table(record)));
  const std::string out =
      read_with("sqlite3", {":memory:"}, fmt::format(".import --csv {} r\n{}\n", file.string(), query));
  std::filesystem::remove(file);
  return out;
}

TEST(Csv, IsReadBackBySqlite) {
  const Record record = sample_record();
  EXPECT_EQ(queried(record, "select count(*) from r;"), fmt::format("{}\n", results_of(record).size()));
  const Interval95& mrr = *record.summary.at("xdp").mrr_pps;
  EXPECT_EQ(queried(record, "select value, low, high, n, unit, better from r where dut='xdp' and metric='mrr_pps';"),
            fmt::format("{}|{}|{}|7|packets/s|higher\n", mrr.median, mrr.low, mrr.high));
  EXPECT_EQ(queried(record, "select count(*) from r where headroom > 0;"), "3\n") << "those with a null device";
  EXPECT_EQ(queried(sample_sweep_record(), "select count(distinct \"case\") from r;"), "5\n");
}

TEST(Csv, KeepsWhatHasCommasAndQuotes) {
  const Record record = broken_record();
  EXPECT_EQ(queried(record, "select distinct scenario from r;"), "a,b \"c\" <d> & e\n");
  EXPECT_EQ(queried(record, "select distinct dut from r where lower_bound='yes';"), "x,\"dp\"\n");
  const std::string csv = csv_table(record);
  EXPECT_EQ(static_cast<size_t>(std::count(csv.begin(), csv.end(), '\n')), results_of(record).size() + 1);
  EXPECT_THAT(csv, HasSubstr("lower_bound,headroom\r\n"));
}

/// As the runner's ActionCommand.TryParseV2 does it: command, properties, then the escapes.
constexpr const char* kRunner = R"awk(
function plain(s, property) {
  if (property) { gsub(/%3A/, ":", s); gsub(/%2C/, ",", s) }
  gsub(/%0D/, "\r", s); gsub(/%0A/, " / ", s); gsub(/%25/, "%", s)
  return s
}
!/^::/ { print "not a command: " $0; next }
{
  rest = substr($0, 3); end = index(rest, "::"); head = substr(rest, 1, end - 1); text = substr(rest, end + 2)
  blank = index(head, " "); n = split(substr(head, blank + 1), parts, ",")
  printf "%s", substr(head, 1, blank - 1)
  for (i = 1; i <= n; ++i) { eq = index(parts[i], "="); printf " [%s=%s]", substr(parts[i], 1, eq - 1), plain(substr(parts[i], eq + 1), 1) }
  printf " %s\n", plain(text, 0)
})awk";

TEST(Annotations, AreReadAsTheRunnerReadsThem) {
  const std::string read = read_with("awk", {kRunner}, github_annotations(broken_record()));
  EXPECT_THAT(read, HasSubstr("error [file=edge.nft] [line=41] [title=null-drop: wrong verdict] IPv4 <x> 100 %, ?"));
  EXPECT_THAT(
      read,
      HasSubstr(
          "error [file=scenarios/a,b:c.ini] [title=null-pass: invalid trial] correctness round 0: unaccounted 5 / "));
  EXPECT_THAT(read, HasSubstr("error [file=scenarios/a,b:c.ini] [title=xdp-skb: threshold failed]"));
  EXPECT_THAT(read, HasSubstr("warning [file=scenarios/a,b:c.ini] [title=xdp: threshold inconclusive]"));
  EXPECT_THAT(read, HasSubstr("warning [file=scenarios/a,b:c.ini] [title=odd] 50 % of / all: a,b / do::this\n"));
  EXPECT_THAT(read, HasSubstr("notice"));
  EXPECT_THAT(read, Not(HasSubstr("not a command")));
}

TEST(Annotations, SayWhatAGateAnswered) {
  Record record = sample_gate_record();
  const auto read = [&] { return read_with("awk", {kRunner}, github_annotations(record)); };
  const std::string title = "[title=gate of xdp-skb against xdp] ";
  EXPECT_THAT(read(), HasSubstr("error [file=gate.ini] " + title + "fail: mrr_pps is worse by more than 2.5 %"));
  record.gate->answer = "inconclusive";
  record.trials.back().valid = false;
  EXPECT_THAT(read(), HasSubstr("warning [file=gate.ini] " + title + "inconclusive: "));
  EXPECT_THAT(read(), Not(HasSubstr("error [")));
}

// Catches a line end in a record that would start a command of its own.
TEST(Annotations, NothingOfARecordIsACommand) {
  Record record = broken_record();
  record.trials[1].invalid_reason = "x\n::set-output name=a::b\r::stop-commands::t";
  const std::string text = github_annotations(record);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(line.starts_with("::error ") || line.starts_with("::warning ") || line.starts_with("::notice "))
        << line;
    EXPECT_EQ(find_bad_byte(line.substr(0, 2)), std::string::npos);
  }
}

TEST(Annotations, AreNoMoreThanGithubShows) {
  Record record = sample_record();
  record.trials.front().mismatches.assign(14, {7, "attack", "drop", "passed", "edge.nft:41: x", "IPv4", 3});
  const std::string text = github_annotations(record);
  size_t errors = 0;
  for (size_t at = text.find("::error "); at != std::string::npos; at = text.find("::error ", at + 1)) ++errors;
  EXPECT_EQ(errors, kMaxAnnotations);
  EXPECT_THAT(text, HasSubstr("and 4 more"));
}

TEST(JobSummary, BeginsWithTheOutcomeAndHasTheTables) {
  EXPECT_THAT(github_summary(sample_record()), testing::StartsWith("**PASS**: "));
  EXPECT_THAT(github_summary(record_with_thresholds()), testing::StartsWith("**FAIL**: a threshold does not hold"));
  EXPECT_THAT(github_summary(sample_gate_record()),
              testing::StartsWith("**FAIL**: gate of xdp-skb against xdp: mrr_pps"));
  EXPECT_THAT(github_summary(broken_record()), testing::StartsWith("**FAIL**: 3 packets met the wrong verdict"));
  const std::string text = github_summary(record_with_thresholds());
  EXPECT_THAT(text, HasSubstr("MRR Mpps"));
  EXPECT_THAT(text, HasSubstr("| xdp vs\\_null"));
  EXPECT_LE(text.size(), kMaxSummaryBytes);
}

TEST(JobSummary, IsCutWithANote) {
  Record record = sample_record();
  for (int i = 0; i < 20'000; ++i) record.warnings.push_back({"many", "a warning, \xC3\xA4\xC3\xB6\xC3\xBC", "none"});
  std::string text = github_summary(record);
  EXPECT_LE(text.size(), kMaxSummaryBytes);
  EXPECT_GT(text.size(), kMaxSummaryBytes / 2);
  EXPECT_THAT(text, HasSubstr("**Cut here: "));
  // One line longer than all that is allowed, of two-byte characters.
  record.purpose.clear();
  for (int i = 0; i < 150'000; ++i) record.purpose += "\xC3\xA4";
  text = github_summary(record);
  EXPECT_LE(text.size(), kMaxSummaryBytes);
  EXPECT_EQ(read_with("iconv", {"-f", "UTF-8", "-t", "UTF-8"}, text), text) << "no character is cut in two";
}

TEST(Formats, EachHasANameOfItsOwnAndWritesSomething) {
  std::set<std::string_view> names;
  for (const ExportFormat& format : export_formats()) {
    EXPECT_TRUE(names.insert(format.name).second);
    EXPECT_EQ(find_export_format(format.name), &format);
    EXPECT_FALSE(format.write(sample_record()).empty());
  }
  EXPECT_EQ(find_export_format("xml"), nullptr);
}

}  // namespace
}  // namespace fwbench
