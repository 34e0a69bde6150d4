// SPDX-License-Identifier: BSD-2-Clause
#include "dpdk/acl_classifier.h"

#include <rte_acl.h>
#include <rte_errno.h>

#include <atomic>
#include <cerrno>
#include <utility>

namespace fwbench {
namespace {

/// What a list answers: 0 is rte_acl's own "no rule".
constexpr uint32_t kDrop = 1;
constexpr uint32_t kAccept = 2;

static_assert(static_cast<int>(AclMatch::prefix) == RTE_ACL_FIELD_TYPE_MASK);
static_assert(static_cast<int>(AclMatch::range) == RTE_ACL_FIELD_TYPE_RANGE);
static_assert(static_cast<int>(AclMatch::bits) == RTE_ACL_FIELD_TYPE_BITMASK);

rte_acl_config config_of(const AclTable& table, size_t max_bytes) {
  rte_acl_config config = {};
  config.num_categories = 1;
  config.num_fields = static_cast<uint32_t>(table.fields.size());
  config.max_size = max_bytes;
  for (size_t i = 0; i < table.fields.size(); ++i) {
    const AclField& field = table.fields[i];
    config.defs[i] = {.type = static_cast<uint8_t>(field.match),
                      .size = field.size,
                      .field_index = static_cast<uint8_t>(i),
                      .input_index = field.group,
                      .offset = field.offset};
  }
  return config;
}

/// rte_acl reads value and mask as wide as the field is.
rte_acl_field_types sized(uint32_t value, uint8_t size) {
  rte_acl_field_types result = {};
  if (size == 1) result.u8 = static_cast<uint8_t>(value);
  if (size == 2) result.u16 = static_cast<uint16_t>(value);
  if (size == 4) result.u32 = value;
  return result;
}

/// A rule with as many fields as it takes behind it, as rte_acl_add_rules() wants it.
class RuleBuffer {
 public:
  explicit RuleBuffer(size_t fields) : words_((RTE_ACL_RULE_SZ(fields) + 7) / 8) {}

  const rte_acl_rule* write(const AclTable& table, size_t index) {
    auto* const rule = reinterpret_cast<rte_acl_rule*>(words_.data());
    rule->data = {.category_mask = 1,
                  .priority = static_cast<int32_t>(table.priority[index]),
                  .userdata = table.accepts[index] != 0 ? kAccept : kDrop};
    const size_t fields = table.fields.size();
    for (size_t i = 0; i < fields; ++i) {
      const AclValue& value = table.values[index * fields + i];
      const AclField& field = table.fields[i];
      rule->field[i].value = sized(value.value, field.size);
      // A prefix's length is small, and read as wide as the field all the same.
      rule->field[i].mask_range = sized(value.mask_or_last, field.size);
    }
    return rule;
  }

 private:
  std::vector<uint64_t> words_;
};

tl::unexpected<Error> refused(int error, const char* name, const AclTable& table, size_t max_bytes) {
  constexpr size_t kMegabyte = 1 << 20;
  if (error == ENOMEM || error == ERANGE) {
    return fail(ErrorKind::unsupported, "rte_acl needs more than {} MB for its {} {} rules", max_bytes / kMegabyte,
                table.rules(), name);
  }
  return sys_fail(error, "rte_acl cannot build its {} {} rules", table.rules(), name);
}

}  // namespace

void AclClassifier::Free::operator()(rte_acl_ctx* context) const {
  rte_acl_free(context);
}

Result<AclClassifier::Context> AclClassifier::build(const char* name, const AclTable& table, size_t max_bytes) {
  if (table.rules() == 0) return Context();
  // DPDK keeps a list of all contexts by name, and gives an old one back for a name that it knows.
  static std::atomic<uint32_t> number = 0;
  const std::string unique = fmt::format("{}-{}", name, number++);
  const rte_acl_param param = {.name = unique.c_str(),
                               .socket_id = SOCKET_ID_ANY,
                               .rule_size = static_cast<uint32_t>(RTE_ACL_RULE_SZ(table.fields.size())),
                               .max_rule_num = static_cast<uint32_t>(table.rules())};
  Context context(rte_acl_create(&param));
  if (!context) return refused(rte_errno, name, table, max_bytes);
  RuleBuffer buffer(table.fields.size());
  for (size_t i = 0; i < table.rules(); ++i) {
    if (const int error = rte_acl_add_rules(context.get(), buffer.write(table, i), 1); error != 0) {
      return refused(-error, name, table, max_bytes);
    }
  }
  const rte_acl_config config = config_of(table, max_bytes);
  if (const int error = rte_acl_build(context.get(), &config); error != 0) {
    return refused(-error, name, table, max_bytes);
  }
  return context;
}

AclClassifier::AclClassifier(Context ipv4, Context ipv6, const AclPolicy& policy, Classifier fallback)
    : ipv4_(std::move(ipv4)),
      ipv6_(std::move(ipv6)),
      shape_{policy.ipv4.required, policy.ipv6.required, policy.rare_fields},
      default_accepts_(policy.default_accepts),
      fallback_(fallback),
      fallback_hits_(fallback.rules() + 1),
      lists_(std::make_unique<std::array<List, 2>>()) {}

Result<AclClassifier> AclClassifier::open(const AclPolicy& policy, Classifier fallback, size_t max_bytes) {
  auto ipv4 = build("IPv4", policy.ipv4, max_bytes);
  if (!ipv4) return tl::unexpected(ipv4.error());
  auto ipv6 = build("IPv6", policy.ipv6, max_bytes);
  if (!ipv6) return tl::unexpected(ipv6.error());
  return AclClassifier(std::move(*ipv4), std::move(*ipv6), policy, fallback);
}

uint64_t AclClassifier::classify_list(const Context& context, const List& list) const {
  std::array<uint32_t, kClassifyBatch> answers = {};
  if (context) {
    // Cannot fail: as many categories as were built, and the algorithm that the CPU has.
    rte_acl_classify(context.get(), const_cast<const uint8_t**>(list.data.data()), answers.data(), list.count, 1);
  }
  const uint32_t otherwise = default_accepts_ ? kAccept : kDrop;
  uint64_t verdicts = 0;
  for (uint32_t i = 0; i < list.count; ++i) {
    const uint32_t answer = answers[i] == 0 ? otherwise : answers[i];
    verdicts |= uint64_t{answer == kAccept} << list.places[i];
  }
  return verdicts;
}

uint64_t AclClassifier::classify(std::span<const FrameView> frames) {
  auto& [ipv4, ipv6] = *lists_;
  ipv4.count = ipv6.count = 0;
  uint64_t verdicts = 0;
  for (size_t i = 0; i < frames.size(); ++i) {
    // Where most frames go: a key that turns out to be another list's is copied.
    AclKey& key = ipv4.keys[ipv4.count];
    const AclList where = make_acl_key(frames[i], shape_, key);
    if (where == AclList::none) {
      ++by_fallback_;
      verdicts |= (fallback_.classify(frames.subspan(i, 1), fallback_hits_) & 1) << i;
      continue;
    }
    List& list = where == AclList::ipv4 ? ipv4 : ipv6;
    if (where == AclList::ipv6) list.keys[list.count] = key;
    list.data[list.count] = reinterpret_cast<const uint8_t*>(&list.keys[list.count]);
    list.places[list.count] = static_cast<uint8_t>(i);
    ++list.count;
  }
  if (ipv4.count > 0) verdicts |= classify_list(ipv4_, ipv4);
  if (ipv6.count > 0) verdicts |= classify_list(ipv6_, ipv6);
  return verdicts;
}

}  // namespace fwbench
