// SPDX-License-Identifier: BSD-2-Clause
/// From a parsed INI and the options to a Plan, by way of the key table.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/file.h"
#include "scenario/captured_traffic.h"
#include "scenario/class_checks.h"
#include "scenario/class_rates.h"
#include "scenario/inputs.h"
#include "scenario/matrix.h"
#include "scenario/messages.h"
#include "scenario/ratio_check.h"
#include "scenario/scenario.h"
#include "scenario/sha256.h"
#include "scenario/thresholds.h"
#include "scenario/user_dut.h"
#include "scenario/value_reader.h"

namespace fwbench {
namespace {

/// A scenario is text written by a person; anything larger is another kind of file.
constexpr size_t kMaxScenarioBytes = size_t{1} << 20;

/// One plan: of the whole scenario, or of one case of its sweep.
class Planner {
 public:
  /// @param settings of the case; they stand above the file and below the command line
  Planner(const Inputs& inputs, const std::filesystem::path& file, const std::vector<Setting>& settings)
      : inputs_(inputs), ini_(inputs.ini()), file_(file), options_(inputs.options()), settings_(settings) {
    draft_.known_duts = options_.known_duts;
    add_user_dut_names(ini_, draft_.known_duts);
  }

  PlannedScenario run() {
    for (const KeySection& section : all_sections()) {
      if (section.name == kUserDutSection) {
        read_user_duts();
      } else if (!is_named_kind(section.name)) {
        read_section(section.name, section.name);
      }
      if (section.name == "policy") read_policy();
      if (section.name == "swap") read_swap();
      if (section.name == "traffic") read_captured_traffic();
    }
    check_probes();
    read_ratios();
    read_classes();
    if (!has_errors(diagnostics_) && !has_errors(inputs_.diagnostics())) check_probe_class();
    return finish();
  }

  /// [matrix] reference as written; any time.
  [[nodiscard]] const std::string& reference() const { return draft_.reference; }

 private:
  using Found = Inputs::Found;

  // ---- values

  [[nodiscard]] std::optional<Found> find_value(std::string_view section, std::string_view key) const {
    auto found = inputs_.find_value(section, key);
    if (found && found->is_override) return found;
    for (const Setting& s : settings_) {
      if (s.section == section && s.key == key) return Found{s.value, s.value.text.pos, false};
    }
    return found;
  }

  [[nodiscard]] const IniSection* find_section(std::string_view name) const { return inputs_.find_section(name); }

  void read_section(std::string_view section, std::string_view kind) {
    for (const Key& key : all_keys()) {
      if (key.section == kind) read_key(key, section);
    }
  }

  /// Default first, then file or override, then --quick: the later one wins. False when the value is wrong or missing.
  bool read_key(const Key& key, std::string_view section) {
    store_fixed(key, key.default_value, false);
    const auto found = find_value(section, key.name);
    if (found) {
      ValueReader reader(key, found->value, diagnostics_);
      key.set(reader, draft_);
      if (reader.failed()) return false;
    } else if (key.required) {
      report_missing(key, section);
      return false;
    }
    if (options_.quick && !(found && found->is_override)) store_fixed(key, key.quick_value, true);
    return true;
  }

  /// Values of the key table itself; a test holds that none of them fails.
  void store_fixed(const Key& key, std::string_view text, bool only_lower) {
    if (text.empty()) return;
    const SourceText source{"key table", {std::string(text)}};
    const Value value{&source, {std::string(text), {1, 1, 1}}};
    ValueReader reader(key, value, diagnostics_);
    if (only_lower) reader.only_lower();
    key.set(reader, draft_);
  }

  void report_missing(const Key& key, std::string_view section) {
    const IniSection* const in_file = find_section(section);
    report(ini_.source.error_at(in_file == nullptr ? SourcePos{} : in_file->name.pos,
                                fmt::format("[{}] needs '{}'", section, key.name),
                                fmt::format("{} = {}", key.name, describe_value(key))));
  }

  // ---- the policy

  void read_policy() {
    const auto file = find_value("policy", "file");
    const auto generate = find_value("policy", "generate");
    for (const Key& key : all_keys()) {
      if (key.section == "policy" && !key.generators.empty()) check_generator_key(key);
    }
    if (file && generate) {
      report(generate->value.source->error_at(generate->key_pos, "a policy is read or generated, not both",
                                              "take 'file' or 'generate' out"));
    } else if (generate) {
      if (!has_errors(diagnostics_)) generate_it();
    } else if (file) {
      draft_.plan.policy = load_policy_file(*file->value.source, file->value.text);
    } else if (!use_no_policy()) {
      report_missing(*find_key("policy", "file"), "policy");
    }
  }

