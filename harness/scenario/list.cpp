// SPDX-License-Identifier: BSD-2-Clause
#include <algorithm>

#include "core/file.h"
#include "scenario/ini.h"
#include "scenario/scenario.h"

namespace fwbench {
namespace {

std::string read_purpose(const std::filesystem::path& file) {
  const auto text = read_file(file, size_t{1} << 20);
  if (!text) return {};
  for (const IniSection& section : parse_ini(*text, file.string()).sections) {
    if (section.name.text != "scenario") continue;
    for (const IniEntry& entry : section.entries) {
      if (entry.key.text == "purpose") return entry.value.text;
    }
  }
  return {};
}

}  // namespace

std::vector<ScenarioInfo> list_scenarios(const std::filesystem::path& folder) {
  std::vector<ScenarioInfo> list;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() != ".ini") continue;
    list.push_back({it->path().stem().string(), it->path(), read_purpose(it->path())});
  }
  std::sort(list.begin(), list.end(), [](const ScenarioInfo& a, const ScenarioInfo& b) { return a.name < b.name; });
  return list;
}

}  // namespace fwbench
