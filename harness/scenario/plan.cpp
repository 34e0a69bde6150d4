// SPDX-License-Identifier: BSD-2-Clause
/// From a parsed INI and the options to a Plan, by way of the key table.
#include <algorithm>

#include "core/file.h"
#include "scenario/matrix.h"
#include "scenario/messages.h"
#include "scenario/plan_capture.h"
#include "scenario/plan_classes.h"
#include "scenario/plan_policy.h"
#include "scenario/ratio_check.h"
#include "scenario/scenario.h"
#include "scenario/section_reader.h"
#include "scenario/sha256.h"
#include "scenario/thresholds.h"
#include "scenario/user_dut.h"

namespace fwbench {
namespace {

/// A scenario is text written by a person; anything larger is another kind of file.
constexpr size_t kMaxScenarioBytes = size_t{1} << 20;

/// One plan: of the whole scenario, or of one case of its sweep.
class Planner {
 public:
  /// @param settings of the case
  Planner(const Inputs& inputs, const std::filesystem::path& file, const std::vector<Setting>& settings)
      : inputs_(inputs), reader_(inputs, file, settings), draft_(reader_.draft()) {}

  PlannedScenario run() {
    for (const KeySection& section : all_sections()) {
      if (section.name == kUserDutSection) {
        read_user_duts();
      } else if (!is_named_kind(section.name)) {
        reader_.read_section(section.name, section.name);
      }
      if (section.name == "policy") read_policy(reader_, policy_diagnostics_);
      if (section.name == "swap") read_swap(reader_, policy_diagnostics_);
      if (section.name == "traffic") read_plan_capture(reader_);
    }
    check_probes();
    read_ratios();
    read_classes(reader_);
    if (is_fine()) {
      check_flow_counts(reader_);
      check_probe_class();
    }
    return finish();
  }

  /// [matrix] reference as written; any time.
  [[nodiscard]] const std::string& reference() const { return draft_.reference; }

 private:
  // ---- the DUTs

  void read_user_duts() {
    for (const IniSection& section : reader_.ini().sections) {
      if (is_user_dut_section(section.name.text) && section.name.text != kUserDutPrefix) read_user_dut(section);
    }
    if (draft_.plan.policy_is_absent) check_duts_without_policy();
  }

  void read_user_dut(const IniSection& section) {
    const std::string& name = section.name.text;
    draft_.user_dut = {};
    draft_.user_dut.name = name.substr(kUserDutPrefix.size());
    draft_.user_dut.folder = reader_.folder().string();
    std::vector<Diagnostic>& diagnostics = reader_.diagnostics();
    const size_t before = diagnostics.size();
    for (const Key& key : all_keys()) {
      if (key.section != kUserDutSection) continue;
      const std::string_view kind = kind_name(draft_.user_dut.kind);
      if (!key.dut_kind.empty() && key.dut_kind != kind) {
        reader_.report_without_meaning(key, name, fmt::format("kind = {}", kind));
      } else if (!reader_.read_key(key, name) && key.name == "kind") {
        return;  // what follows from it would only be noise
      }
    }
    if (diagnostics.size() != before) return;
    const UserDutContext context = {.section = section,
                                    .source = reader_.ini().source,
                                    .plan = draft_.plan,
                                    .catalogue = reader_.options().known_duts,
                                    .known = draft_.known_duts,
                                    .find = [&](std::string_view key) { return reader_.find_value(name, key); }};
    if (finish_user_dut(context, draft_.user_dut, diagnostics)) draft_.plan.user_duts.push_back(draft_.user_dut);
  }

  void check_duts_without_policy() {
    for (const std::string& name : draft_.plan.duts) {
      const auto& by_policy = reader_.options().policy_duts;
      if (std::find(by_policy.begin(), by_policy.end(), name) == by_policy.end()) continue;
      const auto list = reader_.find_value("dut", "list");
      reader_.report(list->value.source->error_at(list->value.text.pos, fmt::format("DUT '{}' needs a [policy]", name),
                                                  "give the scenario one, or take the DUT out"));
    }
  }

  // ---- ratios