  /// Where every class says what must become of it. False, and nothing done, when one does not.
  bool use_no_policy() {
    bool any = false;
    for (const IniSection& section : ini_.sections) {
      if (!is_class_section(section.name.text)) continue;
      any = true;
      const auto expect = find_value(section.name.text, "expect");
      if (!expect || expect->value.text.text == "policy") return false;
    }
    if (any) draft_.plan.policy = absent_policy();
    draft_.plan.policy_is_absent = any;
    return any;
  }

  // ---- the DUTs

  void read_user_duts() {
    for (const IniSection& section : ini_.sections) {
      if (is_user_dut_section(section.name.text) && section.name.text != kUserDutPrefix) read_user_dut(section);
    }
    if (draft_.plan.policy_is_absent) check_duts_without_policy();
  }

  void read_user_dut(const IniSection& section) {
    const std::string& name = section.name.text;
    draft_.user_dut = {};
    draft_.user_dut.name = name.substr(kUserDutPrefix.size());
    draft_.user_dut.folder = file_.parent_path().string();
    const size_t before = diagnostics_.size();
    for (const Key& key : all_keys()) {
      if (key.section != kUserDutSection) continue;
      const std::string_view kind = kind_name(draft_.user_dut.kind);
      if (!key.dut_kind.empty() && key.dut_kind != kind) {
        report_without_meaning(key, name, fmt::format("kind = {}", kind));
      } else if (!read_key(key, name) && key.name == "kind") {
        return;  // what follows from it would only be noise
      }
    }
    if (diagnostics_.size() != before) return;
    const UserDutContext context = {.section = section,
                                    .source = ini_.source,
                                    .plan = draft_.plan,
                                    .catalogue = options_.known_duts,
                                    .known = draft_.known_duts,
                                    .find = [&](std::string_view key) { return find_value(name, key); }};
    if (finish_user_dut(context, draft_.user_dut, diagnostics_)) draft_.plan.user_duts.push_back(draft_.user_dut);
  }

  void check_duts_without_policy() {
    for (const std::string& name : draft_.plan.duts) {
      const auto& by_policy = options_.policy_duts;
      if (std::find(by_policy.begin(), by_policy.end(), name) == by_policy.end()) continue;
      const auto list = find_value("dut", "list");
      report(list->value.source->error_at(list->value.text.pos, fmt::format("DUT '{}' needs a [policy]", name),
                                          "give the scenario one, or take the DUT out"));
    }
  }

  void read_swap() {
    const auto policies = find_value("swap", "policies");
    if (!policies) {
      if (find_section("swap") != nullptr) report_missing(*find_key("swap", "policies"), "swap");
      return;
    }
    for (const IniText& file : split_list(policies->value.text)) {
      if (auto policy = load_policy_file(*policies->value.source, file)) {
        draft_.swap.others.push_back(std::move(policy));
      }
    }
    draft_.plan.swap = std::move(draft_.swap);
  }

  void check_generator_key(const Key& key) {
    const auto found = find_value("policy", key.name);
    if (!found) return;
    const auto generate = find_value("policy", "generate");
    const auto fits = [&](std::string_view generator) { return generate->value.text.text == generator; };
    if (generate && std::any_of(key.generators.begin(), key.generators.end(), fits)) return;
    if (draft_.generator || !generate) {
      const std::string what =
          generate ? "generate = " + generate->value.text.text : std::string("a policy from a file");
      report(found->value.source->error_at(found->key_pos, fmt::format("'{}' has no meaning for {}", key.name, what)));
    }
  }

  void generate_it() {
    draft_.recipe.generator = *draft_.generator;
    ParsedPolicy parsed = parse_policy(generate_policy(draft_.recipe), generated_name(draft_.recipe));
    draft_.plan.policy = std::move(parsed.policy);
    draft_.plan.policy_is_generated = true;
    policy_diagnostics_ = std::move(parsed.diagnostics);
  }

