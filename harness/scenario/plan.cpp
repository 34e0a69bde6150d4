// SPDX-License-Identifier: BSD-2-Clause
/// From a parsed INI and the options to a Plan, by way of the key table.
#include <algorithm>
#include <cstring>
#include <deque>
#include <tuple>

#include "core/file.h"
#include "core/text.h"
#include "scenario/ini.h"
#include "scenario/scenario.h"
#include "scenario/sha256.h"
#include "scenario/value_reader.h"

namespace fwbench {
namespace {

/// A scenario is text written by a person; anything larger is another kind of file.
constexpr size_t kMaxScenarioBytes = size_t{1} << 20;
constexpr std::string_view kClassPrefix = "class.";
/// IPv6 extension headers (RFC 8200 section 4, RFC 4302, RFC 6275): as a payload protocol they would not be one.
constexpr uint8_t kExtensionHeaders[] = {0, 43, 44, 51, 59, 60, 135};

bool is_class_section(std::string_view section) {
  return section.substr(0, kClassPrefix.size()) == kClassPrefix;
}

std::string quoted_hint(const std::string& nearest) {
  return nearest.empty() ? std::string{} : fmt::format("did you mean '{}'?", nearest);
}

/// The neighbour that was perhaps meant, for a file that is not there.
std::string nearest_file(const std::filesystem::path& missing) {
  std::vector<std::string> names;
  std::error_code ignored;
  const auto folder = missing.has_parent_path() ? missing.parent_path() : std::filesystem::path(".");
  for (std::filesystem::directory_iterator it(folder, ignored), end; !ignored && it != end; it.increment(ignored)) {
    names.push_back(it->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  const std::string nearest = did_you_mean(missing.filename().string(), {names.begin(), names.end()});
  return nearest.empty() ? nearest : (missing.parent_path() / nearest).string();
}

std::string error_text(const Error& error) {
  return error.sys_errno == 0 ? error.message : fmt::format("{}: {}", error.message, std::strerror(error.sys_errno));
}

/// Bytes without FCS of the smallest frame that holds the headers and the 8 bytes of identity (bpf/abi.h): in TCP they
/// are seq and ack, elsewhere they stand behind the header.
int smallest_frame(const TrafficClass& c) {
  const int network = 14 + (c.ip == IpVersion::v4 ? 20 : 40);
  const bool has_short_header = c.l4proto == 17 || c.l4proto == 1 || c.l4proto == 58;  // UDP, ICMP, ICMPv6
  const int transport = c.l4proto == 6 ? 20 : has_short_header ? 8 + 8 : 8;
  return std::max(60, network + transport);
}

class Planner {
 public:
  Planner(const ParsedIni& ini, const std::filesystem::path& file, const ScenarioOptions& options)
      : ini_(ini), file_(file), options_(options) {
    draft_.known_duts = options.known_duts;
  }

  PlannedScenario run() {
    read_overrides();
    check_names();
    for (const KeySection& section : all_sections()) {
      if (section.name != "class") read_section(section.name, section.name);
      if (section.name == "policy") read_policy();
    }
    read_classes();
    if (!has_errors(diagnostics_)) check_probe_class();
    return finish();
  }

 private:
  struct Override {
    SourceText source;
    std::string section, key;
    Value value;
  };

  // ---- what was said on the command line

  void read_overrides() {
    for (const std::string& text : options_.overrides) read_override(text);
    if (options_.duts.empty()) return;
    const std::string list = fmt::format("{}", fmt::join(options_.duts, ","));
    Override& o = add_override("--dut " + list, list);
    o.section = "dut";
    o.key = "list";
    o.value.text = trim(list, {1, 1, 1});
  }

  Override& add_override(const std::string& name, const std::string& text) {
    overrides_.push_back({{printable(name), {printable(text)}}, {}, {}, {}});
    overrides_.back().value.source = &overrides_.back().source;
    return overrides_.back();
  }

  void read_override(const std::string& text) {
    Override& o = add_override("--set " + text, text);
    if (const size_t bad = find_bad_byte(text); bad != std::string::npos) {
      report(o.source.error_at({1, static_cast<int>(bad) + 1, 1}, "neither printable nor UTF-8"));
      return overrides_.pop_back();
    }
    const std::string_view view = text;
    const size_t equals = view.find('=');
    const IniText name = trim(view.substr(0, equals), {1, 1, 1});
    const size_t dot = name.text.rfind('.');
    if (equals == std::string::npos || dot == std::string::npos) {
      report(o.source.error_at(name.pos, "expected section.key=value", "for example --set trial.rounds=3"));
      return overrides_.pop_back();
    }
    o.section = name.text.substr(0, dot);
    o.key = name.text.substr(dot + 1);
    o.value.text = trim(view.substr(equals + 1), {1, static_cast<int>(equals) + 2, 1});
    SourcePos key_pos = name.pos;
    key_pos.column += static_cast<int>(dot) + 1;
    key_pos.length = std::max(1, static_cast<int>(o.key.size()));
    if (!check_override_section(o, name.pos)) return;
    check_key(o.source, o.section, o.key, key_pos);
    if (o.value.text.text.empty()) report(o.source.error_at(o.value.text.pos, "no value behind '='"));
  }

  /// A class must be in the file: else a misspelt name would make a new one.
  bool check_override_section(const Override& o, SourcePos pos) {
    pos.length = std::max(1, static_cast<int>(o.section.size()));
    if (is_class_section(o.section) && find_section(o.section) == nullptr) {
      std::vector<std::string_view> classes;
      for (const IniSection& s : ini_.sections) classes.push_back(s.name.text);
      report(o.source.error_at(pos, fmt::format("no section [{}] in {}", o.section, ini_.source.name),
                               quoted_hint(did_you_mean(o.section, classes))));
      return false;
    }
    return check_section(o.source, o.section, pos);
  }

  // ---- names

  void check_names() {
    for (const IniSection& section : ini_.sections) {
      if (!check_section(ini_.source, section.name.text, section.name.pos)) continue;
      for (const IniEntry& entry : section.entries) {
        check_key(ini_.source, section.name.text, entry.key.text, entry.key.pos);
      }
    }
  }

  bool check_section(const SourceText& source, std::string_view name, SourcePos pos) {
    if (name == "class" || name == kClassPrefix) {
      report(source.error_at(pos, "a class needs a name", "write [class.NAME]"));
      return false;
    }
    if (is_class_section(name)) return true;
    std::vector<std::string_view> candidates;
    for (const KeySection& section : all_sections()) {
      if (section.name == name) return true;
      candidates.push_back(section.name);
    }
    std::string hint = quoted_hint(did_you_mean(name, candidates));
    if (hint.empty()) hint = fmt::format("sections are {} (as class.NAME)", fmt::join(candidates, ", "));
    report(source.error_at(pos, fmt::format("unknown section [{}]", name), hint));
    return false;
  }

  void check_key(const SourceText& source, std::string_view section, std::string_view name, SourcePos pos) {
    const std::string_view kind = is_class_section(section) ? std::string_view("class") : section;
    if (find_key(kind, name) != nullptr) return;
    std::vector<std::string_view> candidates;
    std::string elsewhere;
    for (const Key& key : all_keys()) {
      if (key.section == kind) candidates.push_back(key.name);
      if (key.name == name) elsewhere = key.section == "class" ? "[class.NAME]" : fmt::format("[{}]", key.section);
    }
    std::string hint = quoted_hint(did_you_mean(name, candidates));
    if (!elsewhere.empty()) hint = fmt::format("'{}' belongs to {}", name, elsewhere);
    if (hint.empty()) hint = fmt::format("keys of this section: {}", fmt::join(candidates, ", "));
    report(source.error_at(pos, fmt::format("unknown key '{}' in [{}]", name, section), hint));
  }

  [[nodiscard]] const IniSection* find_section(std::string_view name) const {
    const auto at = std::find_if(ini_.sections.begin(), ini_.sections.end(),
                                 [&](const IniSection& s) { return s.name.text == name; });
    return at == ini_.sections.end() ? nullptr : &*at;
  }

  // ---- values

  struct Found {
    Value value;
    SourcePos key_pos;
    bool is_override = false;
  };

  [[nodiscard]] std::optional<Found> find_value(std::string_view section, std::string_view key) const {
    for (auto o = overrides_.rbegin(); o != overrides_.rend(); ++o) {
      if (o->section == section && o->key == key && !o->value.text.text.empty()) {
        return Found{o->value, o->value.text.pos, true};
      }
    }
    const IniSection* const in_file = find_section(section);
    if (in_file == nullptr) return std::nullopt;
    for (const IniEntry& entry : in_file->entries) {
      if (entry.key.text == key) return Found{{&ini_.source, entry.value}, entry.key.pos, false};
    }
    return std::nullopt;
  }

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
    const auto found = find_value("policy", "file");
    if (!found) return;
    const std::filesystem::path path = (file_.parent_path() / draft_.policy_file).lexically_normal();
    if (const auto readable = read_file(path); !readable) {
      const std::string nearest = nearest_file(path);
      report(found->value.source->error_at(
          found->value.text.pos, error_text(readable.error()),
          nearest.empty() ? std::string("the path starts at the scenario's folder") : quoted_hint(nearest)));
      return;
    }
    ParsedPolicy parsed = load_policy(path);
    draft_.plan.policy = std::move(parsed.policy);
    policy_diagnostics_ = std::move(parsed.diagnostics);
  }

  // ---- the classes

  void read_classes() {
    for (const IniSection& section : ini_.sections) {
      if (is_class_section(section.name.text) && section.name.text != kClassPrefix) read_class(section);
    }
    std::vector<TrafficClass>& classes = draft_.plan.traffic.classes;
    if (!has_class_) {
      report(ini_.source.error_at({}, "no traffic: there is no [class.NAME] section"));
    } else if (!has_errors(diagnostics_) &&
               std::all_of(classes.begin(), classes.end(), [](const TrafficClass& c) { return c.weight <= 0; })) {
      report(ini_.source.error_at({}, "no traffic: the weights of all classes are 0"));
    }
  }

  void read_class(const IniSection& section) {
    has_class_ = true;
    draft_.current = {};
    draft_.current.name = section.name.text.substr(kClassPrefix.size());
    std::vector<KeyType> failed;
    for (const Key& key : all_keys()) {
      if (key.section != "class" || depends_on_any(key, failed)) continue;
      if (!applies(key)) {
        report_without_meaning(key, section.name.text);
        continue;
      }
      const bool fine =
          read_key(key, section.name.text) && (key.name != "proto" || !failed.empty() || check_protocol(section));
      if (!fine) failed.push_back(key.type);
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

  [[nodiscard]] bool applies(const Key& key) const {
    return key.protocols.empty() ||
           std::find(key.protocols.begin(), key.protocols.end(), draft_.current.l4proto) != key.protocols.end();
  }

  void report_without_meaning(const Key& key, std::string_view section) {
    const auto found = find_value(section, key.name);
    if (!found) return;
    report(found->value.source->error_at(
        found->key_pos,
        fmt::format("'{}' has no meaning for proto = {}", key.name, protocol_name(draft_.current.l4proto)),
        "take the line out, or change proto"));
  }

  bool check_protocol(const IniSection& section) {
    const TrafficClass& c = draft_.current;
    const bool v6 = c.ip == IpVersion::v6;
    const bool extension =
        std::find(std::begin(kExtensionHeaders), std::end(kExtensionHeaders), c.l4proto) != std::end(kExtensionHeaders);
    std::string message;
    std::string hint;
    if (c.l4proto == (v6 ? 1 : 58)) {
      message = fmt::format("proto {} does not go with ip = {}", protocol_name(c.l4proto), v6 ? 6 : 4);
      hint = quoted_hint(v6 ? "icmpv6" : "icmp");
    } else if (v6 && extension) {
      message = fmt::format("protocol {} is an IPv6 extension header", c.l4proto);
      hint = "give the protocol behind it";
    }
    if (message.empty()) return true;
    // The default protocol goes with either version, so the key was written.
    const auto found = find_value(section.name.text, "proto");
    report(found->value.source->error_at(found->value.text.pos, message, hint));
    return false;
  }

  void check_probe_class() {
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

  PlannedScenario finish() {
    diagnostics_.insert(diagnostics_.end(), ini_.diagnostics.begin(), ini_.diagnostics.end());
    // Overrides stay as they were given: each is a source of its own.
    const auto order = [this](const Diagnostic& d) {
      const bool in_file = d.file == ini_.source.name;
      return std::tuple(!in_file, in_file ? d.pos.line : 0, in_file ? d.pos.column : 0);
    };
    std::stable_sort(diagnostics_.begin(), diagnostics_.end(),
                     [&](const Diagnostic& a, const Diagnostic& b) { return order(a) < order(b); });
    PlannedScenario result{std::nullopt, std::move(diagnostics_)};
    result.diagnostics.insert(result.diagnostics.end(), policy_diagnostics_.begin(), policy_diagnostics_.end());
    draft_.plan.quick = options_.quick;
    if (!has_errors(result.diagnostics)) result.plan = std::move(draft_.plan);
    return result;
  }

  const ParsedIni& ini_;
  const std::filesystem::path& file_;
  const ScenarioOptions& options_;
  Draft draft_;
  std::deque<Override> overrides_;  ///< a deque: values point into it
  std::vector<Diagnostic> diagnostics_;
  std::vector<Diagnostic> policy_diagnostics_;
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

}  // namespace

PlannedScenario plan_scenario(const std::filesystem::path& file, const ScenarioOptions& options) {
  const auto text = read_file(file, kMaxScenarioBytes);
  if (!text) {
    const SourceText unread{file.string(), {}};
    return {std::nullopt, {unread.error_at({}, error_text(text.error()), quoted_hint(nearest_file(file)))}};
  }
  const ParsedIni ini = parse_ini(*text, file.string());
  PlannedScenario planned = Planner(ini, file, options).run();
  if (planned.plan) {
    planned.plan->scenario_name = file.stem().string();
    planned.plan->scenario_file = file.string();
    planned.plan->scenario_sha256 = hash_inputs(*text, options.overrides);
  }
  return planned;
}

}  // namespace fwbench
