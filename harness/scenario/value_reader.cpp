// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/value_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "bpf/abi.h"
#include "core/units.h"
#include "scenario/command_line.h"
#include "scenario/ranges.h"

namespace fwbench {
namespace {

constexpr NamedNumber kProtocols[] = {{"tcp", 6}, {"udp", 17}, {"icmp", 1}, {"icmpv6", 58}};

/// TCP header byte 13, RFC 9293 section 3.1.
constexpr NamedNumber kTcpFlags[] = {{"fin", 0x01}, {"syn", 0x02}, {"rst", 0x04}, {"psh", 0x08}, {"ack", 0x10},
                                     {"urg", 0x20}, {"ece", 0x40}, {"cwr", 0x80}, {"none", 0}};

/// The names nft has for them; RFC 792 and RFC 4443.
constexpr NamedNumber kIcmpTypes[] = {{"echo-request", 8},
                                      {"echo-reply", 0},
                                      {"destination-unreachable", 3},
                                      {"time-exceeded", 11},
                                      {"parameter-problem", 12}};
constexpr NamedNumber kIcmpv6Types[] = {{"echo-request", 128}, {"echo-reply", 129},  {"destination-unreachable", 1},
                                        {"packet-too-big", 2}, {"time-exceeded", 3}, {"parameter-problem", 4}};

const NamedNumber* find_name(std::span<const NamedNumber> names, std::string_view name) {
  const auto at = std::find_if(names.begin(), names.end(), [&](const NamedNumber& n) { return n.name == name; });
  return at == names.end() ? nullptr : &*at;
}

std::string suggest(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string nearest = did_you_mean(word, candidates);
  return nearest.empty() ? std::string{} : fmt::format("did you mean '{}'?", nearest);
}

std::string suggest(std::string_view word, std::span<const NamedNumber> names) {
  std::vector<std::string_view> candidates;
  for (const NamedNumber& n : names) candidates.push_back(n.name);
  return suggest(word, candidates);
}

bool starts_with_letter(std::string_view text) {
  return !text.empty() && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
}

/// Digits with at most one point: no sign, exponent, "inf" or "nan". Scenarios have no use for them.
std::optional<double> plain_decimal(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  const bool is_digits = !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
  if (!is_digits || error != std::errc{} || rest != end) return std::nullopt;
  return value;
}

/// Exact for a bare number; "16k" as parse_count() takes it.
Result<uint64_t> parse_whole(std::string_view text) {
  if (text.find_first_not_of("0123456789") != std::string_view::npos || text.empty()) {
    if (plain_decimal(text)) return fail(ErrorKind::usage, "'{}' is not a whole number", text);
    auto count = parse_count(text);
    if (!count) return fail(ErrorKind::usage, "'{}' is not a whole number", text);
    return count;
  }
  uint64_t value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return fail(ErrorKind::usage, "'{}' is too large", text);
  return value;
}

std::string_view set_content(int bits) {
  switch (bits) {
    case 32:
      return "IPv4 addresses";
    case 128:
      return "IPv6 addresses";
    case 16:
      return "ports";
    default:
      return "one-byte values";
  }
}

}  // namespace

std::string protocol_name(uint8_t l4proto) {
  for (const NamedNumber& p : kProtocols) {
    if (p.value == l4proto) return std::string(p.name);
  }
  return fmt::format("{}", l4proto);
}

void ValueReader::error(SourcePos pos, std::string message, std::string hint) {
  if (hint.empty()) hint = fmt::format("{} = {}", key_.name, describe_value(key_));
  diagnostics_.push_back(value_.source->error_at(pos, std::move(message), std::move(hint)));
  failed_ = true;
}

void ValueReader::error(SourcePos pos, const Error& e) {
  error(pos, e.message, e.remedy);
}

void ValueReader::name(std::string& out, const std::vector<std::string_view>& known) {
  std::vector<std::string> list;
  names(list, known);
  if (failed_) return;
  if (list.size() != 1) return error(value_.text.pos, "one name is wanted, not a list");
  out = std::move(list.front());
}

void ValueReader::names(std::vector<std::string>& out, const std::vector<std::string_view>& known) {
  std::vector<std::string> list;
  for (const IniText& item : split_list(value_.text)) {
    if (item.text.empty()) {
      error(item.pos, "empty entry in a list");
    } else if (!known.empty() && std::find(known.begin(), known.end(), item.text) == known.end()) {
      std::string hint = suggest(item.text, known);
      if (hint.empty()) hint = fmt::format("known are: {}", fmt::join(known, ", "));
      error(item.pos, fmt::format("unknown name '{}'", item.text), hint);
    } else if (std::find(list.begin(), list.end(), item.text) != list.end()) {
      error(item.pos, fmt::format("'{}' is in the list twice", item.text));
    } else {
      list.push_back(item.text);
    }
  }
  if (!failed_) out = std::move(list);
}

std::optional<uint64_t> ValueReader::whole() {
  const std::string& text = value_.text.text;
  const bool is_duration = key_.type == KeyType::duration;
  const auto n = is_duration ? parse_duration_ns(text) : parse_whole(text);
  if (!n) {
    error(value_.text.pos, n.error());
    return std::nullopt;
  }
  const auto value = static_cast<double>(*n);
  if (value < key_.min || value > key_.max) {
    error(value_.text.pos, fmt::format("'{}' is out of range", text));
    return std::nullopt;
  }
  return *n;
}

void ValueReader::number(double& out) {
  const auto value = plain_decimal(value_.text.text);
  if (!value) return error(value_.text.pos, fmt::format("'{}' is not a number", value_.text.text));
  if (*value < key_.min || *value > key_.max) {
    return error(value_.text.pos, fmt::format("'{}' is out of range", value_.text.text));
  }
  if (!(only_lower_ && *value >= out)) out = *value;
}

int ValueReader::choice_index() {
  const auto at = std::find(key_.choices.begin(), key_.choices.end(), value_.text.text);
  if (at != key_.choices.end()) return static_cast<int>(at - key_.choices.begin());
  error(value_.text.pos, fmt::format("unknown {} '{}'", key_.name, value_.text.text));
  return -1;
}

std::vector<size_t> ValueReader::choice_indices() {
  std::vector<size_t> list;
  for (const IniText& item : split_list(value_.text)) {
    const auto at = std::find(key_.choices.begin(), key_.choices.end(), item.text);
    if (at != key_.choices.end()) {
      list.push_back(static_cast<size_t>(at - key_.choices.begin()));
    } else {
      error(item.pos, fmt::format("unknown {} '{}'", key_.name, item.text),
            suggest(item.text, {key_.choices.begin(), key_.choices.end()}));
    }
  }
  return list;
}

void ValueReader::vlans(IntervalSet& out) {
  IntervalSet list;
  for (const IniText& item : split_list(value_.text)) {
    if (const auto range = parse_number_range(item.text, static_cast<uint64_t>(key_.max))) {
      list.push_back(*range);
    } else {
      error(item.pos, range.error());
    }
  }
  if (!failed_) out = normalize(std::move(list));
}

void ValueReader::protocol(uint8_t& out) {
  const std::string& text = value_.text.text;
  if (const NamedNumber* named = find_name(kProtocols, text)) {
    out = named->value;
  } else if (starts_with_letter(text)) {
    error(value_.text.pos, fmt::format("unknown protocol '{}'", text), suggest(text, kProtocols));
  } else if (const auto range = parse_number_range(text, 255); range && range->first == range->last) {
    out = static_cast<uint8_t>(range->first);
  } else {
    error(value_.text.pos, fmt::format("'{}' is not a protocol", text));
  }
}

const NamedSet* ValueReader::find_set(const IniText& item, int bits, const Policy* policy) {
  if (policy == nullptr) return nullptr;
  const std::string_view name = std::string_view(item.text).substr(1);
  const auto at = policy->sets.find(name);
  if (at == policy->sets.end()) {
    std::vector<std::string_view> candidates;
    for (const auto& [other, set] : policy->sets) {
      if (set.bits == bits) candidates.push_back(other);
    }
    std::string hint = did_you_mean(name, candidates);
    if (!hint.empty()) hint = fmt::format("did you mean '@{}'?", hint);
    if (hint.empty() && !candidates.empty()) hint = fmt::format("it has: @{}", fmt::join(candidates, ", @"));
    if (candidates.empty()) hint = fmt::format("it has no set of {}", set_content(bits));
    error(item.pos, fmt::format("no set '{}' in {}", name, policy->file), hint);
    return nullptr;
  }
  if (at->second.bits != bits) {
    error(item.pos, fmt::format("set '{}' holds {}, not {}", name, set_content(at->second.bits), set_content(bits)));
    return nullptr;
  }
  return &at->second;
}

template <typename ParseOne>
void ValueReader::ranges(IntervalSet& out, int bits, Interval any, const Policy* policy, ParseOne parse_one) {
  IntervalSet included;
  IntervalSet excluded;
  bool exclusions_only = true;
  bool has_sets = false;
  for (IniText item : split_list(value_.text)) {
    const bool is_exclusion = !item.text.empty() && item.text.front() == '!';
    if (is_exclusion) {
      SourcePos after = item.pos;
      ++after.column;
      item = trim(std::string(item.text, 1), after);
    }
    IntervalSet& into = is_exclusion ? excluded : included;
    exclusions_only = exclusions_only && is_exclusion;
    if (item.text.empty()) {
      error(item.pos, "empty entry in a list");
    } else if (item.text == "any") {
      into.push_back(any);
    } else if (item.text.front() == '@') {
      has_sets = true;
      if (const NamedSet* set = find_set(item, bits, policy)) {
        into.insert(into.end(), set->values->begin(), set->values->end());
      }
    } else if (const Result<Interval> one = parse_one(item.text)) {
      into.push_back(*one);
    } else {
      error(item.pos, one.error());
    }
  }
  if (failed_ || (has_sets && policy == nullptr)) return;
  if (exclusions_only) included.push_back(any);
  IntervalSet values = subtract(normalize(std::move(included)), normalize(std::move(excluded)));
  if (values.empty()) return error(value_.text.pos, "nothing is left of this list");
  out = std::move(values);
}

void ValueReader::addresses(IntervalSet& out, IpVersion ip, const Policy* policy) {
  ranges(out, ip == IpVersion::v4 ? 32 : 128, any_address(ip), policy,
         [ip](std::string_view text) { return parse_address_range(text, ip); });
}

void ValueReader::ports(IntervalSet& out, const Policy* policy) {
  ranges(out, 16, {0, 65535}, policy, [](std::string_view text) { return parse_number_range(text, 65535); });
}

void ValueReader::icmp_types(IntervalSet& out, IpVersion ip, const Policy* policy) {
  const std::span<const NamedNumber> names =
      ip == IpVersion::v4 ? std::span<const NamedNumber>(kIcmpTypes) : std::span<const NamedNumber>(kIcmpv6Types);
  ranges(out, 8, {0, 255}, policy, [names](std::string_view text) -> Result<Interval> {
    if (!starts_with_letter(text)) return parse_number_range(text, 255);
    if (const NamedNumber* named = find_name(names, text)) return Interval{named->value, named->value};
    return with_remedy(fail(ErrorKind::usage, "unknown ICMP type '{}'", text), suggest(text, names));
  });
}

std::optional<uint8_t> ValueReader::flags(const IniText& item) {
  unsigned bits = 0;
  const std::string_view text = item.text;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('+', begin), text.size());
    SourcePos pos = item.pos;
    pos.column += static_cast<int>(begin);
    const IniText word = trim(text.substr(begin, end - begin), pos);
    const NamedNumber* named = find_name(kTcpFlags, word.text);
    if (named == nullptr) {
      error(word.pos, fmt::format("unknown TCP flag '{}'", word.text), suggest(word.text, kTcpFlags));
      return std::nullopt;
    }
    bits |= named->value;
    begin = end + 1;
  }
  return static_cast<uint8_t>(bits);
}