  /// Null, and reported, when it cannot be read; its own errors are kept for the end.
  std::shared_ptr<const Policy> load_policy_file(const SourceText& source, const IniText& name) {
    const std::filesystem::path path = (file_.parent_path() / name.text).lexically_normal();
    if (const auto readable = read_file(path); !readable) {
      const std::string nearest = nearest_file(path);
      report(source.error_at(
          name.pos, error_text(readable.error()),
          nearest.empty() ? std::string("the path starts at the scenario's folder") : quoted_hint(nearest)));
      return nullptr;
    }
    ParsedPolicy parsed = load_policy(path);
    policy_diagnostics_.insert(policy_diagnostics_.end(), parsed.diagnostics.begin(), parsed.diagnostics.end());
    return std::move(parsed.policy);
  }

  // ---- ratios

  void read_ratios() {
    for (const IniSection& section : ini_.sections) {
      if (section.name.text.rfind(kRatioPrefix, 0) != 0 || section.name.text == kRatioPrefix) continue;
      if (!settings_.empty()) {
        report(ini_.source.error_at(section.name.pos, "a sweep has no ratios: its rates belong to its cases",
                                    "take [matrix] or this section out"));
        continue;
      }
      draft_.ratio = {};
      draft_.ratio.name = section.name.text.substr(kRatioPrefix.size());
      const size_t before = diagnostics_.size();
      read_section(section.name.text, "ratio");
      if (diagnostics_.size() == before) check_ratio(section);
      draft_.plan.ratios.push_back(draft_.ratio);
    }
  }

  void check_ratio(const IniSection& section) {
    for (RatioProblem& problem : problems_of(draft_.ratio)) {
      const auto found = find_value(section.name.text, problem.key);
      const SourceText& source = found ? *found->value.source : ini_.source;
      report(source.error_at(found ? found->value.text.pos : section.name.pos, std::move(problem.message),
                             std::move(problem.hint)));
    }
  }

  // ---- the classes

  // ---- a capture instead of classes

  void read_captured_traffic() {
    const auto found = find_value("traffic", "pcap");
    if (!found) return;
    auto capture = read_traffic_capture(file_.parent_path() / found->value.text.text);
    if (!capture) return report(found->value.source->error_at(found->value.text.pos, error_text(capture.error())));
    draft_.plan.traffic.frames = static_cast<uint32_t>((*capture)->packets.size());
    draft_.plan.traffic.capture = std::move(*capture);
  }

  void add_captured_class() {
    for (const TrafficClass& c : draft_.plan.traffic.classes) {
      if (c.weight <= 0) continue;
      const IniSection* const section = find_section(std::string(kClassPrefix) + c.name);
      report(ini_.source.error_at(section->name.pos, fmt::format("class {} beside a capture", c.name),
                                  "the capture is the traffic; a class of weight 0 can be the probe_class"));
    }
    if (draft_.plan.policy_is_absent) report_missing(*find_key("policy", "file"), "policy");
    draft_.plan.traffic.classes.push_back(captured_class());
    draft_.plan.class_expects.push_back(ClassExpect::policy);
  }

  void read_classes() {
    for (const IniSection& section : ini_.sections) {
      if (is_class_section(section.name.text) && section.name.text != kClassPrefix) read_class(section);
    }
    if (draft_.plan.traffic.capture) return add_captured_class();
    if (!has_errors(diagnostics_)) share_out();
    std::vector<TrafficClass>& classes = draft_.plan.traffic.classes;
    if (!has_class_) {
      report(ini_.source.error_at({}, "no traffic: there is no [class.NAME] section"));
    } else if (!has_errors(diagnostics_) &&
               std::all_of(classes.begin(), classes.end(), [](const TrafficClass& c) { return c.weight <= 0; })) {
      report(ini_.source.error_at({}, "no traffic: the weights of all classes are 0"));
    }
  }

  /// Shares of the load from weights, shares and rates.
  void share_out() {
    if (const auto problem = resolve_rates(shares_, draft_.plan.traffic)) report_problem(*problem);
  }

