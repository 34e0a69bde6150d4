// SPDX-License-Identifier: BSD-2-Clause
/// The key table as text: hints, `fwbench explain`, KEYS.md.
#include <algorithm>

#include "core/diagnostic.h"
#include "core/units.h"
#include "record/metrics.h"
#include "scenario/keys.h"

namespace fwbench {
namespace {

/// "five_tuples or four_tuples"; "" when the key has a meaning for all of them.
std::string only_generators(const Key& key) {
  const bool all = key.generators.size() == find_key("policy", "generate")->choices.size();
  return all ? std::string() : fmt::format("{}", fmt::join(key.generators, " or "));
}

std::string number_range(const Key& key) {
  if (key.type == KeyType::duration) {
    return fmt::format("{} to {}", format_duration(static_cast<uint64_t>(key.min)),
                       format_duration(static_cast<uint64_t>(key.max)));
  }
  if (key.type == KeyType::real) return fmt::format("{:g} to {:.0f}", key.min, key.max);
  return fmt::format("{:.0f} to {:.0f}", key.min, key.max);
}

/// What may be written, without range and default.
std::string value_form(const Key& key) {
  switch (key.type) {
    case KeyType::text:
      return "text";
    case KeyType::path:
      return "path";
    case KeyType::whole:
      return "whole number";
    case KeyType::duration:
      return "duration with its unit (ms, s, ...)";
    case KeyType::real:
      return "number";
    case KeyType::choice:
      return fmt::format("{}", fmt::join(key.choices, " or "));
    case KeyType::name:
      return "name";
    case KeyType::names:
      return "list of names";
    case KeyType::protocol:
      return "tcp, udp, icmp, icmpv6, or a number from 0 to 255";
    case KeyType::addresses:
      return "list of addresses, prefixes, ranges a-b, @set of the policy, any; ! excludes";
    case KeyType::ports:
      return "list of ports, ranges a-b, @set of the policy, any; ! excludes";
    case KeyType::icmp_types:
      return "list of types, names, ranges a-b, any; ! excludes";
    case KeyType::tcp_flags:
      return "list of combinations like syn, psh+ack, none";
    case KeyType::sizes:
      return "imix, or a list of size or size:weight";
    case KeyType::choices:
      return fmt::format("list of {}", fmt::join(key.choices, ", "));
    case KeyType::vlans:
      return "list of numbers, ranges a-b";
    case KeyType::command:
      return "command: words, quotes, placeholders";
    case KeyType::commands:
      return "commands: words, quotes, placeholders; && between two";
    case KeyType::comparison:
      return ">=, <=, > or <, of counts also ==, and a bound";
  }
  return {};
}

std::string section_heading(std::string_view section) {
  return is_named_kind(section) ? fmt::format("[{}.NAME]", section) : fmt::format("[{}]", section);
}

std::string full_name(const Key& key) {
  return fmt::format("{}.{}", key.section, key.name);
}

std::string protocols_text(const Key& key) {
  std::string text;
  for (const uint8_t p : key.protocols) text += fmt::format("{}{}", text.empty() ? "" : ", ", protocol_name(p));
  return text;
}

std::string explain_key(const Key& key) {
  std::string out = fmt::format("{}{}\n  {}\n  value: {}\n", full_name(key), key.required ? " (required)" : "",
                                key.help, describe_value(key));
  if (const std::string only = only_generators(key); !only.empty())
    out += fmt::format("  only for generate = {}\n", only);
  if (!key.dut_kind.empty()) out += fmt::format("  only for kind = {}\n", key.dut_kind);
  if (!key.protocols.empty()) out += fmt::format("  only for proto = {}\n", protocols_text(key));
  if (!key.quick_value.empty()) out += fmt::format("  --quick: at most {}\n", key.quick_value);
  return out;
}

std::string explain_section(const KeySection& section) {
  std::string out = fmt::format("{}\n{}\n", section_heading(section.name), section.help);
  for (const Key& key : all_keys()) {
    if (key.section == section.name) out += "\n" + explain_key(key);
  }
  if (section.name != kThresholdsSection) return out;
  out += "\n  metrics\n";
  for (const Metric& metric : all_metrics()) {
    out += fmt::format("  {:<22} {:<10} {}\n", metric.path, unit_name(metric.unit), metric.help);
  }
  return out;
}

/// Markdown would take a bar for the end of the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string metrics_markdown() {
  std::string out = "\n| metric | unit | meaning |\n|---|---|---|\n";
  for (const Metric& metric : all_metrics()) {
    out += fmt::format("| `{}` | {} | {} |\n", metric.path, unit_name(metric.unit), cell(metric.help));
  }
  return out;
}

/// The one key with that name in any section, or null.
const Key* find_unique(std::string_view name) {
  const Key* found = nullptr;
  for (const Key& key : all_keys()) {
    if (key.name != name) continue;
    if (found != nullptr) return nullptr;
    found = &key;
  }
  return found;
}

std::string markdown_row(const Key& key) {
  std::string help(key.help);
  if (const std::string only = only_generators(key); !only.empty())
    help += fmt::format(" Only for generate = {}.", only);
  if (!key.dut_kind.empty()) help += fmt::format(" Only for kind = {}.", key.dut_kind);
  if (!key.protocols.empty()) help += fmt::format(" Only for proto = {}.", protocols_text(key));
  if (!key.quick_value.empty()) help += fmt::format(" `--quick`: at most {}.", key.quick_value);
  const std::string standard = key.required                ? "required"
                               : key.default_value.empty() ? std::string()
                                                           : fmt::format("`{}`", key.default_value);
  std::string value = value_form(key);
  if (key.max > 0) value += ", " + number_range(key);
  return fmt::format("| `{}` | {} | {} | {} | {} |\n", key.name, cell(value), cell(key.unit), standard, cell(help));
}

}  // namespace

