// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The matches of generated rules. One entry of a table for each field, so that a new field is one line.

#include <string>
#include <vector>

#include "policy/policy.h"
#include "verify/random_source.h"

namespace fwbench::verify {

/// What a rule says about the packet before its first match: nft refuses rules that contradict themselves.
enum class Network : uint8_t { any, ipv4, ipv6 };
enum class Transport : uint8_t { any, tcp, udp, th, icmp, icmpv6 };

struct RuleContext {
  Network network = Network::any;
  Transport transport = Transport::any;
  bool below_ip = true;  ///< the chain sees frames, and may ask for what is in front of the IP header
};

/// How values of a field are written.
enum class Notation : uint8_t { number, hex, ipv4, ipv6, mac };

struct NumericField {
  std::string_view name;
  int bits;
  Notation notation;
  Network network;      ///< the rule's network must be this one; any: does not matter
  Transport transport;  ///< likewise
  uint32_t feature;
  std::string_view set_type;  ///< of named sets; "" when it has none
  bool ordered;               ///< < > <= >= and ranges mean something
  unsigned weight;
};

/// Addresses, ports and the like that the rules of one policy have in common, and its named sets.
class MatchGenerator {
 public:
  MatchGenerator(RandomSource& random, uint32_t features);

  /// One match that goes with the context, "" when the table has none.
  [[nodiscard]] std::string match(const RuleContext& context);
  /// A match of single values on one address and one port: narrow enough that each of many such rules decides.
  [[nodiscard]] std::string narrow_match(size_t number);
  /// The same, for a rule that every other packet meets: engines go on behind it instead of taking the next rule.
  [[nodiscard]] static std::string narrow_skip(size_t number);
  /// `FIELD . FIELD { ... }`, and `FIELD vmap { ... }` over the outcomes given; "" when the context has no fields.
  [[nodiscard]] std::string concatenation(const RuleContext& context);
  [[nodiscard]] std::string verdict_map(const RuleContext& context, const std::vector<std::string>& outcomes);
  /// The declarations of the named sets that matches refer to.
  [[nodiscard]] const std::string& sets() const { return sets_text_; }

 private:
  [[nodiscard]] std::vector<const NumericField*> fields_for(const RuleContext& context) const;
  [[nodiscard]] const NumericField* choose_field(const RuleContext& context);
  [[nodiscard]] std::string numeric(const NumericField& field);
  [[nodiscard]] std::string masked(const NumericField& field);
  [[nodiscard]] std::string tcp_flags();
  [[nodiscard]] std::string flag_list(char separator, size_t at_least);
  [[nodiscard]] FieldValue value(const NumericField& field);
  [[nodiscard]] Interval interval(const NumericField& field);
  [[nodiscard]] std::string text(const NumericField& field, const Interval& interval) const;
  /// Elements that do not overlap, as nft wants them in a set without auto-merge.
  [[nodiscard]] std::string elements(const NumericField& field, size_t count, bool single_values = false);
  [[nodiscard]] std::string named_set(const NumericField& field);

  struct NamedSetRef {
    std::string_view type;
    std::string name;
  };

  RandomSource& random_;
  uint32_t features_;
  std::vector<FieldValue> ipv4_;
  std::vector<FieldValue> ipv6_;
  std::vector<FieldValue> ports_;
  std::vector<NamedSetRef> sets_;
  std::string sets_text_;
};

}  // namespace fwbench::verify
