// SPDX-License-Identifier: BSD-2-Clause
#include <linux/if_ether.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "bpf/abi.h"
#include "engine/conditions.h"
#include "engine/flatten.h"
#include "engine/image.h"
#include "engine/image_view.h"
#include "engine/rows.h"
#include "engine/rule_ranges.h"
#include "engine/trie.h"

namespace fwbench {
namespace {

static_assert(kFieldCount == FW_FIELD_COUNT && static_cast<int>(Field::icmp_type) == FW_ICMP_TYPE &&
                  static_cast<int>(Field::length) == FW_LENGTH && kExthdrMobility == FW_EXTHDR_MOBILITY,
              "bpf/abi.h and policy/policy.h list the same fields in the same order");

fw_action action_of(const FlatRule& rule) {
  uint32_t flags = rule.counted ? FW_ACTION_COUNTED : 0;
  switch (rule.action) {
    case Action::accept:
      flags |= FW_ACTION_TERMINAL;
      break;
    case Action::drop:
      flags |= FW_ACTION_TERMINAL | FW_ACTION_DROP;
      break;
    case Action::jump:
      flags |= FW_ACTION_SKIP | rule.target << FW_ACTION_TARGET_SHIFT;
      break;
    default:
      break;
  }
  fw_action action = {};
  action.flags = flags;
  action.rule = rule.rule.value_or(0) & (FW_MAX_POLICY_RULES - 1);
  return action;
}

uint32_t action_of(Verdict default_verdict) {
  return FW_ACTION_TERMINAL | (default_verdict == Verdict::drop ? FW_ACTION_DROP : 0);
}

uint32_t row_at(const FieldRows& field, FieldValue value) {
  const auto behind = std::upper_bound(field.pieces.begin(), field.pieces.end(), value,
                                       [](FieldValue v, const Piece& piece) { return v < piece.first; });
  return std::prev(behind)->row;
}

size_t count_classes(const FieldRows& field) {
  std::vector<uint32_t> rows;
  rows.reserve(field.pieces.size());
  for (const Piece& piece : field.pieces) rows.push_back(piece.row);
  std::sort(rows.begin(), rows.end());
  return static_cast<size_t>(std::unique(rows.begin(), rows.end()) - rows.begin());
}

tl::unexpected<Error> too_large(const Policy& policy, size_t bytes) {
  return with_remedy(fail(ErrorKind::usage, "policy {} with {} rules compiles to more than {} MB, the limit is {} MB",
                          policy.file, policy.rules.size(), bytes >> 20, kMaxImageBytes >> 20),
                     "merge rules that differ in addresses only into one rule with a set");
}

}  // namespace

Result<PolicyImage> compile_policy(const Policy& policy) {
  const auto flat = flatten(policy);
  if (!flat) return tl::unexpected<Error>(flat.error());
  if (policy.rules.size() >= FW_MAX_POLICY_RULES) return too_large(policy, kMaxImageBytes);
  const size_t rules = flat->size();
  const Conditions conditions = collect_conditions(*flat);
  RowPool rows(rules);
  std::array<FieldRows, FW_FIELD_COUNT> fields;
  for (size_t field = 0; field < fields.size(); ++field) {
    fields[field] = sweep_field(conditions[field], rules, field_max(static_cast<Field>(field)), rows);
    if (rows.overflows()) return too_large(policy, rows.words().size() * 8);
  }

  std::vector<fw_action> actions;
  for (const FlatRule& rule : *flat) actions.push_back(action_of(rule));
  add_rule_ranges(conditions, actions);

  fw_image_header header = {};
  const size_t actions_at = sizeof(header) / sizeof(uint32_t);  // in 32-bit words, as everything below
  const size_t rows_at = actions_at + rules * (sizeof(fw_action) / sizeof(uint32_t));
  const size_t tries_at = rows_at + rows.words().size() * 2;
  const auto row_offset = [&](uint32_t row) { return static_cast<uint32_t>(rows_at / 2 + row); };

  ImageStatistics statistics = {.flat_rules = rules,
                                .block_words = rows.block_words(),
                                .rows = rows.size(),
                                .action_bytes = rules * sizeof(fw_action),
                                .row_bytes = rows.words().size() * sizeof(uint64_t)};
  TrieBuilder tries(static_cast<uint32_t>(tries_at));
  for (size_t field = 0; field < fields.size(); ++field) {
    const size_t before = tries.words().size();
    std::vector<uint32_t> leaves;
    leaves.reserve(fields[field].pieces.size());
    for (const Piece& piece : fields[field].pieces) leaves.push_back(rows.leaf(piece.row, rows_at / 2));
    header.root[field] = tries.add(trie_shape(static_cast<Field>(field)), fields[field].pieces, leaves);
    header.absent[field] = row_offset(fields[field].absent);
    if (!conditions[field].empty()) header.used_fields |= 1u << field;
    statistics.fields[field] = {.used = !conditions[field].empty(),
                                .classes = count_classes(fields[field]),
                                .trie_bytes = (tries.words().size() - before) * sizeof(uint32_t)};
    statistics.trie_bytes += statistics.fields[field].trie_bytes;
    const size_t bytes = (tries_at + tries.words().size()) * sizeof(uint32_t);
    if (bytes > kMaxImageBytes) return too_large(policy, bytes);
  }

  header.magic = FW_IMAGE_MAGIC;
  header.image_words = static_cast<uint32_t>(round_up(tries_at + tries.words().size(), 2));
  header.rules = static_cast<uint32_t>(rules);
  header.policy_rules = static_cast<uint32_t>(policy.rules.size());
  header.block_words = static_cast<uint32_t>(rows.block_words());
  header.used_fields |= 1u << FW_ETHER_TYPE;  // always there: its row is where a reader's AND starts
  header.default_action = action_of(policy.default_verdict);
  header.actions = static_cast<uint32_t>(actions_at);
  header.ipv4_row = row_offset(row_at(fields[FW_ETHER_TYPE], ETH_P_IP));
  header.ipv6_row = row_offset(row_at(fields[FW_ETHER_TYPE], ETH_P_IPV6));

  std::vector<uint64_t> image(header.image_words / 2);
  const std::span<std::byte> bytes = std::as_writable_bytes(std::span(image));
  std::memcpy(bytes.data(), &header, sizeof(header));
  if (rules != 0) std::memcpy(&bytes[sizeof(header)], actions.data(), rules * sizeof(fw_action));
  std::memcpy(&bytes[rows_at * 4], rows.words().data(), rows.words().size() * sizeof(uint64_t));
  if (!tries.words().empty()) {
    std::memcpy(&bytes[tries_at * 4], tries.words().data(), tries.words().size() * sizeof(uint32_t));
  }
  return PolicyImage(std::move(image), statistics);
}

}  // namespace fwbench
