// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/inputs.h"

#include <algorithm>
#include <cstring>

#include "core/text.h"
#include "scenario/matrix.h"

namespace fwbench {

bool is_class_section(std::string_view section) {
  return section.substr(0, kClassPrefix.size()) == kClassPrefix;
}

bool is_user_dut_section(std::string_view section) {
  return section.substr(0, kUserDutPrefix.size()) == kUserDutPrefix;
}

std::string_view section_kind(std::string_view section) {
  if (is_user_dut_section(section)) return kUserDutSection;
  const std::string_view kind = section.substr(0, section.find('.'));
  return kind.size() < section.size() && is_named_kind(kind) ? kind : section;
}

std::string quoted_hint(const std::string& nearest) {
  return nearest.empty() ? std::string{} : fmt::format("did you mean '{}'?", nearest);
}

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

Inputs::Inputs(const ParsedIni& ini, const ScenarioOptions& options) : ini_(ini), options_(options) {
  read_overrides();
  check_names();
}

// ---- what was said on the command line

void Inputs::read_overrides() {
  for (const std::string& text : options_.overrides) read_override(text);
  if (options_.duts.empty()) return;
  const std::string list = fmt::format("{}", fmt::join(options_.duts, ","));
  Setting& setting = add_override("--dut " + list, list).setting;
  setting.section = "dut";
  setting.key = "list";
  setting.value.text = trim(list, {1, 1, 1});
}

Inputs::Override& Inputs::add_override(const std::string& name, const std::string& text) {
  overrides_.push_back({{printable(name), {printable(text)}}, {}});
  overrides_.back().setting.value.source = &overrides_.back().source;
  return overrides_.back();
}

void Inputs::read_override(const std::string& text) {
  Override& o = add_override("--set " + text, text);
  if (const size_t bad = find_bad_byte(text); bad != std::string::npos) {
    report(o.source.error_at({1, static_cast<int>(bad) + 1, 1}, "neither printable nor UTF-8"));
    return overrides_.pop_back();
  }
  const std::string_view view = text;
  if (view.substr(0, kThresholdsSection.size() + 1) == fmt::format("{}.", kThresholdsSection)) {
    return override_threshold(o, text);
  }
  const size_t equals = view.find('=');
  const IniText name = trim(view.substr(0, equals), {1, 1, 1});
  // [matrix] has keys with dots: those of other sections.
  const bool swept = name.text.substr(0, kMatrixSection.size() + 1) == fmt::format("{}.", kMatrixSection);
  const size_t dot = swept ? kMatrixSection.size() : name.text.rfind('.');
  if (equals == std::string::npos || dot == std::string::npos) {
    report(o.source.error_at(name.pos, "expected section.key=value", "for example --set trial.rounds=3"));
    return overrides_.pop_back();
  }
  o.setting.section = name.text.substr(0, dot);
  o.setting.key = name.text.substr(dot + 1);
  o.setting.value.text = trim(view.substr(equals + 1), {1, static_cast<int>(equals) + 2, 1});
  SourcePos key_pos = name.pos;
  key_pos.column += static_cast<int>(dot) + 1;
  key_pos.length = std::max(1, static_cast<int>(o.setting.key.size()));
  if (!check_override_section(o, name.pos)) return;
  check_key(o.source, o.setting.section, o.setting.key, key_pos);
  const IniText& value = o.setting.value.text;
  if (value.text.empty()) report(o.source.error_at(value.pos, "no value behind '='"));
}

/// "thresholds.xdp.vs_null>=0.8": the key has dots, and the comparison is part of the value.
void Inputs::override_threshold(Override& o, const std::string& text) {
  IniEntry entry = split_comparison(trim(text, {1, 1, 1}));
  const size_t prefix = kThresholdsSection.size() + 1;
  o.setting.section = kThresholdsSection;
  o.setting.key = entry.key.text.substr(prefix);
  o.setting.value.text = std::move(entry.value);
  if (!o.setting.value.text.text.empty()) return;
  report(o.source.error_at({1, 1, 1}, "expected a comparison and a bound",
                           "for example --set 'thresholds.xdp.vs_null>=0.8'"));
}

bool Inputs::check_override_section(const Override& o, SourcePos pos) {
  const std::string& section = o.setting.section;
  pos.length = std::max(1, static_cast<int>(section.size()));
  return check_named(o.source, section, pos) && check_section(o.source, section, pos);
}

/// A class, ratio or DUT of the user's must be in the file: else a misspelt name would make a new one.
bool Inputs::check_named(const SourceText& source, std::string_view section, SourcePos pos) {
  if (section_kind(section) == section || find_section(section) != nullptr) return true;
  std::vector<std::string_view> sections;
  for (const IniSection& s : ini_.sections) sections.push_back(s.name.text);
  report(source.error_at(pos, fmt::format("no section [{}] in {}", section, ini_.source.name),
                         quoted_hint(did_you_mean(section, sections))));
  return false;
}

// ---- names

void Inputs::check_names() {
  for (const IniSection& section : ini_.sections) {
    if (!check_section(ini_.source, section.name.text, section.name.pos)) continue;
    for (const IniEntry& entry : section.entries) {
      check_key(ini_.source, section.name.text, entry.key.text, entry.key.pos);
    }
  }
}

bool Inputs::check_section(const SourceText& source, std::string_view name, SourcePos pos) {
  const std::string_view kind = section_kind(name);
  if (is_named_kind(name) || (kind != name && kind.size() + 1 == name.size())) {
    report(source.error_at(pos, fmt::format("a {} needs a name", kind), fmt::format("write [{}.NAME]", kind)));
    return false;
  }
  if (name == kUserDutPrefix) {
    report(source.error_at(pos, "a DUT of your own needs a name", "write [dut.NAME]"));
    return false;
  }
  if (kind != name) return true;
  std::vector<std::string_view> candidates;
  for (const KeySection& section : all_sections()) {
    if (section.name == name) return true;
    candidates.push_back(section.name);
  }
  std::string hint = quoted_hint(did_you_mean(name, candidates));
  if (hint.empty()) hint = fmt::format("sections are {} (class and ratio as class.NAME)", fmt::join(candidates, ", "));
  report(source.error_at(pos, fmt::format("unknown section [{}]", name), hint));
  return false;
}

void Inputs::check_key(const SourceText& source, std::string_view section, std::string_view name, SourcePos pos) {
  const std::string_view kind = section_kind(section);
  if (kind == kThresholdsSection) return;  // read_thresholds()
  if (find_key(kind, name) != nullptr) return;
  if (kind == kMatrixSection && name.find('.') != std::string_view::npos) return check_swept_key(source, name, pos);
  std::vector<std::string_view> candidates;
  std::string elsewhere;
  for (const Key& key : all_keys()) {
    if (key.section == kind) candidates.push_back(key.name);
    if (key.name == name) elsewhere = fmt::format("[{}{}]", key.section, is_named_kind(key.section) ? ".NAME" : "");
  }
  std::string hint = quoted_hint(did_you_mean(name, candidates));
  if (!elsewhere.empty()) hint = fmt::format("'{}' belongs to {}", name, elsewhere);
  if (hint.empty()) hint = fmt::format("keys of this section: {}", fmt::join(candidates, ", "));
  if (kind == kMatrixSection) hint = "write section.key, for example policy.rules = 10, 100, 1000";
  report(source.error_at(pos, fmt::format("unknown key '{}' in [{}]", name, section), hint));
}

/// A key of [matrix] is one of another section.
void Inputs::check_swept_key(const SourceText& source, std::string_view name, SourcePos pos) {
  const size_t dot = name.rfind('.');
  const std::string_view section = name.substr(0, dot);
  const std::string_view key = name.substr(dot + 1);
  SourcePos key_pos = pos;
  pos.length = static_cast<int>(section.size());
  key_pos.column += static_cast<int>(dot) + 1;
  key_pos.length = std::max(1, static_cast<int>(key.size()));
  if (!check_named(source, section, pos) || !check_section(source, section, pos)) return;
  const size_t before = diagnostics_.size();
  check_key(source, section, key, key_pos);
  if (diagnostics_.size() != before || can_be_swept(section, key)) return;
  report(source.error_at(
      key_pos, fmt::format("'{}' cannot be swept", name),
      "cases differ in their policy, traffic and trials; a run has one list of DUTs, one TX engine and one "
      "number of rounds"));
}

// ---- lookup

const IniSection* Inputs::find_section(std::string_view name) const {
  const auto at = std::find_if(ini_.sections.begin(), ini_.sections.end(),
                               [&](const IniSection& s) { return s.name.text == name; });
  return at == ini_.sections.end() ? nullptr : &*at;
}

std::optional<Inputs::Found> Inputs::find_value(std::string_view section, std::string_view key) const {
  for (auto o = overrides_.rbegin(); o != overrides_.rend(); ++o) {
    const Setting& s = o->setting;
    if (s.section == section && s.key == key && !s.value.text.text.empty()) {
      return Found{s.value, s.value.text.pos, true};
    }
  }
  const IniSection* const in_file = find_section(section);
  if (in_file == nullptr) return std::nullopt;
  for (const IniEntry& entry : in_file->entries) {
    if (entry.key.text == key) return Found{{&ini_.source, entry.value}, entry.key.pos, false};
  }
  return std::nullopt;
}

std::vector<Setting> Inputs::overrides_of(std::string_view section) const {
  std::vector<Setting> settings;
  for (const Override& o : overrides_) {
    if (o.setting.section == section && !o.setting.value.text.text.empty()) settings.push_back(o.setting);
  }
  return settings;
}

}  // namespace fwbench
