// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The expressions a rule may match on: one line of a table for each.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "policy/value.h"

namespace fwbench {

inline constexpr uint16_t kEtherIpv4 = 0x0800;
inline constexpr uint16_t kEtherIpv6 = 0x86dd;
inline constexpr uint16_t kEtherVlan = 0x8100;
inline constexpr uint16_t kEtherQinq = 0x88a8;

/// What a match needs to be true before it: nft adds these as matches of their own unless the rule has them already.
enum class Needs : uint8_t {
  nothing,
  link,            ///< an Ethernet header, which every frame has: from here on nft asks for `ether type`
  vlan,            ///< `ether type` 802.1Q
  network,         ///< `meta protocol` is Expression::needed
  transport,       ///< `meta l4proto` is Expression::needed
  icmp_transport,  ///< as transport, after `meta protocol` of the IP version the ICMP belongs to if neither is known
};

/// What the rule knows once a match is equal to one value.
enum class Tells : uint8_t { nothing, link, network, transport };

struct Expression {
  std::string_view object;  ///< "tcp"
  std::string_view key;     ///< "dport"
  Field field;
  ValueType type;
  Needs needs = Needs::nothing;
  uint16_t needed = 0;
  Tells tells = Tells::nothing;
  int shift = 0;  ///< the expression is value_type_info(type).bits bits of the field, from this one up

  [[nodiscard]] std::string name() const;  ///< "tcp dport"
};

[[nodiscard]] const Expression* find_expression(std::string_view object, std::string_view key);
[[nodiscard]] bool is_expression_object(std::string_view object);

/// "saddr, daddr, protocol" for "ip".
[[nodiscard]] std::string supported_keys(std::string_view object);
/// "ip, ip6, meta, ..." and the statements.
[[nodiscard]] std::string supported_words();

/// Why an expression or statement of nft's is not supported and what to write instead; the general answer for words
/// that need no special one. Empty when nft does not know the word at all.
struct Unsupported {
  std::string_view object;
  std::string_view key;  ///< empty: any
  std::string_view hint;
};
[[nodiscard]] const Unsupported* find_unsupported(std::string_view object, std::string_view key);

/// The nearest known object, key of `object`, or statement; empty when there is none.
[[nodiscard]] std::string nearest_object(std::string_view word);
[[nodiscard]] std::string nearest_key(std::string_view object, std::string_view word);

}  // namespace fwbench
