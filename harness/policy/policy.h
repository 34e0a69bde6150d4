// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The policy: an nftables ruleset reduced to an ordered list of rules over header fields.
/// Semantics are those of nft's netdev ingress hook: first terminal rule wins; a match on a field that the packet does
/// not have (say, a port in a non-first fragment) is false, negated or not (net/netfilter/nf_tables_core.c, NFT_BREAK).

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostic.h"
#include "core/result.h"

namespace fwbench {

/// A header field's value in host byte order; IPv6 addresses fill all 128 bits.
// NOLINTNEXTLINE(modernize-use-using): "using" has no way to say __extension__
__extension__ typedef unsigned __int128 FieldValue;

/// Fields a rule may look at. The order is part of the compiled image (bpf/abi.h, enum fw_field).
enum class Field : uint8_t {
  ether_type,  ///< skb->protocol: after one VLAN tag was taken off
  ip_saddr,    ///< IPv4
  ip_daddr,    ///< IPv4
  ip6_saddr,
  ip6_daddr,
  l4proto,      ///< meta l4proto: after IPv6 extension headers; absent when the IP header is invalid
  ip_protocol,  ///< the IPv4 header's byte, whatever else is in the packet
  th_sport,     ///< first two bytes of the transport header; absent in non-first fragments
  th_dport,
  tcp_flags,  ///< byte 13 of the transport header
  icmp_type,  ///< byte 0 of the transport header: icmp type and icmpv6 type
};
inline constexpr int kFieldCount = 11;

[[nodiscard]] std::string_view field_name(Field field);
[[nodiscard]] int field_bits(Field field);

/// Inclusive on both ends.
struct Interval {
  FieldValue first = 0;
  FieldValue last = 0;

  bool operator==(const Interval&) const = default;
};

/// Sorted, disjoint, not adjacent; what a set, a range, a prefix or a single value comes down to.
using IntervalSet = std::vector<Interval>;

/// Sorts and merges.
[[nodiscard]] IntervalSet normalize(IntervalSet intervals);

/// True when the field is present and in (or, negated, not in) the values.
struct Match {
  Field field;
  bool negated = false;
  std::shared_ptr<const IntervalSet> values;  ///< shared between rules that name the same set; never null
};

enum class Verdict : uint8_t { accept, drop };

/// One rule. Implicit dependencies (tcp dport -> meta l4proto 6) are matches of their own, in the order nft makes them.
struct Rule {
  std::vector<Match> matches;
  bool counted = false;               ///< has a `counter` statement
  bool terminal = true;               ///< false: counts and goes on with the next rule
  Verdict verdict = Verdict::accept;  ///< meaningless unless terminal
  SourcePos pos;                      ///< where the rule stands in the file
  std::string text;                   ///< the rule as written, one line
};

struct NamedSet {
  int bits = 32;  ///< 32 or 128 for addresses, 16 for ports, 8 for protocols
  std::shared_ptr<const IntervalSet> values;
  SourcePos pos;
};

struct Policy {
  std::string file;    ///< as given by the user
  std::string text;    ///< the whole ruleset as read; what the nft DUT loads and the record hashes
  std::string family;  ///< "netdev" (others come with the routed DUTs)
  std::string table;
  std::string chain;
  std::vector<Rule> rules;
  Verdict default_verdict = Verdict::accept;
  SourcePos default_pos;  ///< of the chain's `policy` statement, or of the chain
  std::map<std::string, NamedSet, std::less<>> sets;
};

/// Parses the subset of nft's language that README describes. All errors are found in one pass.
/// On failure `diagnostics` has at least one error and the result is empty (std::nullopt semantics: nullptr).
struct ParsedPolicy {
  std::shared_ptr<const Policy> policy;  ///< null when there were errors
  std::vector<Diagnostic> diagnostics;
};
[[nodiscard]] ParsedPolicy parse_policy(std::string_view text, std::string_view file_name);

/// Reads and parses; a file that cannot be read is a diagnostic without a position.
[[nodiscard]] ParsedPolicy load_policy(const std::filesystem::path& path);

}  // namespace fwbench
