// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/plan_classes.h"

#include <algorithm>
#include <cmath>

#include "scenario/class_rates.h"
#include "scenario/plan_capture.h"

namespace fwbench {
namespace {

class ClassPlanner {
 public:
  explicit ClassPlanner(SectionReader& reader) : reader_(reader), draft_(reader.draft()) {}

  void run() {
    for (const IniSection& section : reader_.ini().sections) {
      if (is_class_section(section.name.text) && section.name.text != kClassPrefix) read_class(section);
    }
    if (draft_.plan.traffic.capture) return add_captured_class(reader_);
    if (!has_errors(reader_.diagnostics())) share_out();
    std::vector<TrafficClass>& classes = draft_.plan.traffic.classes;
    const SourceText& source = reader_.ini().source;
    if (!has_class_) {
      reader_.report(source.error_at({}, "no traffic: there is no [class.NAME] section"));
    } else if (!has_errors(reader_.diagnostics()) &&
               std::all_of(classes.begin(), classes.end(), [](const TrafficClass& c) { return c.weight <= 0; })) {
      reader_.report(source.error_at({}, "no traffic: the weights of all classes are 0"));
    }
  }

 private:
  /// Shares of the load from weights, shares and rates.
  void share_out() {
    if (const auto problem = resolve_rates(shares_, draft_.plan.traffic)) reader_.report_problem(*problem);
  }

  void read_class(const IniSection& section) {
    has_class_ = true;
    draft_.current = {};
    draft_.source = TrafficSource::fields;
    draft_.share.reset();
    draft_.current.name = section.name.text.substr(kClassPrefix.size());
    const bool fine = read_keys(section.name.text);
    if (draft_.current.sizes.empty()) draft_.current.sizes = draft_.sizes;
    if (draft_.source == TrafficSource::policy && fine) make_flows(section);
    if (const auto problem = find_class_problem(draft_.current)) reader_.report_problem(*problem);
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

  /// False when one of them is wrong or missing.
  bool read_keys(const std::string& section) {
    std::vector<KeyType> failed;
    for (const Key& key : all_keys()) {
      if (key.section != "class" || depends_on_any(key, failed)) continue;
      const std::string without = no_meaning_for(key);
      if (!without.empty()) {
        reader_.report_without_meaning(key, section, without);
        continue;
      }
      const bool fine = reader_.read_key(key, section) && (key.name != "proto" || !failed.empty() || check_protocol());
      if (!fine) failed.push_back(key.type);
    }
    return failed.empty();
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

  /// `weight`, `share` or `rate`.
  void check_one_share(const IniSection& section) {
    std::optional<Inputs::Found> first;
    for (const std::string_view key : {"rate", "share", "weight"}) {
      const auto found = reader_.find_value(section.name.text, key);
      if (found && first) {
        reader_.report(found->value.source->error_at(found->key_pos, "a class has a weight, a share or a rate",
                                                     "take all but one of them out"));
      }
      if (found) first = found;
    }
  }

  void make_flows(const IniSection& section) {
    if (!draft_.plan.policy) return;
    const auto found = reader_.find_value(section.name.text, "from");
    auto flows = flows_of_policy(*draft_.plan.policy, draft_.rules, draft_.current);
    if (flows) {
      draft_.current.flows = std::move(*flows);
    } else {
      reader_.report(found->value.source->error_at(found->value.text.pos, flows.error().message, flows.error().remedy));
    }
  }

  bool check_protocol() {
    const auto problem = find_protocol_problem(draft_.current);
    if (problem) reader_.report_problem(*problem);
    return !problem;
  }

  SectionReader& reader_;
  Draft& draft_;
  std::vector<std::optional<double>> shares_;  ///< by class
  bool has_class_ = false;
};

}  // namespace

void read_classes(SectionReader& reader) {
  ClassPlanner(reader).run();
}

void check_flow_counts(SectionReader& reader) {
  const TrafficSpec& traffic = reader.draft().plan.traffic;
  double total = 0;
  for (const TrafficClass& c : traffic.classes) total += c.weight;
  for (const TrafficClass& c : traffic.classes) {
    if (!c.flows || c.weight <= 0) continue;
    const double share = traffic.frames * (c.weight / total);
    if (share >= static_cast<double>(c.flows->size())) continue;
    const auto from = reader.find_value(std::string(kClassPrefix) + c.name, "from");
    reader.report(from->value.source->error_at(
        from->value.text.pos,
        fmt::format("{} rules, but only {:.0f} frames for them", c.flows->size(), std::floor(share)),
        fmt::format("traffic.frames is {}: give it more", traffic.frames)));
  }
}

}  // namespace fwbench
