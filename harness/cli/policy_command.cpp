// SPDX-License-Identifier: BSD-2-Clause
/// `fwbench policy`: what a ruleset is, what it compiles to, and which of its rules no packet reaches.

#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "core/text.h"
#include "engine/analysis.h"
#include "engine/flatten.h"
#include "engine/image.h"
#include "policy/policy.h"

namespace fwbench {
namespace {

using Json = nlohmann::ordered_json;

struct PolicyReport {
  const Policy& policy;
  const ImageStatistics& image;
  size_t image_bytes = 0;
  double compile_ms = 0;
  PolicyAnalysis analysis;
};

std::string bytes_text(size_t bytes) {
  if (bytes < 10'000) return fmt::format("{} B", bytes);
  if (bytes < 10'000'000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

/// Fields that a packet of this kind is looked up by, at most.
size_t lookups(const PolicyReport& report, bool ipv6) {
  const auto other_family = [ipv6](Field field) {
    const std::string_view name = field_name(field);
    const bool of_ipv6 = name.starts_with("ip6 ") || name == "exthdr";
    return ipv6 ? name.starts_with("ip ") : of_ipv6;
  };
  size_t count = 0;
  for (int i = 0; i < kFieldCount; ++i) {
    if (report.image.fields[static_cast<size_t>(i)].used && !other_family(static_cast<Field>(i))) ++count;
  }
  return count;
}

bool uses_rare_fields(const PolicyReport& report) {
  for (int i = static_cast<int>(Field::icmp_code); i < kFieldCount; ++i) {
    if (report.image.fields[static_cast<size_t>(i)].used) return true;
  }
  return false;
}

std::string where(const Policy& policy, const SourcePos& pos) {
  const auto [file, line] = locate(policy.parts, policy.file, pos.line);
  return fmt::format("{}:{}:{}", file, line, pos.column);
}

std::string describe_dead(const Policy& policy, const DeadRule& dead) {
  if (dead.why == DeadRule::Why::contradiction) return "matches nothing: its matches exclude each other";
  if (!dead.by) return "is never reached: earlier rules decide every packet that it matches";
  const Rule& by = policy.rules[*dead.by];
  return fmt::format("is never reached: {} decides every packet that it matches", where(policy, by.pos));
}

void print_rules(const Policy& policy) {
  for (const Chain& chain : policy.chains) {
    const bool base = &chain == &policy.chains[policy.base_chain];
    fmt::print("chain {}{}\n", chain.name,
               !base ? "" : fmt::format("  (base, policy {})", verdict_name(policy.default_verdict)));
    for (uint32_t i = chain.first_rule; i < chain.first_rule + chain.rule_count; ++i) {
      const auto [file, line] = locate(policy.parts, policy.file, policy.rules[i].pos.line);
      const std::string place = file == policy.file ? fmt::format("{}", line) : fmt::format("{}:{}", file, line);
      fmt::print("  {:>6}  {}\n", place, printable(policy.rules[i].text));
    }
  }
}

void print_summary(const PolicyReport& report) {
  const ImageStatistics& image = report.image;
  fmt::print("\n{} rules in {} chain{}, {} named set{}; compiled to {} flat rules in {:.1f} ms\n",
             report.policy.rules.size(), report.policy.chains.size(), report.policy.chains.size() == 1 ? "" : "s",
             report.policy.sets.size(), report.policy.sets.size() == 1 ? "" : "s", image.flat_rules, report.compile_ms);
  fmt::print("memory   {}: rows {}, tries {}, actions {}\n", bytes_text(report.image_bytes),
             bytes_text(image.row_bytes), bytes_text(image.trie_bytes), bytes_text(image.action_bytes));
  fmt::print("\nfield            classes    trie\n");
  for (int i = 0; i < kFieldCount; ++i) {
    const auto& field = image.fields[static_cast<size_t>(i)];
    if (!field.used) continue;
    fmt::print("{:<14} {:>9} {:>9}\n", field_name(static_cast<Field>(i)), field.classes, bytes_text(field.trie_bytes));
  }
  fmt::print("\ncost     IPv4: {} lookups, IPv6: {} lookups a packet, at most", lookups(report, false),
             lookups(report, true));
  if (image.block_words == 0) {
    fmt::print(", then one AND of one word\n");
  } else {
    fmt::print(", then one AND that finds the blocks, and {} word{} for each\n", image.block_words,
               image.block_words == 1 ? "" : "s");
  }
  if (uses_rare_fields(report)) {
    fmt::print(
        "         some rule looks at a rare field (ttl, dscp, frag-off, ...): every packet takes the general way\n");
  }
  fmt::print("         measure it: a scenario with [policy] file = {}\n", report.policy.file);
}

Json to_json(const PolicyReport& report) {
  Json fields = Json::object();
  for (int i = 0; i < kFieldCount; ++i) {
    const auto& field = report.image.fields[static_cast<size_t>(i)];
    if (!field.used) continue;
    fields[std::string(field_name(static_cast<Field>(i)))] = {{"classes", field.classes},
                                                              {"trie_bytes", field.trie_bytes}};
  }
  Json rules = Json::array();
  for (const Rule& rule : report.policy.rules) {
    const auto [file, line] = locate(report.policy.parts, report.policy.file, rule.pos.line);
    rules.push_back({{"file", file}, {"line", line}, {"text", rule.text}});
  }
  Json dead = Json::array();
  for (const DeadRule& rule : report.analysis.dead) {
    Json entry = {{"rule", rule.rule}, {"text", describe_dead(report.policy, rule)}};
    if (rule.by) entry["by"] = *rule.by;
    dead.push_back(std::move(entry));
  }
  return {{"file", report.policy.file},
          {"family", report.policy.family},
          {"table", report.policy.table},
          {"rules", std::move(rules)},
          {"flat_rules", report.image.flat_rules},
          {"image_bytes", report.image_bytes},
          {"row_bytes", report.image.row_bytes},
          {"trie_bytes", report.image.trie_bytes},
          {"action_bytes", report.image.action_bytes},
          {"block_words", report.image.block_words},
          {"fields", std::move(fields)},
          {"lookups_ipv4", lookups(report, false)},
          {"lookups_ipv6", lookups(report, true)},
          {"compile_ms", report.compile_ms},
          {"dead_rules", std::move(dead)}};
}

std::vector<Diagnostic> warnings_of(const PolicyReport& report) {
  std::vector<Diagnostic> warnings;
  for (const DeadRule& dead : report.analysis.dead) {
    const Rule& rule = report.policy.rules[dead.rule];
    const auto [file, line] = locate(report.policy.parts, report.policy.file, rule.pos.line);
    warnings.push_back({.severity = Diagnostic::Severity::warning,
                        .file = file,
                        .pos = {line, rule.pos.column, rule.pos.length},
                        .message = "this rule " + describe_dead(report.policy, dead),
                        .hint = {},
                        .source_line = std::string(static_cast<size_t>(rule.pos.column) - 1, ' ') + rule.text});
  }
  return warnings;
}

}  // namespace

int policy_command(const PolicyArguments& arguments) {
  const ParsedPolicy parsed = load_policy(arguments.file);
  fmt::print(stderr, "{}", render(parsed.diagnostics, use_color(STDERR_FILENO)));
  if (parsed.policy == nullptr) return exit_usage;

  const auto began = std::chrono::steady_clock::now();
  const auto flat = flatten(*parsed.policy);
  if (!flat) return complain(flat.error());
  const auto image = compile_policy(*parsed.policy);
  if (!image) return complain(image.error());
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  const PolicyReport report = {.policy = *parsed.policy,
                               .image = image->statistics(),
                               .image_bytes = image->bytes().size(),
                               .compile_ms = took.count(),
                               .analysis = analyse_policy(*flat)};
  fmt::print(stderr, "{}", render(warnings_of(report), use_color(STDERR_FILENO)));
  if (!report.analysis.complete) {
    fmt::print(stderr, "note: more than 20,000 rules: shadowed ones were not looked for\n");
  }
  if (arguments.json) {
    fmt::print("{}\n", to_json(report).dump(2));
    return exit_ok;
  }
  if (!arguments.summary) print_rules(*parsed.policy);
  print_summary(report);
  return exit_ok;
}

}  // namespace fwbench
