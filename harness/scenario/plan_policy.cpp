// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/plan_policy.h"

#include <algorithm>

#include "core/file.h"
#include "scenario/user_dut.h"

namespace fwbench {
namespace {

/// Null, and reported, when it cannot be read; its own errors are kept for the end.
std::shared_ptr<const Policy> load_policy_file(SectionReader& reader, const SourceText& source, const IniText& name,
                                               std::vector<Diagnostic>& policy_diagnostics) {
  const std::filesystem::path path = (reader.folder() / name.text).lexically_normal();
  if (const auto readable = read_file(path); !readable) {
    const std::string nearest = nearest_file(path);
    reader.report(source.error_at(
        name.pos, error_text(readable.error()),
        nearest.empty() ? std::string("the path starts at the scenario's folder") : quoted_hint(nearest)));
    return nullptr;
  }
  ParsedPolicy parsed = load_policy(path);
  policy_diagnostics.insert(policy_diagnostics.end(), parsed.diagnostics.begin(), parsed.diagnostics.end());
  return std::move(parsed.policy);
}

void check_generator_key(SectionReader& reader, const Key& key) {
  const auto found = reader.find_value("policy", key.name);
  if (!found) return;
  const auto generate = reader.find_value("policy", "generate");
  const auto fits = [&](std::string_view generator) { return generate->value.text.text == generator; };
  if (generate && std::any_of(key.generators.begin(), key.generators.end(), fits)) return;
  if (reader.draft().generator || !generate) {
    const std::string what = generate ? "generate = " + generate->value.text.text : std::string("a policy from a file");
    reader.report(
        found->value.source->error_at(found->key_pos, fmt::format("'{}' has no meaning for {}", key.name, what)));
  }
}

void generate_it(Draft& draft, std::vector<Diagnostic>& policy_diagnostics) {
  draft.recipe.generator = *draft.generator;
  ParsedPolicy parsed = parse_policy(generate_policy(draft.recipe), generated_name(draft.recipe));
  draft.plan.policy = std::move(parsed.policy);
  draft.plan.policy_is_generated = true;
  policy_diagnostics = std::move(parsed.diagnostics);
}

/// Where every class says what must become of it. False, and nothing done, when one does not.
bool use_no_policy(SectionReader& reader) {
  bool any = false;
  for (const IniSection& section : reader.ini().sections) {
    if (!is_class_section(section.name.text)) continue;
    any = true;
    const auto expect = reader.find_value(section.name.text, "expect");
    if (!expect || expect->value.text.text == "policy") return false;
  }
  Plan& plan = reader.draft().plan;
  if (any) plan.policy = absent_policy();
  plan.policy_is_absent = any;
  return any;
}

}  // namespace

void read_policy(SectionReader& reader, std::vector<Diagnostic>& policy_diagnostics) {
  const auto file = reader.find_value("policy", "file");
  const auto generate = reader.find_value("policy", "generate");
  for (const Key& key : all_keys()) {
    if (key.section == "policy" && !key.generators.empty()) check_generator_key(reader, key);
  }
  if (file && generate) {
    reader.report(generate->value.source->error_at(generate->key_pos, "a policy is read or generated, not both",
                                                   "take 'file' or 'generate' out"));
  } else if (generate) {
    if (!has_errors(reader.diagnostics())) generate_it(reader.draft(), policy_diagnostics);
  } else if (file) {
    reader.draft().plan.policy = load_policy_file(reader, *file->value.source, file->value.text, policy_diagnostics);
  } else if (!use_no_policy(reader)) {
    reader.report_missing(*find_key("policy", "file"), "policy");
  }
}

void read_swap(SectionReader& reader, std::vector<Diagnostic>& policy_diagnostics) {
  const auto policies = reader.find_value("swap", "policies");
  if (!policies) {
    if (reader.find_section("swap") != nullptr) reader.report_missing(*find_key("swap", "policies"), "swap");
    return;
  }
  Draft& draft = reader.draft();
  for (const IniText& file : split_list(policies->value.text)) {
    if (auto policy = load_policy_file(reader, *policies->value.source, file, policy_diagnostics)) {
      draft.swap.others.push_back(std::move(policy));
    }
  }
  draft.plan.swap = std::move(draft.swap);
}

}  // namespace fwbench
