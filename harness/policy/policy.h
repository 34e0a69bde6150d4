// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The policy: an nftables ruleset reduced to an ordered list of rules over header fields.
/// Semantics are those of nft's netdev ingress hook: first terminal rule wins; a match on a field that the packet does
/// not have (say, a port in a non-first fragment) is false, negated or not (net/netfilter/nf_tables_core.c, NFT_BREAK).

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/diagnostic.h"
#include "core/result.h"
#include "policy/intervals.h"

namespace fwbench {

/// Fields a rule may look at. The order is part of the compiled image (bpf/abi.h, enum fw_field).
enum class Field : uint8_t {
  ether_type,  ///< `meta protocol`, skb->protocol: after one VLAN tag was taken off
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
  // The fields above are in every ruleset; engines look at those below only when some rule does.
  icmp_code,    ///< byte 1 of the transport header
  ip_tos,       ///< byte 1 of the IPv4 header: `ip dscp` is its upper six bits, `ip ecn` the other two
  ip_length,    ///< IPv4 total length, as the header claims
  ip_frag_off,  ///< IPv4 bytes 6 and 7: flags and offset
  ip_ttl,
  ip6_class,     ///< IPv6 traffic class; present when the first two bytes are there
  ip6_nexthdr,   ///< the IPv6 header's byte, whatever follows
  ip6_hoplimit,  ///< IPv6
  exthdrs,       ///< IPv6: the extension headers there are, a bit each (kExthdr...); present in every IPv6 frame
  eth_saddr,     ///< 48 bits
  eth_daddr,     ///< 48 bits
  eth_type,      ///< bytes 12 and 13 of the frame as it came: `ether type`, 0x8100 in a tagged frame
  vlan_id,       ///< of the outer tag, 12 bits; present when there is one, 802.1Q or 802.1ad
  length,        ///< `meta length`: bytes behind the Ethernet header and one VLAN tag; no frame exceeds 16 bits
};
inline constexpr int kFieldCount = 25;

/// Bits of Field::exthdrs: what `exthdr NAME exists` asks for (ipv6_find_hdr() finds a header of that type). It finds a
/// header whose first 2 bytes (routing, fragment: 4) are in the frame, and a mobility header unread.
inline constexpr uint8_t kExthdrHopByHop = 0x01;
inline constexpr uint8_t kExthdrRouting = 0x02;
inline constexpr uint8_t kExthdrFragment = 0x04;
inline constexpr uint8_t kExthdrDestination = 0x08;
inline constexpr uint8_t kExthdrMobility = 0x10;

[[nodiscard]] std::string_view field_name(Field field);
[[nodiscard]] int field_bits(Field field);

/// True when the field is present and in (or, negated, not in) the values.
struct Match {
  Field field;
  bool negated = false;
  std::shared_ptr<const IntervalSet> values;  ///< shared between rules that name the same set; never null
};

enum class Verdict : uint8_t { accept, drop };
/// "accept", "drop"
[[nodiscard]] std::string_view verdict_name(Verdict verdict);

/// A value for each of several fields: one element of a concatenation.
using Tuple = std::vector<Interval>;

/// `ip saddr . tcp dport @set`: true when all the fields are present and some tuple holds (or, negated, none does).
struct TupleMatch {
  std::vector<Field> fields;
  bool negated = false;
  std::shared_ptr<const std::vector<Tuple>> tuples;  ///< each as long as `fields`; never null, may be empty
};

/// What becomes of a packet. `next` goes on with the next rule, `go_to` does not come back, `leave` is nft's return.
enum class Action : uint8_t { next, accept, drop, jump, go_to, leave };

struct Outcome {
  Action action = Action::next;
  uint32_t chain = 0;  ///< of jump and go_to: index into Policy::chains

  bool operator==(const Outcome&) const = default;
};

/// `ip saddr vmap { ... }`. Tuples of different outcomes are disjoint; a packet that has not all of the fields, or that
/// no tuple holds, goes on with the next rule.
struct VerdictMap {
  struct Entry {
    Tuple tuple;
    Outcome outcome;
  };
  std::vector<Field> fields;
  std::shared_ptr<const std::vector<Entry>> entries;  ///< never null
};

/// One rule: all of its matches must hold. Implicit dependencies (tcp dport -> meta l4proto 6) are matches of their
/// own, in the order nft makes them.
struct Rule {
  std::vector<Match> matches;
  std::vector<TupleMatch> tuple_matches;
  bool counted = false;                   ///< has a `counter` statement
  Outcome outcome;                        ///< unless there is a verdict map
  std::optional<VerdictMap> verdict_map;  ///< decides instead of `outcome`; a packet it does not know is not counted
  SourcePos pos;                          ///< where the rule stands in the file
  std::string text;                       ///< the rule as written, one line
};

/// Rules [first_rule, first_rule + rule_count) of Policy::rules. Jumps never come back to a chain they are in, and are
/// at most kMaxJumpDepth deep (nf_tables, NFT_JUMP_STACK_SIZE).
struct Chain {
  std::string name;
  uint32_t first_rule = 0;
  uint32_t rule_count = 0;
  SourcePos pos;
};
inline constexpr int kMaxJumpDepth = 16;

struct NamedSet {
  int bits = 32;  ///< 32 or 128 for addresses, 16 for ports, 8 for protocols
  std::shared_ptr<const IntervalSet> values;
  SourcePos pos;
};

/// Lines of Policy::text that were read from one file, one after the other. A file that includes others has several.
struct TextPart {
  int first_line = 1;  ///< in the text
  std::string file;    ///< as given by the user, or beside the file that includes it
  int file_line = 1;   ///< that first line's number in the file
};

struct Policy {
  std::string file;  ///< as given by the user
  std::string text;  ///< the whole ruleset with what it includes; what the nft DUT loads and the record hashes
  std::vector<TextPart> parts;  ///< where the lines come from: all positions are those of `text`
  std::string family;           ///< netdev, inet, ip or ip6: frames that a chain of the family never sees are accepted
  std::string table;
  std::vector<Chain> chains;  ///< in the order of the file; none is empty of a name
  uint32_t base_chain = 0;    ///< where every packet starts
  std::vector<Rule> rules;    ///< of all chains, one chain after the other
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
/// The file and the line there of a line of the text. `file` is for a text without parts.
[[nodiscard]] std::pair<std::string, int> locate(const std::vector<TextPart>& parts, std::string_view file, int line);

[[nodiscard]] ParsedPolicy parse_policy(std::string_view text, std::string_view file_name);

/// Reads and parses; a file that cannot be read is a diagnostic without a position. Only this way may the text include
/// others: files in the folder of `path` or below it.
[[nodiscard]] ParsedPolicy load_policy(const std::filesystem::path& path);

}  // namespace fwbench
