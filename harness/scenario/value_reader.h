// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Turns the text of one key into a value, or into diagnostics that point at the part that is wrong.

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/ini.h"
#include "scenario/keys.h"

namespace fwbench {

/// A value and the text it stands in; `source` outlives it.
struct Value {
  const SourceText* source = nullptr;
  IniText text;
};

/// A word that stands for a number.
struct NamedNumber {
  std::string_view name;
  uint8_t value;
};

/// One use per value. Every function stores to `out` only when the whole value is right; otherwise it reports.
class ValueReader {
 public:
  ValueReader(const Key& key, const Value& value, std::vector<Diagnostic>& diagnostics)
      : key_(key), value_(value), diagnostics_(diagnostics) {}

  /// Numbers then only replace larger ones: how --quick shortens and never lengthens.
  void only_lower() { only_lower_ = true; }
  [[nodiscard]] bool failed() const { return failed_; }

  void text(std::string& out) { out = value_.text.text; }
  /// One name.  known empty: any will do.
  void name(std::string& out, const std::vector<std::string_view>& known);
  /// Names without a repetition. @param known empty: any name will do.
  void names(std::vector<std::string>& out, const std::vector<std::string_view>& known);
  /// Whole numbers, and durations in ns.
  template <std::unsigned_integral T>
  void number(T& out) {
    if (const auto n = whole(); n && !(only_lower_ && *n >= out)) out = static_cast<T>(*n);
  }
  void number(int& out) {
    auto n = static_cast<uint64_t>(out);
    number(n);
    out = static_cast<int>(n);
  }
  void number(double& out);
  /// Stores the position in Key::choices.
  template <typename Enum>
  void choice(Enum& out) {
    if (const int at = choice_index(); at >= 0) out = static_cast<Enum>(at);
  }
  /// A list of Key::choices; repetition is fine.
  template <typename Enum>
  void choices(std::vector<Enum>& out) {
    std::vector<Enum> list;
    for (const size_t at : choice_indices()) list.push_back(static_cast<Enum>(at));
    if (!failed_) out = std::move(list);
  }
  void vlans(IntervalSet& out);
  void protocol(uint8_t& out);
  /// @param policy whose sets `@name` means; null when it could not be read: then sets are passed over in silence and
  /// nothing is stored.
  void addresses(IntervalSet& out, IpVersion ip, const Policy* policy);
  void ports(IntervalSet& out, const Policy* policy);
  void icmp_types(IntervalSet& out, IpVersion ip, const Policy* policy);
  void tcp_flags(std::vector<uint8_t>& out);
  void sizes(std::vector<SizeWeight>& out);
  void command(CommandWords& out);
  void commands(std::vector<CommandWords>& out);

 private:
  template <typename ParseOne>
  void ranges(IntervalSet& out, int bits, Interval any, const Policy* policy, ParseOne parse_one);
  /// Null when there is no such set of that width, which is reported, and when there is no policy, which is not.
  const NamedSet* find_set(const IniText& item, int bits, const Policy* policy);

  [[nodiscard]] std::optional<uint64_t> whole();
  [[nodiscard]] std::optional<uint8_t> flags(const IniText& item);
  [[nodiscard]] std::optional<SizeWeight> size(const IniText& item);
  [[nodiscard]] int choice_index();
  [[nodiscard]] std::vector<size_t> choice_indices();

  /// An empty hint becomes the description of what the key takes.
  void error(SourcePos pos, std::string message, std::string hint = {});
  void error(SourcePos pos, const Error& error);

  const Key& key_;
  const Value& value_;
  std::vector<Diagnostic>& diagnostics_;
  bool only_lower_ = false;
  bool failed_ = false;
};

}  // namespace fwbench