void ValueReader::tcp_flags(std::vector<uint8_t>& out) {
  std::vector<uint8_t> list;
  for (const IniText& item : split_list(value_.text)) {
    if (const auto bits = flags(item)) list.push_back(*bits);
  }
  if (!failed_) out = std::move(list);
}

std::optional<SizeWeight> ValueReader::size(const IniText& item) {
  const size_t colon = item.text.find(':');
  const IniText bytes_text = trim(std::string_view(item.text).substr(0, colon), item.pos);
  const auto bytes = parse_number_range(bytes_text.text, FW_MAX_FRAME);
  if (!bytes || bytes->first != bytes->last || static_cast<double>(bytes->first) < key_.min) {
    error(bytes_text.pos, fmt::format("'{}' is not a frame size", bytes_text.text));
    return std::nullopt;
  }
  SizeWeight size{static_cast<int>(bytes->first), 1};
  if (colon == std::string::npos) return size;
  SourcePos after = item.pos;
  after.column += static_cast<int>(colon) + 1;
  const IniText weight_text = trim(std::string_view(item.text).substr(colon + 1), after);
  const auto weight = plain_decimal(weight_text.text);
  if (!weight || *weight <= 0 || *weight > 1e6) {
    error(weight_text.pos, fmt::format("'{}' is not a weight", weight_text.text));
    return std::nullopt;
  }
  size.weight = *weight;
  return size;
}

void ValueReader::sizes(std::vector<SizeWeight>& out) {
  if (value_.text.text == "imix") {
    out = simple_imix();
    return;
  }
  std::vector<SizeWeight> list;
  for (const IniText& item : split_list(value_.text)) {
    if (const auto one = size(item)) list.push_back(*one);
  }
  if (!failed_) out = std::move(list);
}

void ValueReader::commands(std::vector<CommandWords>& out) {
  const size_t before = diagnostics_.size();
  std::vector<CommandWords> commands = split_commands(*value_.source, value_.text, diagnostics_);
  failed_ = diagnostics_.size() != before;
  if (!failed_) out = std::move(commands);
}

void ValueReader::command(CommandWords& out) {
  std::vector<CommandWords> list;
  commands(list);
  if (list.size() > 1)
    return error(value_.text.pos, "one command only", "put the others into 'setup', or into a script");
  if (!failed_) out = std::move(list.front());
}

}  // namespace fwbench
