// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/section_reader.h"

#include "scenario/user_dut.h"
#include "scenario/value_reader.h"

namespace fwbench {

SectionReader::SectionReader(const Inputs& inputs, const std::filesystem::path& file,
                             const std::vector<Setting>& settings)
    : inputs_(inputs), file_(file), settings_(settings) {
  draft_.known_duts = options().known_duts;
  add_user_dut_names(ini(), draft_.known_duts);
}

std::optional<SectionReader::Found> SectionReader::find_value(std::string_view section, std::string_view key) const {
  auto found = inputs_.find_value(section, key);
  if (found && found->is_override) return found;
  for (const Setting& s : settings_) {
    if (s.section == section && s.key == key) return Found{s.value, s.value.text.pos, false};
  }
  return found;
}

void SectionReader::read_section(std::string_view section, std::string_view kind) {
  for (const Key& key : all_keys()) {
    if (key.section == kind) read_key(key, section);
  }
}

bool SectionReader::read_key(const Key& key, std::string_view section) {
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
  if (options().quick && !(found && found->is_override)) store_fixed(key, key.quick_value, true);
  return true;
}

/// Values of the key table itself; a test holds that none of them fails.
void SectionReader::store_fixed(const Key& key, std::string_view text, bool only_lower) {
  if (text.empty()) return;
  const SourceText source{"key table", {std::string(text)}};
  const Value value{&source, {std::string(text), {1, 1, 1}}};
  ValueReader reader(key, value, diagnostics_);
  if (only_lower) reader.only_lower();
  key.set(reader, draft_);
}

void SectionReader::report_missing(const Key& key, std::string_view section) {
  const IniSection* const in_file = find_section(section);
  report(ini().source.error_at(in_file == nullptr ? SourcePos{} : in_file->name.pos,
                               fmt::format("[{}] needs '{}'", section, key.name),
                               fmt::format("{} = {}", key.name, describe_value(key))));
}

void SectionReader::report_without_meaning(const Key& key, std::string_view section, const std::string& without) {
  const auto found = find_value(section, key.name);
  if (!found) return;
  report(found->value.source->error_at(
      found->key_pos, fmt::format("'{}' has no meaning for {}", key.name, without),
      fmt::format("take the line out, or change {}", without.substr(0, without.find(' ')))));
}

void SectionReader::report_problem(const KeyProblem& problem) {
  const auto found = find_value(problem.section, problem.key);
  report(found ? found->value.source->error_at(found->value.text.pos, problem.message, problem.hint)
               : ini().source.error_at({}, problem.message, problem.hint));
}

}  // namespace fwbench