  void read_ratios() {
    for (const IniSection& section : reader_.ini().sections) {
      if (section.name.text.rfind(kRatioPrefix, 0) != 0 || section.name.text == kRatioPrefix) continue;
      draft_.ratio = {};
      draft_.ratio.name = section.name.text.substr(kRatioPrefix.size());
      const size_t before = reader_.diagnostics().size();
      reader_.read_section(section.name.text, "ratio");
      // A sweep of which an override has left one case is none, and that case need not be the one.
      if (!reader_.is_case() && !draft_.ratio.traffic_case.empty() && !reader_.options().overrides.empty()) continue;
      if (reader_.diagnostics().size() == before) check_ratio(section);
      draft_.plan.ratios.push_back(draft_.ratio);
    }
  }

  void check_ratio(const IniSection& section) {
    for (RatioProblem& problem : problems_of(draft_.ratio, reader_.is_case())) {
      const auto found = reader_.find_value(section.name.text, problem.key);
      const SourceText& source = found ? *found->value.source : reader_.ini().source;
      reader_.report(source.error_at(found ? found->value.text.pos : section.name.pos, std::move(problem.message),
                                     std::move(problem.hint)));
    }
  }

  // ---- probes and load

  void check_probes() {
    const auto& sections = reader_.ini().sections;
    const bool is_constant = std::any_of(sections.begin(), sections.end(), [&](const IniSection& s) {
      return is_class_section(s.name.text) && reader_.find_value(s.name.text, "rate");
    });
    const bool has_delay_trials =
        draft_.plan.trial.delay_duration_ns != 0 && draft_.plan.traffic.rate_pps == 0 && !is_constant;
    const bool wanted = has_delay_trials || draft_.plan.swap;
    if (wanted && !reader_.find_value("traffic", "probe_class")) {
      reader_.report_missing(*find_key("traffic", "probe_class"), "traffic");
    }
    check_search(is_constant);
  }

  void check_search(bool has_class_rates) {
    const auto search = reader_.find_value("trial", "search");
    if (!search || (!has_class_rates && draft_.plan.traffic.rate_pps == 0)) return;
    reader_.report(search->value.source->error_at(search->value.text.pos, "a search finds the load by itself",
                                                  "take out `rate` of [traffic] and of the classes, or `search`"));
  }

  void check_probe_class() {
    if (draft_.plan.traffic.probe_class.empty()) return;
    const std::vector<TrafficClass>& classes = draft_.plan.traffic.classes;
    std::vector<std::string_view> names;
    for (const TrafficClass& c : classes) names.push_back(c.name);
    if (std::find(names.begin(), names.end(), draft_.plan.traffic.probe_class) != names.end()) return;
    const auto found = reader_.find_value("traffic", "probe_class");
    std::string hint = quoted_hint(did_you_mean(draft_.plan.traffic.probe_class, names));
    if (hint.empty()) hint = fmt::format("classes are {}", fmt::join(names, ", "));
    reader_.report(found->value.source->error_at(
        found->value.text.pos, fmt::format("no class '{}' for the probes", found->value.text.text), hint));
  }

  // ---- the end

  [[nodiscard]] bool is_fine() { return !has_errors(reader_.diagnostics()) && !has_errors(inputs_.diagnostics()); }

  PlannedScenario finish() {
    PlannedScenario result{std::nullopt, std::move(reader_.diagnostics())};
    result.diagnostics.insert(result.diagnostics.end(), policy_diagnostics_.begin(), policy_diagnostics_.end());
    draft_.plan.quick = reader_.options().quick;
    if (!has_errors(result.diagnostics) && !has_errors(inputs_.diagnostics())) result.plan = std::move(draft_.plan);
    return result;
  }

