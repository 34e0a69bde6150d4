// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/matrix.h"

#include <algorithm>

namespace fwbench {
namespace {

/// Before anything is left out.
constexpr size_t kMaxProduct = 4096;

struct Axis {
  std::string name;  ///< "policy.rules"
  std::string section, key;
  Value list;  ///< as written
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

/// One condition of an exclusion, and all of those that must hold together.
struct Condition {
  std::string name;  ///< "policy.rules"
  std::string value;
};
using Exclusion = std::vector<Condition>;

bool meets(const MatrixCase& one, const Condition& condition) {
  return std::any_of(one.settings.begin(), one.settings.end(), [&](const Setting& s) {
    return s.section + "." + s.key == condition.name && s.value.text.text == condition.value;
  });
}

bool is_excluded(const MatrixCase& one, const std::vector<Exclusion>& exclusions) {
  return std::any_of(exclusions.begin(), exclusions.end(), [&](const Exclusion& exclusion) {
    return std::all_of(exclusion.begin(), exclusion.end(), [&](const Condition& c) { return meets(one, c); });
  });
}

/// "a=1" of "a=1 & b=2"; reports what is no value of a list, at its place.
std::optional<Condition> read_condition(const SourceText& source, const IniText& text, const std::vector<Axis>& axes,
                                        std::vector<Diagnostic>& diagnostics) {
  const size_t equals = text.text.find('=');
  if (equals == std::string::npos) {
    diagnostics.push_back(source.error_at(text.pos, "expected section.key=value", "for example policy.rules=10"));
    return std::nullopt;
  }
  const IniText name = trim(std::string_view(text.text).substr(0, equals), text.pos);
  SourcePos behind = text.pos;
  behind.column += static_cast<int>(equals) + 1;
  const IniText value = trim(std::string_view(text.text).substr(equals + 1), behind);
  std::vector<std::string_view> names;
  for (const Axis& axis : axes) {
    names.push_back(axis.name);
    if (axis.name != name.text) continue;
    std::vector<std::string_view> values;
    for (const Value& v : axis.values) values.push_back(v.text.text);
    if (std::find(values.begin(), values.end(), value.text) != values.end()) return Condition{name.text, value.text};
    diagnostics.push_back(source.error_at(value.pos,
                                          fmt::format("'{}' is not in the list of {}", value.text, name.text),
                                          fmt::format("it has {}", fmt::join(values, ", "))));
    return std::nullopt;
  }
  std::string hint = quoted_hint(did_you_mean(name.text, names));
  if (hint.empty()) hint = fmt::format("swept are {}", fmt::join(names, ", "));
  diagnostics.push_back(source.error_at(name.pos, fmt::format("'{}' is not swept", name.text), hint));
  return std::nullopt;
}

std::vector<Exclusion> read_exclusions(const Value& list, const std::vector<Axis>& axes,
                                       std::vector<Diagnostic>& diagnostics) {
  std::vector<Exclusion> exclusions;
  for (const IniText& item : split_list(list.text)) {
    Exclusion exclusion;
    for (size_t begin = 0; begin <= item.text.size();) {
      const size_t end = std::min(item.text.find('&', begin), item.text.size());
      SourcePos pos = item.pos;
      pos.column += static_cast<int>(begin);
      const IniText part = trim(std::string_view(item.text).substr(begin, end - begin), pos);
      const auto condition = read_condition(*list.source, part, axes, diagnostics);
      if (!condition) return {};
      exclusion.push_back(*condition);
      begin = end + 1;
    }
    exclusions.push_back(std::move(exclusion));
  }
  return exclusions;
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
  return (section == "traffic" && key != "engine") || (section == "trial" && key != "rounds");
}

/// Those that are swept, in the order of the file.
static std::vector<Axis> axes_of(const Inputs& inputs, std::vector<Diagnostic>& diagnostics) {
  std::vector<Axis> axes;
  for (const auto& [name, list] : lists_of(inputs)) {
    const size_t dot = name.rfind('.');
    if (dot == std::string::npos) continue;  // a key of [matrix] itself
    Axis axis{name, name.substr(0, dot), name.substr(dot + 1), list, split_values(list, diagnostics)};
    const auto set = inputs.find_value(axis.section, axis.key);
    if ((set && set->is_override) || axis.values.empty()) continue;
    axes.push_back(std::move(axis));
  }
  return axes;
}

static Diagnostic too_many(const Value& list, size_t cases, std::string_view which) {
  return list.source->error_at(list.text.pos, fmt::format("{} cases {}, at most {} are run", cases, which, kMaxCases),
                               "take values out, or make two scenarios of it");
}

Matrix read_matrix(const Inputs& inputs, std::vector<Diagnostic>& diagnostics) {
  const std::vector<Axis> axes = axes_of(inputs, diagnostics);
  const auto excluded = inputs.find_value(kMatrixSection, "exclude");
  std::vector<Exclusion> exclusions;
  if (excluded && !axes.empty()) exclusions = read_exclusions(excluded->value, axes, diagnostics);
  Matrix matrix;
  std::vector<MatrixCase> cases = {{}};
  for (const Axis& axis : axes) {
    const size_t more = cases.size() * axis.values.size();
    if (more > (exclusions.empty() ? kMaxCases : kMaxProduct)) {
      diagnostics.push_back(too_many(axis.list, more, "with this list"));
      return {};
    }
    matrix.keys.push_back(axis.name);
    cases = product(cases, axis);
  }
  if (axes.empty()) return matrix;
  std::erase_if(cases, [&](const MatrixCase& one) { return is_excluded(one, exclusions); });
  if (cases.size() > kMaxCases) {
    diagnostics.push_back(too_many(excluded->value, cases.size(), "are left"));
    return {};
  }
  if (cases.empty()) {
    diagnostics.push_back(excluded->value.source->error_at(excluded->value.text.pos, "no case is left"));
    return {};
  }
  matrix.cases = std::move(cases);
  return matrix;
}

}  // namespace fwbench
