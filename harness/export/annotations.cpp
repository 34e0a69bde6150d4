// SPDX-License-Identifier: BSD-2-Clause
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/text.h"
#include "export/export.h"
#include "export/outcome.h"
#include "record/record_json.h"
#include "report/gate_table.h"

namespace fwbench {
namespace {

/// As actions/toolkit escapes them: the message, and the values of properties, in which ':' and ',' have a meaning too.
std::string workflow_escape(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    const bool special = c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','));
    const bool control = static_cast<unsigned char>(c) < 0x20 && c != '\t' && !special;
    if (special) {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      out += control ? '?' : c;
    }
  }
  return out;
}

struct Place {
  std::string file;
  int line = 0;  ///< 0: the file as a whole
};

/// From "edge.nft:41: ..." and the like, when there is a line; else the scenario's file.
Place place_of(const std::string& rule, const Place& scenario) {
  const size_t colon = rule.find(':');
  if (colon == std::string::npos || colon == 0 || rule.find(' ') < colon) return scenario;
  const size_t end = rule.find_first_not_of("0123456789", colon + 1);
  const std::string digits = rule.substr(colon + 1, end == std::string::npos ? end : end - colon - 1);
  if (digits.empty() || digits.size() > 9) return scenario;
  return {rule.substr(0, colon), std::stoi(digits)};
}

Place scenario_place(const Record& record) {
  const auto plan = nlohmann::json::parse(record.plan_json, nullptr, /*allow_exceptions=*/false);
  const auto file = nlohmann::json::json_pointer("/scenario/file");
  if (plan.is_object() && plan.contains(file) && plan[file].is_string()) return {plan[file].get<std::string>()};
  return {record.scenario_name + ".ini"};
}

class Annotations {
 public:
  explicit Annotations(const char* level) : level_(level) {}

  void add(const Place& place, const std::string& title, const std::string& text) {
    if (++count_ > kMaxAnnotations) return;
    // Of the last one there may be more to say: it is written when all are known.
    last_ = {place, title, text};
    if (count_ < kMaxAnnotations) out_ += command(place, title, text);
  }

  [[nodiscard]] std::string take() {
    if (count_ < kMaxAnnotations) return out_;
    if (count_ > kMaxAnnotations)
      last_.text += fmt::format("\nand {} more; see the job summary", count_ - kMaxAnnotations);
    return out_ + command(last_.place, last_.title, last_.text);
  }

 private:
  struct One {
    Place place;
    std::string title, text;
  };

  [[nodiscard]] std::string command(const Place& place, const std::string& title, const std::string& text) const {
    const std::string line = place.line > 0 ? fmt::format(",line={}", place.line) : "";
    return fmt::format("::{} file={}{},title={}::{}\n", level_, workflow_escape(place.file, true), line,
                       workflow_escape(title, true), workflow_escape(text, false));
  }

  const char* level_;
  size_t count_ = 0;
  std::string out_;
  One last_;
};

std::string name_of_trial(const Trial& trial) {
  return trial.traffic_case.empty() ? trial.dut : trial.dut + " " + trial.traffic_case;
}

void add_trials(const Record& record, const Place& scenario, Annotations& errors, Annotations& warnings) {
  for (const Trial& trial : record.trials) {
    for (const Mismatch& m : trial.mismatches) {
      errors.add(place_of(m.rule, scenario), fmt::format("{}: wrong verdict", name_of_trial(trial)),
                 fmt::format("{} of class {}: expected {}, {}\n{}", m.frame_summary, m.traffic_class, m.expected, m.got,
                             m.rule));
    }
    if (trial.mismatches.empty() && wrong_verdicts(trial) != 0) {
      errors.add(scenario, fmt::format("{}: wrong verdict", name_of_trial(trial)),
                 fmt::format("{} packets met the wrong verdict", wrong_verdicts(trial)));
    }
  }
  for (const Trial& trial : record.trials) {
    if (trial.valid) continue;
    // A gate leaves such pairs out and says how many.
    Annotations& level = record.gate ? warnings : errors;
    level.add(scenario, fmt::format("{}: invalid trial", name_of_trial(trial)),
              fmt::format("{} round {}: {}", purpose_name(trial.purpose), trial.round, trial.invalid_reason));
  }
}

void add_gate(const Gate& gate, const Place& scenario, Annotations& errors, Annotations& warnings) {
  const std::string title = fmt::format("gate of {} against {}", gate.head, gate.base);
  if (gate.answer == "fail" || gate.answer == "void") errors.add(scenario, title, gate_headline(gate));
  if (gate.answer == "inconclusive") warnings.add(scenario, title, gate_headline(gate));
}

}  // namespace

std::string github_annotations(const Record& record) {
  const Place scenario = scenario_place(record);
  Annotations errors("error");
  Annotations warnings("warning");
  add_trials(record, scenario, errors, warnings);
  if (!record.complete) errors.add(scenario, "incomplete", "the run did not reach its end");
  for (const Threshold& t : record.thresholds.value_or(std::vector<Threshold>{})) {
    const std::string subject = t.traffic_case.empty() ? t.dut : t.dut + " " + t.traffic_case;
    const std::string text = fmt::format("{} must be {}, is {}", subject, claim_text(t), measured_text(t));
    if (t.verdict == "fail") errors.add(scenario, fmt::format("{}: threshold failed", t.dut), text);
    if (t.verdict == "inconclusive") warnings.add(scenario, fmt::format("{}: threshold inconclusive", t.dut), text);
  }
  if (record.gate) add_gate(*record.gate, scenario, errors, warnings);
  for (const Warning& w : record.warnings) warnings.add(scenario, w.id, w.text + "\n" + w.advice);
  Annotations notices("notice");
  const Outcome outcome = outcome_of(record);
  notices.add(scenario, fmt::format("fwbench {}", record.scenario_name), outcome.word + ": " + outcome.text);
  return errors.take() + warnings.take() + notices.take();
}

}  // namespace fwbench
