// SPDX-License-Identifier: BSD-2-Clause
#include <array>
#include <cstring>

#include "bpf/abi.h"
#include "engine/conditions.h"
#include "engine/image.h"
#include "engine/rows.h"
#include "engine/trie.h"

namespace fwbench {
namespace {

static_assert(static_cast<int>(Field::icmp_type) == FW_ICMP_TYPE,
              "bpf/abi.h and policy/policy.h list the same fields in the same order");

/// bpf/classify.h walks at most this many.
constexpr size_t kMaxRules = 65536;

uint32_t action_of(const Rule& rule) {
  uint32_t action = rule.counted ? FW_ACTION_COUNTED : 0;
  if (rule.outcome.action == Action::next) return action;
  action |= FW_ACTION_TERMINAL;
  return rule.outcome.action == Action::drop ? action | FW_ACTION_DROP : action;
}

uint32_t action_of(Verdict default_verdict) {
  return FW_ACTION_TERMINAL | (default_verdict == Verdict::drop ? FW_ACTION_DROP : 0);
}

constexpr size_t round_up(size_t value, size_t step) {
  return (value + step - 1) / step * step;
}

tl::unexpected<Error> too_large(const Policy& policy, size_t bytes) {
  return with_remedy(fail(ErrorKind::usage, "policy {} with {} rules compiles to more than {} MB, the limit is {} MB",
                          policy.file, policy.rules.size(), bytes >> 20, kMaxImageBytes >> 20),
                     "merge rules that differ in addresses only into one rule with a set");
}

}  // namespace

Result<PolicyImage> compile_policy(const Policy& policy) {
  const size_t rules = policy.rules.size();
  if (rules > kMaxRules) {
    return fail(ErrorKind::usage, "policy {} has {} rules, the limit is {}", policy.file, rules, kMaxRules);
  }

  const Conditions conditions = collect_conditions(policy);
  RowPool rows(rules);
  std::array<FieldRows, FW_FIELD_COUNT> fields;
  for (size_t field = 0; field < fields.size(); ++field) {
    fields[field] = sweep_field(conditions[field], rules, field_max(static_cast<Field>(field)), rows);
    if (rows.overflows()) return too_large(policy, rows.words().size() * 8);
  }

  fw_image_header header = {};
  const size_t header_words = sizeof(header) / sizeof(uint32_t);
  const size_t rows_at = round_up(header_words + rules, 2);  // in 32-bit words, as everything below
  const size_t tries_at = rows_at + rows.words().size() * 2;
  const auto row_offset = [&](uint32_t row) { return static_cast<uint32_t>(rows_at / 2 + row * rows.stride()); };

  TrieBuilder tries(static_cast<uint32_t>(tries_at));
  for (size_t field = 0; field < fields.size(); ++field) {
    std::vector<uint32_t> leaves;
    leaves.reserve(fields[field].pieces.size());
    for (const Piece& piece : fields[field].pieces) leaves.push_back(FW_TRIE_LEAF | row_offset(piece.row));
    header.root[field] = tries.add(trie_shape(static_cast<Field>(field)), fields[field].pieces, leaves);
    header.absent[field] = row_offset(fields[field].absent);
    if (!conditions[field].empty()) header.used_fields |= 1u << field;
    const size_t bytes = (tries_at + tries.words().size()) * sizeof(uint32_t);
    if (bytes > kMaxImageBytes) return too_large(policy, bytes);
  }

  header.magic = FW_IMAGE_MAGIC;
  header.image_words = static_cast<uint32_t>(round_up(tries_at + tries.words().size(), 2));
  header.rules = static_cast<uint32_t>(rules);
  header.row_words = static_cast<uint32_t>(rows.row_words());
  header.summary_words = static_cast<uint32_t>(rows.summary_words());
  header.used_fields |= 1u << FW_ETHER_TYPE;  // always there: its row is where a reader's AND starts
  header.default_action = action_of(policy.default_verdict);
  header.actions = static_cast<uint32_t>(header_words);

  std::vector<uint64_t> image(header.image_words / 2);
  const std::span<std::byte> bytes = std::as_writable_bytes(std::span(image));
  std::memcpy(bytes.data(), &header, sizeof(header));
  for (size_t rule = 0; rule < rules; ++rule) {
    const uint32_t action = action_of(policy.rules[rule]);
    std::memcpy(&bytes[(header_words + rule) * sizeof(uint32_t)], &action, sizeof(action));
  }
  std::memcpy(&bytes[rows_at * 4], rows.words().data(), rows.words().size() * sizeof(uint64_t));
  if (!tries.words().empty()) {
    std::memcpy(&bytes[tries_at * 4], tries.words().data(), tries.words().size() * sizeof(uint32_t));
  }
  return PolicyImage(std::move(image));
}

}  // namespace fwbench