  const Inputs& inputs_;
  SectionReader reader_;
  Draft& draft_;
  std::vector<Diagnostic> policy_diagnostics_;
};

/// Without overrides what `sha256sum` says of the file. NUL cannot be in a scenario, so nothing else hashes the same.
std::string hash_inputs(std::string text, const std::vector<std::string>& overrides) {
  for (const std::string& o : overrides) {
    text += '\0';
    text += o;
  }
  return sha256_hex(text);
}

/// The label of the case that is called by its only value or by its label.
std::optional<std::string> find_case(const Matrix& matrix, const std::string& wanted) {
  for (const MatrixCase& c : matrix.cases) {
    const bool by_value = c.settings.size() == 1 && c.settings.front().value.text.text == wanted;
    if (by_value || c.label == wanted) return c.label;
  }
  return std::nullopt;
}

Diagnostic no_case(const Inputs& inputs, const Matrix& matrix, std::string_view section, std::string_view key,
                   std::string_view wanted) {
  const auto found = inputs.find_value(section, key);
  return found->value.source->error_at(found->value.text.pos, fmt::format("no case '{}'", wanted),
                                       fmt::format("the first one is '{}'", matrix.cases.front().label));
}

/// Gives each ratio the label of its case. One whose case an override has taken away is left out.
std::vector<RatioPlan> ratios_of_cases(const Inputs& inputs, const Matrix& matrix, std::vector<RatioPlan> ratios,
                                       Messages& messages) {
  std::vector<RatioPlan> found;
  for (RatioPlan& ratio : ratios) {
    if (auto label = find_case(matrix, ratio.traffic_case)) {
      ratio.traffic_case = std::move(*label);
      found.push_back(std::move(ratio));
    } else if (inputs.options().overrides.empty()) {
      messages.add(
          {no_case(inputs, matrix, fmt::format("{}{}", kRatioPrefix, ratio.name), "case", ratio.traffic_case)});
    }
  }
  return found;
}

/// Plans every case; the plan of the whole is the first one's with all of them in it.
std::optional<Plan> plan_cases(const Inputs& inputs, const std::filesystem::path& file, const Matrix& matrix,
                               Messages& messages) {
  std::vector<Plan> cases;
  std::string reference;
  for (const MatrixCase& c : matrix.cases) {
    Planner planner(inputs, file, c.settings);
    PlannedScenario planned = planner.run();
    reference = planner.reference();
    messages.add(planned.diagnostics);
    if (!planned.plan) continue;
    planned.plan->case_label = c.label;
    for (const Setting& s : c.settings) planned.plan->case_values.push_back(s.value.text.text);
    planned.plan->sweep_keys = matrix.keys;
    cases.push_back(std::move(*planned.plan));
  }
  const auto reference_label = reference.empty() ? matrix.cases.front().label : find_case(matrix, reference);
  if (!reference_label) {
    messages.add({no_case(inputs, matrix, kMatrixSection, "reference", reference)});
    return std::nullopt;
  }
  if (cases.size() != matrix.cases.size()) return std::nullopt;
  for (Plan& plan : cases) plan.reference_case = *reference_label;
  Plan whole = cases.front();
  whole.case_label.clear();
  whole.case_values.clear();
  whole.ratios = ratios_of_cases(inputs, matrix, std::move(whole.ratios), messages);
  whole.cases = std::move(cases);
  return whole;
}

void name_plan(Plan& plan, const std::filesystem::path& file, const std::string& sha256) {
  plan.scenario_name = file.stem().string();
  plan.scenario_file = file.string();
  plan.scenario_sha256 = sha256;
  for (Plan& c : plan.cases) name_plan(c, file, sha256);
}

}  // namespace

std::span<const Plan> cases_of(const Plan& plan) {
  return plan.cases.empty() ? std::span<const Plan>(&plan, 1) : std::span<const Plan>(plan.cases);
}

PlannedScenario plan_scenario(const std::filesystem::path& file, const ScenarioOptions& options) {
  const auto text = read_file(file, kMaxScenarioBytes);
  if (!text) {
    const SourceText unread{file.string(), {}};
    return {std::nullopt, {unread.error_at({}, error_text(text.error()), quoted_hint(nearest_file(file)))}};
  }
  const ParsedIni ini = parse_ini(*text, file.string());
  const Inputs inputs(ini, options);
  Messages messages(ini.source.name);
  messages.add(ini.diagnostics);
  messages.add(inputs.diagnostics());
  std::vector<Diagnostic> matrix_diagnostics;
  const Matrix matrix = read_matrix(inputs, matrix_diagnostics);
  messages.add(matrix_diagnostics);
  std::vector<Diagnostic> threshold_diagnostics;
  const std::vector<ThresholdClaim> thresholds = read_thresholds(inputs, threshold_diagnostics);
  messages.add(threshold_diagnostics);

  std::optional<Plan> plan;
  if (matrix.cases.empty()) {
    PlannedScenario single = Planner(inputs, file, {}).run();
    messages.add(single.diagnostics);
    plan = std::move(single.plan);
  } else {
    plan = plan_cases(inputs, file, matrix, messages);
  }
  PlannedScenario planned{std::nullopt, messages.take()};
  if (plan && !has_errors(planned.diagnostics)) {
    name_plan(*plan, file, hash_inputs(*text, options.overrides));
    plan->thresholds = thresholds;
    planned.plan = std::move(*plan);
  }
  return planned;
}

}  // namespace fwbench
