// SPDX-License-Identifier: BSD-2-Clause
#include "policy/policy.h"

#include <algorithm>
#include <array>

#include "policy/include.h"
#include "policy/parser.h"

namespace fwbench {
namespace {

struct FieldInfo {
  std::string_view name;
  int bits;
};
/// In the order of the enum; names as nft writes them.
constexpr std::array<FieldInfo, kFieldCount> kFields = {{
    {"meta protocol", 16}, {"ip saddr", 32},    {"ip daddr", 32},   {"ip6 saddr", 128},  {"ip6 daddr", 128},
    {"meta l4proto", 8},   {"ip protocol", 8},  {"th sport", 16},   {"th dport", 16},    {"tcp flags", 8},
    {"icmp type", 8},      {"icmp code", 8},    {"ip tos", 8},      {"ip length", 16},   {"ip frag-off", 16},
    {"ip ttl", 8},         {"ip6 class", 8},    {"ip6 nexthdr", 8}, {"ip6 hoplimit", 8}, {"exthdr", 8},
    {"ether saddr", 48},   {"ether daddr", 48}, {"ether type", 16}, {"vlan id", 12},     {"meta length", 16},
}};

}  // namespace

std::string_view field_name(Field field) {
  return kFields[static_cast<size_t>(field)].name;
}

int field_bits(Field field) {
  return kFields[static_cast<size_t>(field)].bits;
}

std::string_view verdict_name(Verdict verdict) {
  return verdict == Verdict::accept ? "accept" : "drop";
}

std::pair<std::string, int> locate(const std::vector<TextPart>& parts, std::string_view file, int line) {
  const auto behind = std::upper_bound(parts.begin(), parts.end(), line,
                                       [](int number, const TextPart& part) { return number < part.first_line; });
  if (behind == parts.begin()) return {std::string(file), line};
  const TextPart& part = *std::prev(behind);
  return {part.file, part.file_line + line - part.first_line};
}

ParsedPolicy parse_policy(std::string_view text, std::string_view file_name) {
  return parse_text(text, file_name, {});
}

ParsedPolicy load_policy(const std::filesystem::path& path) {
  SplicedText spliced = read_with_includes(path);
  if (has_errors(spliced.diagnostics)) return {.policy = nullptr, .diagnostics = std::move(spliced.diagnostics)};
  return parse_text(spliced.text, path.string(), std::move(spliced.parts));
}

}  // namespace fwbench
