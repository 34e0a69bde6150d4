// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/matrix.h"

#include <algorithm>

namespace fwbench {
namespace {

struct Axis {
  std::string name;  ///< "policy.rules"
  std::string section, key;
  std::vector<Value> values;
};

/// The lists as they count: those of the file, replaced and added to by the command line.
std::vector<std::pair<std::string, Value>> lists_of(const Inputs& inputs) {
  std::vector<std::pair<std::string, Value>> lists;
  if (const IniSection* const section = inputs.find_section(kMatrixSection)) {
    for (const IniEntry& entry : section->entries) {
      lists.emplace_back(entry.key.text, Value{&inputs.ini().source, entry.value});
    }
  }
  for (const Setting& setting : inputs.overrides_of(kMatrixSection)) {
    const auto same =
        std::find_if(lists.begin(), lists.end(), [&](const auto& list) { return list.first == setting.key; });
    if (same == lists.end()) {
      lists.emplace_back(setting.key, setting.value);
    } else {
      same->second = setting.value;
    }
  }
  return lists;
}

std::vector<Value> split_values(const Value& list, std::vector<Diagnostic>& diagnostics) {
  std::vector<Value> values;
  for (const IniText& item : split_list(list.text)) {
    const bool twice =
        std::any_of(values.begin(), values.end(), [&](const Value& v) { return v.text.text == item.text; });
    if (item.text.empty()) {
      diagnostics.push_back(list.source->error_at(item.pos, "empty entry in a list"));
    } else if (twice) {
      diagnostics.push_back(list.source->error_at(item.pos, fmt::format("'{}' is in the list twice", item.text)));
    } else {
      values.push_back({list.source, item});
    }
  }
  return values;
}

std::vector<MatrixCase> product(const std::vector<MatrixCase>& cases, const Axis& axis) {
  std::vector<MatrixCase> all;
  for (const MatrixCase& one : cases) {
    for (const Value& value : axis.values) {
      MatrixCase more = one;
      more.label += fmt::format("{}{}={}", more.label.empty() ? "" : ", ", axis.name, value.text.text);
      more.settings.push_back({axis.section, axis.key, value});
      all.push_back(std::move(more));
    }
  }
  return all;
}

}  // namespace

bool can_be_swept(std::string_view section, std::string_view key) {
  if (is_class_section(section) || section == "policy") return true;
  return section == "traffic" && key != "engine";
}

Matrix read_matrix(const Inputs& inputs, std::vector<Diagnostic>& diagnostics) {
  Matrix matrix;
  std::vector<MatrixCase> cases = {{}};
  for (const auto& [name, list] : lists_of(inputs)) {
    const size_t dot = name.rfind('.');
    if (dot == std::string::npos) continue;  // a key of [matrix] itself
    Axis axis{name, name.substr(0, dot), name.substr(dot + 1), split_values(list, diagnostics)};
    const auto set = inputs.find_value(axis.section, axis.key);
    if ((set && set->is_override) || axis.values.empty()) continue;
    if (cases.size() * axis.values.size() > kMaxCases) {
      diagnostics.push_back(list.source->error_at(
          list.text.pos,
          fmt::format("{} cases with this list, at most {} are run", cases.size() * axis.values.size(), kMaxCases),
          "take values out, or make two scenarios of it"));
      return {};
    }
    matrix.keys.push_back(name);
    cases = product(cases, axis);
  }
  if (!matrix.keys.empty()) matrix.cases = std::move(cases);
  return matrix;
}

}  // namespace fwbench