std::string describe_value(const Key& key) {
  std::string out = value_form(key);
  if (key.max > 0) out += fmt::format(", {}", number_range(key));
  if (!key.unit.empty()) out += fmt::format(", in {}", key.unit);
  if (!key.default_value.empty()) out += fmt::format("; default {}", key.default_value);
  return out;
}

Result<std::string> explain_keys(std::string_view topic) {
  std::string out;
  std::vector<std::string> names;
  for (const KeySection& section : all_sections()) {
    const bool all = topic.empty() || topic == "all";
    if (all || topic == section.name) out += (out.empty() ? "" : "\n\n") + explain_section(section);
    names.emplace_back(section.name);
  }
  for (const Key& key : all_keys()) {
    if (topic == full_name(key)) out = explain_key(key);
    names.push_back(full_name(key));
  }
  if (const Key* key = find_unique(topic); out.empty() && key != nullptr) out = explain_key(*key);
  if (!out.empty()) return out;

  std::vector<std::string_view> candidates(names.begin(), names.end());
  for (const Key& key : all_keys()) candidates.push_back(key.name);
  const std::string nearest = did_you_mean(topic, candidates);
  return with_remedy(fail(ErrorKind::usage, "no section or key '{}'", topic),
                     nearest.empty() ? std::string("'fwbench explain' lists all of them")
                                     : fmt::format("did you mean '{}'?", nearest));
}

std::string keys_markdown() {
  std::string out =
      "<!-- SPDX-License-Identifier: BSD-2-Clause -->\n"
      "<!-- Generated from the key table in harness/scenario/keys.cpp; a test holds the two equal. -->\n"
      "# Keys of a scenario\n\n"
      "`fwbench explain KEY` says the same. `--set section.key=value` overrides a key for one run; a class is\n"
      "`--set class.NAME.key=value`. A number may end in `k` or `M`; a duration needs its unit: `500ms`, `1s`.\n"
      "Comments start with `#` or `;`, at the start of a line or after a blank.\n";
  for (const KeySection& section : all_sections()) {
    out += fmt::format("\n## {}\n\n{}\n\n| key | value | unit | default | meaning |\n|---|---|---|---|---|\n",
                       section_heading(section.name), section.help);
    for (const Key& key : all_keys()) {
      if (key.section == section.name) out += markdown_row(key);
    }
    if (section.name == kThresholdsSection) out += metrics_markdown();
  }
  return out;
}

}  // namespace fwbench