  void read_class(const IniSection& section) {
    has_class_ = true;
    draft_.current = {};
    draft_.source = TrafficSource::fields;
    draft_.share.reset();
    draft_.current.name = section.name.text.substr(kClassPrefix.size());
    std::vector<KeyType> failed;
    for (const Key& key : all_keys()) {
      if (key.section != "class" || depends_on_any(key, failed)) continue;
      const std::string without = no_meaning_for(key);
      if (!without.empty()) {
        report_without_meaning(key, section.name.text, without);
        continue;
      }
      const bool fine =
          read_key(key, section.name.text) && (key.name != "proto" || !failed.empty() || check_protocol());
      if (!fine) failed.push_back(key.type);
    }
    if (draft_.current.sizes.empty()) draft_.current.sizes = draft_.sizes;
    if (draft_.source == TrafficSource::policy && failed.empty()) make_flows(section);
    if (const auto problem = find_class_problem(draft_.current)) report_problem(*problem);
    check_one_share(section);
    shares_.push_back(draft_.share);
    draft_.plan.class_expects.push_back(draft_.expect);
    if (draft_.current.flows) {
      draft_.plan.traffic.classes.push_back(draft_.current);
      return;
    }
    for (SizeWeight& size : draft_.current.sizes) size.bytes = std::max(size.bytes, smallest_frame(draft_.current));
    draft_.plan.traffic.classes.push_back(draft_.current);
  }

  /// What follows from a wrong `ip` or `proto` would only be noise.
  static bool depends_on_any(const Key& key, const std::vector<KeyType>& failed) {
    const auto has_failed = [&](KeyType type) { return std::find(failed.begin(), failed.end(), type) != failed.end(); };
    const bool on_ip = key.type == KeyType::addresses || key.type == KeyType::icmp_types;
    return (on_ip && has_failed(KeyType::choice)) || (!key.protocols.empty() && has_failed(KeyType::protocol));
  }

  /// "proto = icmp", "from = policy": what makes the key meaningless; "" when it has a meaning.
  [[nodiscard]] std::string no_meaning_for(const Key& key) const {
    const bool from_policy = draft_.source == TrafficSource::policy;
    if (from_policy && is_header_field(key)) return "from = policy";
    if (!from_policy && key.name == "rules") return "from = fields";
    const auto& protocols = key.protocols;
    if (protocols.empty() || std::find(protocols.begin(), protocols.end(), draft_.current.l4proto) != protocols.end()) {
      return {};
    }
    return "proto = " + protocol_name(draft_.current.l4proto);
  }

  void report_without_meaning(const Key& key, std::string_view section, const std::string& without) {
    const auto found = find_value(section, key.name);
    if (!found) return;
    report(found->value.source->error_at(
        found->key_pos, fmt::format("'{}' has no meaning for {}", key.name, without),
        fmt::format("take the line out, or change {}", without.substr(0, without.find(' ')))));
  }

  /// `weight`, `share` or `rate`.
  void check_one_share(const IniSection& section) {
    std::optional<Found> first;
    for (const std::string_view key : {"rate", "share", "weight"}) {
      const auto found = find_value(section.name.text, key);
      if (found && first) {
        report(found->value.source->error_at(found->key_pos, "a class has a weight, a share or a rate",
                                             "take all but one of them out"));
      }
      if (found) first = found;
    }
  }

  void make_flows(const IniSection& section) {
    if (!draft_.plan.policy) return;
    const auto found = find_value(section.name.text, "from");
    auto flows = flows_of_policy(*draft_.plan.policy, draft_.rules, draft_.current);
    if (flows) {
      draft_.current.flows = std::move(*flows);
    } else {
      report(found->value.source->error_at(found->value.text.pos, flows.error().message, flows.error().remedy));
    }
  }

  /// Every rule is to be hit: a class needs at least as many frames as it has flows.
  void check_flow_counts() {
    const TrafficSpec& traffic = draft_.plan.traffic;
    double total = 0;
    for (const TrafficClass& c : traffic.classes) total += c.weight;
    for (const TrafficClass& c : traffic.classes) {
      if (!c.flows || c.weight <= 0) continue;
      const double share = traffic.frames * (c.weight / total);
      if (share >= static_cast<double>(c.flows->size())) continue;
      const auto from = find_value(std::string(kClassPrefix) + c.name, "from");
      report(from->value.source->error_at(
          from->value.text.pos,
          fmt::format("{} rules, but only {:.0f} frames for them", c.flows->size(), std::floor(share)),
          fmt::format("traffic.frames is {}: give it more", traffic.frames)));
    }
  }

  bool check_protocol() {
    const auto problem = find_protocol_problem(draft_.current);
    if (problem) report_problem(*problem);
    return !problem;
  }

