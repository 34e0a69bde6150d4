// SPDX-License-Identifier: BSD-2-Clause
#include <fmt/format.h>

#include <algorithm>

#include "core/text.h"
#include "export/export.h"
#include "export/outcome.h"
#include "record/record_json.h"
#include "report/gate_table.h"

namespace fwbench {
namespace {

/// Text that XML 1.0 can hold, for elements and attributes: other characters become '?', line ends are kept.
std::string xml_text(std::string_view text) {
  std::string out;
  while (true) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string line = printable(text.substr(0, end));
    // U+FFFE and U+FFFF are UTF-8, but no characters (XML 1.0, 2.2).
    for (const char* const none : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
      for (size_t at = line.find(none); at != std::string::npos; at = line.find(none)) line.replace(at, 3, "?");
    }
    for (const char c : line) {
      switch (c) {
        case '&':
          out += "&amp;";
          break;
        case '<':
          out += "&lt;";
          break;
        case '>':
          out += "&gt;";
          break;
        case '"':
          out += "&quot;";
          break;
        default:
          out += c;
      }
    }
    if (end == text.size()) return out;
    out += "&#10;";
    text.remove_prefix(end + 1);
  }
}

struct TestCase {
  enum class Kind : uint8_t { passed, failure, error, skipped };
  std::string name;
  Kind kind = Kind::passed;
  std::string message = {};  ///< one line
  std::string text = {};     ///< more of it
};

struct Suite {
  std::string name;
  double seconds = 0;
  std::vector<std::pair<std::string, std::string>> properties = {};
  std::vector<TestCase> cases = {};

  [[nodiscard]] size_t count(TestCase::Kind kind) const {
    return static_cast<size_t>(
        std::count_if(cases.begin(), cases.end(), [kind](const TestCase& c) { return c.kind == kind; }));
  }
};

bool belongs(const Trial& trial, const Subject& subject) {
  return trial.dut == subject.dut && trial.traffic_case == subject.case_label();
}

TestCase verdict_case(const Record& record, const Subject& subject) {
  TestCase one{.name = "verdicts"};
  uint64_t wrong = 0;
  for (const Trial& trial : record.trials) {
    if (!belongs(trial, subject)) continue;
    wrong += wrong_verdicts(trial);
    for (const Mismatch& m : trial.mismatches) {
      one.text +=
          fmt::format("{} ({}): expected {}, {}\n  {}\n", m.frame_summary, m.traffic_class, m.expected, m.got, m.rule);
    }
  }
  if (wrong == 0) return one;
  one.kind = TestCase::Kind::failure;
  one.message = fmt::format("{} packets met the wrong verdict", wrong);
  return one;
}

TestCase trials_case(const Record& record, const Subject& subject) {
  TestCase one{.name = "trials"};
  size_t all = 0;
  size_t invalid = 0;
  for (const Trial& trial : record.trials) {
    if (!belongs(trial, subject)) continue;
    ++all;
    if (trial.valid) continue;
    ++invalid;
    one.text += fmt::format("{} round {}: {}\n", purpose_name(trial.purpose), trial.round, trial.invalid_reason);
  }
  if (invalid == 0) return one;
  // A gate leaves such pairs out and says how many.
  one.kind = record.gate ? TestCase::Kind::skipped : TestCase::Kind::error;
  one.message = fmt::format("{} of {} trials are not valid", invalid, all);
  return one;
}

TestCase threshold_case(const Threshold& t) {
  TestCase one{.name = claim_text(t)};
  one.message = fmt::format("must be {}, is {}", claim_text(t), measured_text(t));
  one.kind = t.verdict == "pass"   ? TestCase::Kind::passed
             : t.verdict == "fail" ? TestCase::Kind::failure
                                   : TestCase::Kind::skipped;
  if (one.kind == TestCase::Kind::skipped) one.message = "inconclusive: " + one.message;
  return one;
}

Suite suite_of(const Record& record, const Subject& subject) {
  Suite suite{.name = benchmark_name(record, subject)};
  for (const ResultRow& row : results_of(record)) {
    const bool ours = row.subject.dut == subject.dut && row.subject.case_label() == subject.case_label();
    if (!ours) continue;
    suite.properties.emplace_back(row.metric->path, fmt::format("{}", row.value.value));
    if (row.metric->path == "mrr_pps" && is_lower_bound(row))
      suite.properties.emplace_back("mrr_pps.lower_bound", "true");
  }
  if (const auto& headroom = subject.measures.headroom) {
    suite.properties.emplace_back("headroom", fmt::format("{}", *headroom));
  }
  for (const Trial& trial : record.trials) {
    if (belongs(trial, subject)) suite.seconds += static_cast<double>(trial.window_ns) / 1e9;
  }
  const auto summary = record.summary.find(subject.dut);
  const bool left_out = summary != record.summary.end() && summary->second.skipped.has_value();
  if (left_out) {
    suite.cases.push_back({"left out", TestCase::Kind::skipped, *summary->second.skipped, ""});
  }
  suite.cases.push_back(verdict_case(record, subject));
  suite.cases.push_back(trials_case(record, subject));
  return suite;
}

/// A void gate is an error, an open one is skipped: neither says anything of the head.
TestCase gate_case(std::string name, const std::string& word, std::string message) {
  TestCase one{.name = std::move(name)};
  one.message = std::move(message);
  one.kind = word == "fail" || word == "worse" ? TestCase::Kind::failure
             : word == "void"                  ? TestCase::Kind::error
             : word == "inconclusive"          ? TestCase::Kind::skipped
                                               : TestCase::Kind::passed;
  return one;
}

Suite gate_suite(const Gate& gate) {
  Suite suite{.name = fmt::format("gate {} against {}", gate.head, gate.base), .seconds = gate.seconds};
  suite.cases.push_back(gate_case("answer", gate.answer, gate_headline(gate)));
  for (const GateMetric& m : gate.metrics) {
    suite.cases.push_back(gate_case(
        m.metric, m.answer, fmt::format("{} times the base [{} {}], limit {}", m.ratio, m.low, m.high, m.bound)));
  }
  for (const GateExact& exact : gate.exact) {
    suite.cases.push_back(
        gate_case(exact.name, exact.verdict,
                  fmt::format("{} in the base, {} in the head", exact.base.value_or(0), exact.head.value_or(0))));
  }
  return suite;
}

std::vector<Suite> suites_of(const Record& record) {
  std::vector<Suite> suites;
  for (const Subject& subject : subjects_of(record)) {
    Suite suite = suite_of(record, subject);
    for (const Threshold& t : record.thresholds.value_or(std::vector<Threshold>{})) {
      if (t.dut == subject.dut && t.traffic_case == subject.case_label()) suite.cases.push_back(threshold_case(t));
    }
    suites.push_back(std::move(suite));
  }
  if (record.gate) suites.push_back(gate_suite(*record.gate));
  Suite run{.name = record.scenario_name};
  run.cases.push_back({.name = "complete"});
  if (!record.complete) {
    run.cases.back().kind = TestCase::Kind::error;
    run.cases.back().message = "the run did not reach its end";
  }
  for (const Threshold& t : record.thresholds.value_or(std::vector<Threshold>{})) {
    if (t.dut == "*") run.cases.push_back(threshold_case(t));  // of no DUT of this run
  }
  for (const Warning& w : record.warnings) run.properties.emplace_back("warning." + w.id, w.text);
  suites.push_back(std::move(run));
  return suites;
}

std::string case_xml(const Suite& suite, const TestCase& one) {
  const std::string head =
      fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"0\"", xml_text(suite.name), xml_text(one.name));
  if (one.kind == TestCase::Kind::passed) return head + "/>\n";
  if (one.kind == TestCase::Kind::skipped) {
    return head + fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n", xml_text(one.message));
  }
  const char* const tag = one.kind == TestCase::Kind::failure ? "failure" : "error";
  return head + fmt::format(">\n      <{0} message=\"{1}\" type=\"fwbench\">{2}</{0}>\n    </testcase>\n", tag,
                            xml_text(one.message), xml_text(one.text));
}

