// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The one table of everything a scenario can say. Parsing, error messages, `fwbench explain` and scenarios/KEYS.md all
/// come from it; a new key is one entry here.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "scenario/generate.h"
#include "scenario/plan.h"
#include "scenario/policy_flows.h"

namespace fwbench {

class ValueReader;

/// Where a class has its header fields from.
enum class TrafficSource : uint8_t { fields, policy };

/// A Plan in the making.
struct Draft {
  Plan plan;
  std::string policy_file;                   ///< as written in the scenario; empty: not given
  std::optional<PolicyGenerator> generator;  ///< instead of a file
  PolicyRecipe recipe;
  std::string pcap_file;                ///< as written in the scenario; empty: not given
  std::vector<std::string> swap_files;  ///< [swap] policies as written
  SwapPlan swap;
  std::string excluded;                          ///< [matrix] exclude as written
  std::string reference;                         ///< [matrix] reference as written
  RatioPlan ratio;                               ///< the ratio whose section is being read
  TrafficClass current;                          ///< the class whose section is being read
  std::optional<double> share;                   ///< of the current class
  std::vector<SizeWeight> sizes;                 ///< of classes that have none of their own
  TrafficSource source = TrafficSource::fields;  ///< of the current class
  RuleFilter rules = RuleFilter::all;            ///< of the current class, when its source is the policy
  ClassExpect expect = ClassExpect::policy;      ///< of the current class
  UserDut user_dut;                              ///< the [dut.NAME] that is being read
  std::vector<std::string_view> known_duts;      ///< empty: not checked
};

/// Selects the parser and the name of the kind in messages.
enum class KeyType : uint8_t {
  text,
  path,
  whole,
  duration,
  real,
  choice,
  name,
  names,
  protocol,
  addresses,
  ports,
  icmp_types,
  tcp_flags,
  sizes,
  choices,
  vlans,
  command,
  commands,
  comparison,
};

/// Its keys are metrics of DUTs (scenario/thresholds.h); the table has one entry that stands for all of them.
inline constexpr std::string_view kThresholdsSection = "thresholds";

/// The section of the table that every [dut.NAME] is read by.
inline constexpr std::string_view kUserDutSection = "dut.NAME";

struct Key {
  std::string_view section;  ///< "class" stands for every [class.NAME], "ratio" for every [ratio.NAME], kUserDutSection
                             ///< for every [dut.NAME]
  std::string_view name;
  KeyType type;
  std::string_view unit = {};           ///< "" when the value has none, or carries its own as durations do
  std::string_view default_value = {};  ///< as it would be written; "" when there is none
  bool required = false;                ///< in every section of its kind (and, with `protocols`, of those protocols)
  double min = 0;                       ///< whole, duration (ns) and real; inclusive
  double max = 0;
  std::span<const std::string_view> choices = {};     ///< in the order of the enum that `set` stores
  std::span<const uint8_t> protocols = {};            ///< the only ones for which the key has a meaning; empty = all
  std::span<const std::string_view> generators = {};  ///< of [policy]: the only ones for which the key has a meaning
  std::string_view dut_kind = {};                     ///< of [dut.NAME]: the only kind for which the key has a meaning
  std::string_view quick_value = {};                  ///< what --quick lowers it to; "" when it does not
  std::string_view help;                              ///< full sentences
  void (*set)(ValueReader&, Draft&);                  ///< stores the value; on error reports and leaves the draft alone
};

struct KeySection {
  std::string_view name;  ///< "class" stands for [class.NAME], "ratio" for [ratio.NAME]
  std::string_view help;
};

/// In the order in which they must be read: a key may depend on those above it.
[[nodiscard]] std::span<const Key> all_keys();
[[nodiscard]] std::span<const KeySection> all_sections();

/// Sections of which there may be several, each with a name of its own: "class", "ratio".
[[nodiscard]] bool is_named_kind(std::string_view section);

/// A class whose fields come from the policy has none of them.
[[nodiscard]] bool is_header_field(const Key& key);

/// Null when there is none. Classes and ratios are found as sections "class" and "ratio", DUTs of the user's own as
/// kUserDutSection.
[[nodiscard]] const Key* find_key(std::string_view section, std::string_view name);

/// "whole number from 1 to 1000, default 7": what the value must look like, for hints.
[[nodiscard]] std::string describe_value(const Key& key);

/// "tcp", "icmpv6", or the number of a protocol that scenarios have no name for.
[[nodiscard]] std::string protocol_name(uint8_t l4proto);

/// All keys (topic "" or "all"), one section ("trial") or one key ("trial.rounds", or "rounds" where that is unique).
/// Errors: ErrorKind::usage for an unknown topic, with the nearest one as remedy.
[[nodiscard]] Result<std::string> explain_keys(std::string_view topic);

/// The whole of scenarios/KEYS.md.
[[nodiscard]] std::string keys_markdown();

}  // namespace fwbench