  void check_probes() {
    const bool is_constant = std::any_of(ini_.sections.begin(), ini_.sections.end(), [&](const IniSection& s) {
      return is_class_section(s.name.text) && find_value(s.name.text, "rate");
    });
    const bool has_delay_trials =
        draft_.plan.trial.delay_duration_ns != 0 && draft_.plan.traffic.rate_pps == 0 && !is_constant;
    const bool wanted = has_delay_trials || draft_.plan.swap;
    if (wanted && !find_value("traffic", "probe_class")) report_missing(*find_key("traffic", "probe_class"), "traffic");
    check_search(is_constant);
  }

  void check_search(bool has_class_rates) {
    const auto search = find_value("trial", "search");
    if (!search || (!has_class_rates && draft_.plan.traffic.rate_pps == 0)) return;
    report(search->value.source->error_at(search->value.text.pos, "a search finds the load by itself",
                                          "take out `rate` of [traffic] and of the classes, or `search`"));
  }

  void check_probe_class() {
    check_flow_counts();
    if (draft_.plan.traffic.probe_class.empty()) return;
    const std::vector<TrafficClass>& classes = draft_.plan.traffic.classes;
    std::vector<std::string_view> names;
    for (const TrafficClass& c : classes) names.push_back(c.name);
    if (std::find(names.begin(), names.end(), draft_.plan.traffic.probe_class) != names.end()) return;
    const auto found = find_value("traffic", "probe_class");
    std::string hint = quoted_hint(did_you_mean(draft_.plan.traffic.probe_class, names));
    if (hint.empty()) hint = fmt::format("classes are {}", fmt::join(names, ", "));
    report(found->value.source->error_at(found->value.text.pos,
                                         fmt::format("no class '{}' for the probes", found->value.text.text), hint));
  }

  // ---- the end

  void report(Diagnostic diagnostic) { diagnostics_.push_back(std::move(diagnostic)); }

  void report_problem(const KeyProblem& problem) {
    const auto found = find_value(problem.section, problem.key);
    report(found ? found->value.source->error_at(found->value.text.pos, problem.message, problem.hint)
                 : ini_.source.error_at({}, problem.message, problem.hint));
  }

  PlannedScenario finish() {
    PlannedScenario result{std::nullopt, std::move(diagnostics_)};
    result.diagnostics.insert(result.diagnostics.end(), policy_diagnostics_.begin(), policy_diagnostics_.end());
    draft_.plan.quick = options_.quick;
    if (!has_errors(result.diagnostics) && !has_errors(inputs_.diagnostics())) result.plan = std::move(draft_.plan);
    return result;
  }

  const Inputs& inputs_;
  const ParsedIni& ini_;
  const std::filesystem::path& file_;
  const ScenarioOptions& options_;
  const std::vector<Setting>& settings_;  ///< the case
  Draft draft_;
  std::vector<Diagnostic> diagnostics_;
  std::vector<Diagnostic> policy_diagnostics_;
  std::vector<std::optional<double>> shares_;  ///< by class
  bool has_class_ = false;
};

/// Without overrides what `sha256sum` says of the file. NUL cannot be in a scenario, so nothing else hashes the same.
std::string hash_inputs(std::string text, const std::vector<std::string>& overrides) {
  for (const std::string& o : overrides) {
    text += '\0';
    text += o;
  }
  return sha256_hex(text);
}

/// The case that [matrix] reference means; the first one when it says nothing.
std::optional<std::string> find_reference(const Matrix& matrix, const std::string& wanted) {
  if (wanted.empty()) return matrix.cases.front().label;
  for (const MatrixCase& c : matrix.cases) {
    const bool by_value = c.settings.size() == 1 && c.settings.front().value.text.text == wanted;
    if (by_value || c.label == wanted) return c.label;
  }
  return std::nullopt;
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
  const auto reference_label = find_reference(matrix, reference);
  if (!reference_label) {
    const auto found = inputs.find_value(kMatrixSection, "reference");
    messages.add({found->value.source->error_at(found->value.text.pos, fmt::format("no case '{}'", reference),
                                                fmt::format("the first one is '{}'", matrix.cases.front().label))});
    return std::nullopt;
  }
  if (cases.size() != matrix.cases.size()) return std::nullopt;
  for (Plan& plan : cases) plan.reference_case = *reference_label;
  Plan whole = cases.front();
  whole.case_label.clear();
  whole.case_values.clear();
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