std::string suite_xml(const Record& record, const Suite& suite) {
  // xs:dateTime without a zone, as the readers of this format want it.
  const std::string time = record.started_utc.substr(0, record.started_utc.find('Z'));
  std::string out = fmt::format(
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\" "
      "timestamp=\"{}\" hostname=\"{}\">\n",
      xml_text(suite.name), suite.cases.size(), suite.count(TestCase::Kind::failure),
      suite.count(TestCase::Kind::error), suite.count(TestCase::Kind::skipped), suite.seconds, xml_text(time),
      xml_text(record.host.host_class));
  if (!suite.properties.empty()) out += "    <properties>\n";
  for (const auto& [name, value] : suite.properties) {
    out += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", xml_text(name), xml_text(value));
  }
  if (!suite.properties.empty()) out += "    </properties>\n";
  for (const TestCase& one : suite.cases) out += case_xml(suite, one);
  return out + "  </testsuite>\n";
}

}  // namespace

std::string junit_xml(const Record& record) {
  const std::vector<Suite> suites = suites_of(record);
  size_t tests = 0;
  size_t failures = 0;
  size_t errors = 0;
  size_t skipped = 0;
  std::string body;
  for (const Suite& suite : suites) {
    tests += suite.cases.size();
    failures += suite.count(TestCase::Kind::failure);
    errors += suite.count(TestCase::Kind::error);
    skipped += suite.count(TestCase::Kind::skipped);
    body += suite_xml(record, suite);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n{}</testsuites>\n",
      xml_text(record.scenario_name), tests, failures, errors, skipped, body);
}

}  // namespace fwbench
