// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/thresholds.h"

#include <algorithm>

#include "record/metrics.h"
#include "record/thresholds.h"
#include "scenario/user_dut.h"

namespace fwbench {
namespace {

/// Beyond any rate, count and delay that a run can have.
constexpr double kMaxBound = 1e15;

struct Line {
  IniText key;
  Value value;
};

std::vector<Line> lines_of(const Inputs& inputs) {
  std::vector<Line> lines;
  const std::vector<Setting> overrides = inputs.overrides_of(kThresholdsSection);
  if (const IniSection* const section = inputs.find_section(kThresholdsSection)) {
    for (const IniEntry& entry : section->entries) {
      const bool replaced =
          std::any_of(overrides.begin(), overrides.end(), [&](const Setting& s) { return s.key == entry.key.text; });
      if (replaced) continue;
      Line& line = lines.emplace_back();
      line.key = entry.key;
      line.value = {&inputs.ini().source, entry.value};
    }
  }
  for (const Setting& setting : overrides) {
    const int column = static_cast<int>(kThresholdsSection.size()) + 2;
    Line& line = lines.emplace_back();
    line.key = {setting.key, {1, column, static_cast<int>(setting.key.size())}};
    line.value = setting.value;
  }
  return lines;
}

/// "xdp.delay_ns.p99" -> "xdp" and "delay_ns.p99". Names of DUTs may have dots too: a known metric at the end decides.
std::pair<IniText, IniText> split_key(const IniText& key) {
  size_t dot = key.text.find('.');
  for (const Metric& metric : all_metrics()) {
    if (key.text.ends_with(fmt::format(".{}", metric.path))) dot = key.text.size() - metric.path.size() - 1;
  }
  const std::string_view text = key.text;
  if (dot == std::string::npos) return {key, {}};
  SourcePos behind = key.pos;
  behind.column += static_cast<int>(dot) + 1;
  return {trim(text.substr(0, dot), key.pos), trim(text.substr(dot + 1), behind)};
}

/// One line at a time.
class ThresholdReader {
 public:
  ThresholdReader(const Inputs& inputs, std::vector<Diagnostic>& diagnostics)
      : list_(inputs.find_value("dut", "list")), known_(inputs.options().known_duts), diagnostics_(diagnostics) {
    add_user_dut_names(inputs.ini(), known_);
    if (!list_) return;
    for (const IniText& name : split_list(list_->value.text)) listed_.push_back(name.text);
  }

  /// Nothing, with or without a message.
  std::optional<ThresholdClaim> read(const Line& line) {
    const auto [dut, path] = split_key(line.key);
    const Metric* const metric = find_metric(path.text);
    const bool fine = check_metric(line, metric, path) && check_dut(line, dut);
    if (!fine) return std::nullopt;
    ThresholdClaim claim{.dut = dut.text, .metric = path.text, .comparison = {}, .bound = 0};
    if (!read_value(line, *metric, claim)) return std::nullopt;
    return is_measured(dut.text) ? std::optional(claim) : std::nullopt;
  }

 private:
  bool check_metric(const Line& line, const Metric* metric, const IniText& path) {
    if (metric != nullptr) return true;
    if (path.text.empty()) {
      report(line, line.key.pos, fmt::format("'{}' names no metric", line.key.text), "write DUT.METRIC, or *.METRIC");
      return false;
    }
    std::vector<std::string_view> candidates;
    for (const Metric& m : all_metrics()) candidates.push_back(m.path);
    std::string hint = quoted_hint(did_you_mean(path.text, candidates));
    if (hint.empty()) hint = "`fwbench explain thresholds` lists them";
    report(line, path.pos, fmt::format("unknown metric '{}'", path.text), hint);
    return false;
  }

  bool check_dut(const Line& line, const IniText& dut) {
    if (dut.text == "*") return true;
    const bool unknown = !known_.empty() && std::find(known_.begin(), known_.end(), dut.text) == known_.end();
    if (unknown || dut.text.empty()) {
      report(line, dut.pos, fmt::format("unknown DUT '{}'", dut.text), quoted_hint(did_you_mean(dut.text, known_)));
      return false;
    }
    if (!list_ || list_->is_override || is_measured(dut.text)) return true;
    report(line, dut.pos, fmt::format("DUT '{}' is not in [dut] list", dut.text),
           quoted_hint(did_you_mean(dut.text, {listed_.begin(), listed_.end()})));
    return false;
  }

  [[nodiscard]] bool is_measured(const std::string& dut) const {
    return dut == "*" || std::find(listed_.begin(), listed_.end(), dut) != listed_.end();
  }

  bool read_value(const Line& line, const Metric& metric, ThresholdClaim& claim) {
    const IniText& value = line.value.text;
    const auto* const comparison =
        std::find_if(std::begin(kComparisons), std::end(kComparisons),
                     [&](std::string_view c) { return value.text.substr(0, c.size()) == c; });
    if (comparison == std::end(kComparisons)) {
      report(line, value.pos, fmt::format("'{}' does not begin with a comparison", value.text),
             "write >=, <=, >, < or, for counts, ==");
      return false;
    }
    if (*comparison == "==" && !metric.is_exact) {
      report(line, value.pos, fmt::format("'==' is for counts, and {} is measured", metric.path), "write >= or <=");
      return false;
    }
    claim.comparison = *comparison;
    SourcePos pos = value.pos;
    pos.column += static_cast<int>(comparison->size());
    return read_bound(metric, {line.value.source, trim(std::string_view(value.text).substr(comparison->size()), pos)},
                      claim.bound);
  }

  /// With the readers, and so the spellings and messages, of all other keys.
  bool read_bound(const Metric& metric, const Value& text, double& bound) {
    const bool is_ratio = metric.unit == MetricUnit::ratio;
    const Key key{.section = kThresholdsSection,
                  .name = metric.path,
                  .type = is_ratio                        ? KeyType::real
                          : metric.unit == MetricUnit::ns ? KeyType::duration
                                                          : KeyType::whole,
                  .unit = is_ratio ? std::string_view{} : unit_name(metric.unit),
                  .max = kMaxBound,
                  .help = {},
                  .set = nullptr};
    ValueReader reader(key, text, diagnostics_);
    uint64_t whole = 0;
    if (is_ratio) {
      reader.number(bound);
    } else {
      reader.number(whole);
      bound = static_cast<double>(whole);
    }
    return !reader.failed();
  }

  void report(const Line& line, SourcePos pos, std::string message, std::string hint) {
    diagnostics_.push_back(line.value.source->error_at(pos, std::move(message), std::move(hint)));
  }

  std::optional<Inputs::Found> list_;
  std::vector<std::string> listed_;
  std::vector<std::string_view> known_;  ///< empty: not checked
  std::vector<Diagnostic>& diagnostics_;
};

}  // namespace

std::vector<ThresholdClaim> read_thresholds(const Inputs& inputs, std::vector<Diagnostic>& diagnostics) {
  std::vector<ThresholdClaim> claims;
  ThresholdReader reader(inputs, diagnostics);
  for (const Line& line : lines_of(inputs)) {
    if (auto claim = reader.read(line)) claims.push_back(std::move(*claim));
  }
  return claims;
}

}  // namespace fwbench
