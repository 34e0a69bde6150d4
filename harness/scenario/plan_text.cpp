// SPDX-License-Identifier: BSD-2-Clause
/// The Plan as text and as JSON.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/text.h"
#include "core/units.h"
#include "record/thresholds.h"
#include "scenario/captured_traffic.h"
#include "scenario/keys.h"
#include "scenario/ranges.h"
#include "scenario/scenario.h"
#include "scenario/sha256.h"
#include "scenario/user_dut.h"

namespace fwbench {
namespace {

/// Longer lists of ranges are shown as their number and their first few: a blocklist is in the policy's file.
constexpr size_t kRangesInFull = 16;
constexpr size_t kRangesOfMany = 4;

using Json = nlohmann::ordered_json;

int ip_number(IpVersion ip) {
  return ip == IpVersion::v4 ? 4 : 6;
}
std::string_view engine_name(TxEngine engine) {
  return engine == TxEngine::live ? "live" : "packet";
}
std::string_view mode_name(UserDutMode mode) {
  return mode == UserDutMode::native ? "native" : "generic";
}
std::string_view user_verdict_name(UserDutVerdict verdict) {
  return verdict == UserDutVerdict::pass ? "pass" : "redirect";
}
std::string_view placement_name(UserDutPlacement placement) {
  return placement == UserDutPlacement::shared ? "shared" : "own-core";
}
/// Of UserDutExpect and ClassExpect.
template <typename Expect>
std::string_view expect_name(Expect expect) {
  constexpr std::string_view kNames[] = {"policy", "pass", "drop"};
  return kNames[static_cast<size_t>(expect)];
}
std::string flags_name(uint8_t flags) {
  constexpr std::string_view kNames[] = {"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"};
  std::string name;
  for (unsigned bit = 0; bit < 8; ++bit) {
    if ((flags >> bit & 1U) != 0) name += fmt::format("{}{}", name.empty() ? "" : "+", kNames[bit]);
  }
  return name.empty() ? "none" : name;
}

std::vector<std::string> flag_names(const TrafficClass& c) {
  std::vector<std::string> names;
  for (const uint8_t flags : c.tcp_flags) names.push_back(flags_name(flags));
  return names;
}

/// The first few ranges as text; all of them when there are at most kRangesInFull.
template <typename Format>
std::vector<std::string> first_ranges(const IntervalSet& set, Format format) {
  const size_t shown = set.size() <= kRangesInFull ? set.size() : kRangesOfMany;
  std::vector<std::string> out;
  for (size_t i = 0; i < shown; ++i) out.push_back(format(set[i]));
  return out;
}

std::vector<std::string> addresses_text(const IntervalSet& set, IpVersion ip) {
  return first_ranges(set, [ip](const Interval& range) { return format_address_range(range, ip); });
}

std::vector<std::string> numbers_text(const IntervalSet& set) {
  return first_ranges(set, format_number_range);
}

template <typename Kind>
std::vector<std::string_view> names_of(const std::vector<Kind>& kinds, std::span<const std::string_view> names) {
  std::vector<std::string_view> out;
  for (const Kind kind : kinds) out.push_back(names[static_cast<size_t>(kind)]);
  return out;
}

double total_weight(const TrafficSpec& traffic) {
  double total = 0;
  for (const TrafficClass& c : traffic.classes) total += c.weight;
  return total;
}

// ---- text

std::string ranges_line(std::string_view name, const IntervalSet& set, const std::vector<std::string>& first) {
  if (set.empty()) return {};
  std::string text = fmt::format("{}", fmt::join(first, ", "));
  if (first.size() < set.size()) text = fmt::format("{} ranges: {}, ...", set.size(), text);
  return fmt::format("    {:<9} {}\n", name, text);
}

std::string sizes_text(const std::vector<SizeWeight>& sizes) {
  if (sizes.size() == 1) return fmt::format("{}", sizes.front().bytes);
  std::string text;
  for (const SizeWeight& s : sizes) text += fmt::format("{}{}:{}", text.empty() ? "" : ", ", s.bytes, s.weight);
  return text;
}

/// What is out of the ordinary.
std::string shape_text(const TrafficClass& c) {
  std::string out = ranges_line("vlan", c.vlan, numbers_text(c.vlan));
  const auto list = [&out](std::string_view name, const std::vector<std::string_view>& names) {
    if (!names.empty()) out += fmt::format("    {:<9} {}\n", name, fmt::join(names, ", "));
  };
  list("exthdr", names_of(c.extension_headers, kExtensionHeaderNames));
  list("fragment", names_of(c.fragments, kFragmentNames));
  list("malformed", names_of(c.malformed, kMalformationNames));
  if (c.burst > 1) out += fmt::format("    {:<9} {} frames back to back\n", "burst", c.burst);
  return out;
}

std::string class_text(const TrafficClass& c, ClassExpect expect, double total) {
  std::string out = fmt::format("  class {}: {:.4g} % of the frames{}{}\n", c.name, 100 * c.weight / total,
                                c.rate_pps ? fmt::format(", {} packets/s", *c.rate_pps) : "",
                                expect == ClassExpect::policy ? "" : fmt::format(", expect {}", expect_name(expect)));
  if (c.flows) {
    out += fmt::format("    {:<9} the policy's rules, {} of them, all alike; ttl {}\n", "from", c.flows->size(), c.ttl);
    return out + shape_text(c) +
           fmt::format("    {:<9} {} bytes without FCS, or as many as the headers need\n", "size", sizes_text(c.sizes));
  }
  out += fmt::format("    {:<9} IPv{} {}, ttl {}\n", "header", ip_number(c.ip), protocol_name(c.l4proto), c.ttl);
  out += ranges_line("saddr", c.saddr, addresses_text(c.saddr, c.ip));
  out += ranges_line("daddr", c.daddr, addresses_text(c.daddr, c.ip));
  out += ranges_line("sport", c.sport, numbers_text(c.sport));
  out += ranges_line("dport", c.dport, numbers_text(c.dport));
  out += ranges_line("icmp_type", c.icmp_type, numbers_text(c.icmp_type));
  if (!c.tcp_flags.empty()) out += fmt::format("    {:<9} {}\n", "tcp_flags", fmt::join(flag_names(c), ", "));
  if (c.draw_ranges_evenly) out += fmt::format("    {:<9} elements of the lists evenly\n", "draw");
  out += shape_text(c);
  return out + fmt::format("    {:<9} {} bytes without FCS\n", "size", sizes_text(c.sizes));
}

std::string search_text(const SearchPlan& search) {
  std::string out;
  for (const SearchRate rate : search.rates) {
    const auto i = static_cast<size_t>(rate);
    out += fmt::format("           search: {}, loss ratio {:g} %\n", kSearchRates[i], kSearchLossRatios[i] * 100);
  }
  if (out.empty()) return out;
  return out +
         fmt::format(
             "           search: trials of {}, duration sum {}, exceed ratio {:g} %, width {:g} %, at most {} a DUT\n",
             format_duration(search.trial_ns), format_duration(search.sum_ns), search.exceed_ratio * 100,
             search.width * 100, format_duration(search.limit_ns));
}

std::string trial_text(const Plan& plan) {
  const TrialPlan& t = plan.trial;
  const size_t cases = cases_of(plan).size();
  const uint64_t per_dut = cases * (static_cast<uint64_t>(t.rounds) * (t.ramp_ns + t.duration_ns) +
                                    (plan.traffic.rate_pps == 0 ? 2 * t.delay_duration_ns : 0));
  std::string out = fmt::format("trials     correctness: every frame {} times\n", t.repeats);
  const std::string load = plan.traffic.rate_pps == 0
                               ? std::string("MRR")
                               : fmt::format("constant load of {} packets/s", plan.traffic.rate_pps);
  out += fmt::format("           {}: {} rounds of {} behind a ramp of {}\n", load, t.rounds,
                     format_duration(t.duration_ns), format_duration(t.ramp_ns));
  if (plan.traffic.rate_pps != 0) {
    if (!plan.traffic.probe_class.empty()) {
      out += fmt::format("           delay: {} probes/s beside the load\n", t.probe_rate_pps);
    }
  } else if (t.delay_duration_ns == 0) {
    out += "           delay: none\n";
  } else {
    out +=
        fmt::format("           delay: {} idle, {} at {:g} x MRR, {} probes/s\n", format_duration(t.delay_duration_ns),
                    format_duration(t.delay_duration_ns), t.delay_load, t.probe_rate_pps);
  }
  out += search_text(t.search);
  if (plan.swap) {
    out += fmt::format("           policy changes: {} a second for {}, between", plan.swap->rate_per_s,
                       format_duration(plan.swap->duration_ns));
    for (const auto& other : plan.swap->others) out += fmt::format(" {}", other->file);
    out += " and the policy above\n";
  }
  return out + fmt::format("time       {} in MRR and delay trials, {} a DUT; correctness and set-up come on top\n",
                           format_duration(per_dut * plan.duts.size()), format_duration(per_dut));
}

std::string ratio_text(const RatioPlan& ratio) {
  std::string out = fmt::format("ratio      {}: {} by {}", ratio.name, ratio.of, ratio.to);
  if (!ratio.traffic_case.empty()) out += fmt::format(" in case {}", ratio.traffic_case);
  if (ratio.published) out += fmt::format(", published {:g} ({})", *ratio.published, ratio.source);
  out += ", reproduced when";
  if (ratio.at_least) out += fmt::format(" at least {:g}", *ratio.at_least);
  if (ratio.at_most) out += fmt::format("{} at most {:g}", ratio.at_least ? " and" : "", *ratio.at_most);
  return out + "\n";
}

std::string thresholds_text(const Plan& plan) {
  std::string out;
  for (const ThresholdClaim& claim : plan.thresholds) {
    out += fmt::format("threshold  {}.{}\n", claim.dut, claim_text(claim));
  }
  return out;
}

// ---- JSON

Json ranges_json(const IntervalSet& set, std::vector<std::string> first) {
  return {{"ranges", set.size()}, {"first", std::move(first)}};
}

void add_shape(const TrafficClass& c, Json& out) {
  if (c.rate_pps) out["rate_pps"] = *c.rate_pps;
  if (c.burst > 1) out["burst"] = c.burst;
  if (!c.vlan.empty()) out["vlan"] = ranges_json(c.vlan, numbers_text(c.vlan));
  if (!c.extension_headers.empty()) out["exthdr"] = names_of(c.extension_headers, kExtensionHeaderNames);
  if (!c.fragments.empty()) out["fragment"] = names_of(c.fragments, kFragmentNames);
  if (!c.malformed.empty()) out["malformed"] = names_of(c.malformed, kMalformationNames);
}

Json class_json(const TrafficClass& c) {
  if (c.flows) {
    Json out = {{"name", c.name}, {"weight", c.weight}, {"from", "policy"}, {"rules", c.flows->size()}};
    for (const SizeWeight& s : c.sizes) out["sizes"].push_back({{"bytes", s.bytes}, {"weight", s.weight}});
    out["ttl"] = c.ttl;
    add_shape(c, out);
    return out;
  }
  Json out = {{"name", c.name}, {"weight", c.weight}, {"ip", ip_number(c.ip)}, {"l4proto", c.l4proto}};
  out["saddr"] = ranges_json(c.saddr, addresses_text(c.saddr, c.ip));
  out["daddr"] = ranges_json(c.daddr, addresses_text(c.daddr, c.ip));
  if (!c.sport.empty()) out["sport"] = ranges_json(c.sport, numbers_text(c.sport));
  if (!c.dport.empty()) out["dport"] = ranges_json(c.dport, numbers_text(c.dport));
  if (!c.tcp_flags.empty()) out["tcp_flags"] = flag_names(c);
  if (!c.icmp_type.empty()) out["icmp_type"] = ranges_json(c.icmp_type, numbers_text(c.icmp_type));
  for (const SizeWeight& s : c.sizes) out["sizes"].push_back({{"bytes", s.bytes}, {"weight", s.weight}});
  if (c.draw_ranges_evenly) out["draw"] = "element";
  out["ttl"] = c.ttl;
  add_shape(c, out);
  return out;
}

Json traffic_json(const TrafficSpec& t, const std::vector<ClassExpect>& expects) {
  Json out = {{"seed", t.seed},
              {"frames", t.frames},
              {"engine", engine_name(t.engine)},
              {"probe_class", t.probe_class},
              {"probe_templates", t.probe_templates},
              {"classes", Json::array()}};
  if (t.rate_pps != 0) out["rate_pps"] = t.rate_pps;
  if (t.capture) {
    out["pcap"] = {
        {"file", printable(t.capture->file)},
        {"link_type", t.capture->link_type},
        {"packets", t.capture->packets.size()},
        {"left_out", t.capture->skipped()},
        {"sha256", sha256_hex({reinterpret_cast<const char*>(t.capture->bytes.data()), t.capture->bytes.size()})}};
  }
  for (size_t i = 0; i < t.classes.size(); ++i) {
    const bool captured = t.capture && i + 1 == t.classes.size();
    Json one = captured ? Json{{"name", t.classes[i].name}, {"weight", t.classes[i].weight}} : class_json(t.classes[i]);
    if (expects[i] != ClassExpect::policy) one["expect"] = expect_name(expects[i]);
    out["classes"].push_back(std::move(one));
  }
  return out;
}

Json policy_json(const Policy& p) {
  return {{"file", p.file},
          {"sha256", sha256_hex(p.text)},
          {"family", p.family},
          {"table", p.table},
          {"chain", p.chains[p.base_chain].name},
          {"rules", p.rules.size()},
          {"default", verdict_name(p.default_verdict)}};
}

Json swap_json(const SwapPlan& swap) {
  Json policies = Json::array();
  for (const auto& other : swap.others)
    policies.push_back({{"file", other->file}, {"sha256", sha256_hex(other->text)}});
  return {{"policies", std::move(policies)}, {"rate_per_s", swap.rate_per_s}, {"duration_ns", swap.duration_ns}};
}

Json ratio_json(const RatioPlan& ratio) {
  Json out = {{"name", ratio.name}, {"of", ratio.of}, {"to", ratio.to}, {"source", ratio.source}};
  if (!ratio.traffic_case.empty()) out["case"] = ratio.traffic_case;
  if (ratio.published) out["published"] = *ratio.published;
  if (ratio.at_least) out["at_least"] = *ratio.at_least;
  if (ratio.at_most) out["at_most"] = *ratio.at_most;
  return out;
}

Json threshold_json(const ThresholdClaim& claim) {
  return {{"dut", claim.dut}, {"metric", claim.metric}, {"comparison", claim.comparison}, {"bound", claim.bound}};
}

Json search_json(const SearchPlan& search) {
  Json rates = Json::array();
  for (const SearchRate rate : search.rates) rates.push_back(kSearchRates[static_cast<size_t>(rate)]);
  return {{"rates", std::move(rates)},           {"trial_ns", search.trial_ns}, {"sum_ns", search.sum_ns},
          {"exceed_ratio", search.exceed_ratio}, {"width", search.width},       {"limit_ns", search.limit_ns}};
}

Json trial_json(const TrialPlan& t) {
  Json out = {{"rounds", t.rounds},
              {"duration_ns", t.duration_ns},
              {"ramp_ns", t.ramp_ns},
              {"delay_duration_ns", t.delay_duration_ns},
              {"probe_rate_pps", t.probe_rate_pps},
              {"delay_load", t.delay_load},
              {"repeats", t.repeats}};
  if (!t.search.rates.empty()) out["search"] = search_json(t.search);
  return out;
}

std::string user_dut_text(const UserDut& dut) {
  std::string out = fmt::format("  dut {}: {}\n", dut.name, kind_name(dut.kind));
  if (dut.kind == UserDutKind::command) {
    constexpr std::string_view kReady[] = {"an XDP program is attached", "a line of its output has: ", "after "};
    out += fmt::format("    {:<9} {}\n    {:<9} {}", "command", fmt::join(dut.command, " "), "ready",
                       kReady[static_cast<size_t>(dut.ready)]);
    if (dut.ready == UserDutReady::line) out += dut.ready_line;
    if (dut.ready == UserDutReady::delay) out += format_duration(dut.ready_delay_ns);
    out += fmt::format(", within {}\n", format_duration(dut.ready_timeout_ns));
  } else {
    out += fmt::format("    {:<9} {}{}, {}\n", "object", dut.object,
                       dut.program.empty() ? "" : ", program " + dut.program, mode_name(dut.mode));
  }
  for (const CommandWords& words : dut.setup) out += fmt::format("    {:<9} {}\n", "setup", fmt::join(words, " "));
  return out + fmt::format("    {:<9} {}; {}; compared with {}; expect {}\n", "verdict", user_verdict_name(dut.verdict),
                           placement_name(dut.placement), dut.null_dut, expect_name(dut.expect));
}

Json user_dut_json(const UserDut& dut) {
  constexpr std::string_view kReady[] = {"attached", "line", "delay"};
  Json out = {{"name", dut.name}, {"kind", kind_name(dut.kind)}};
  if (dut.kind == UserDutKind::command) {
    out["command"] = dut.command;
    out["ready"] = kReady[static_cast<size_t>(dut.ready)];
    if (dut.ready == UserDutReady::line) out["ready_line"] = dut.ready_line;
    if (dut.ready == UserDutReady::delay) out["ready_delay_ns"] = dut.ready_delay_ns;
  } else {
    out["object"] = dut.object;
    if (!dut.program.empty()) out["program"] = dut.program;
    out["mode"] = mode_name(dut.mode);
  }
  out["ready_timeout_ns"] = dut.ready_timeout_ns;
  if (!dut.setup.empty()) out["setup"] = dut.setup;
  out["verdict"] = user_verdict_name(dut.verdict);
  out["null_dut"] = dut.null_dut;
  out["placement"] = placement_name(dut.placement);
  out["expect"] = expect_name(dut.expect);
  return out;
}

std::string policy_text(const Policy& policy) {
  return fmt::format("{}: {} rules, policy {}, sha256 {}", policy.file, policy.rules.size(),
                     verdict_name(policy.default_verdict), sha256_hex(policy.text));
}

/// One line a case; what they have in common stands below, as the first case has it.
std::string sweep_text(const Plan& plan) {
  std::string out = fmt::format("sweep      {} cases over {}, compared with {}\n", plan.cases.size(),
                                fmt::join(plan.sweep_keys, " and "), plan.reference_case);
  for (const Plan& c : plan.cases) {
    out += fmt::format("  case {}\n    {:<9} {}\n    {:<9} {} frames\n", c.case_label, "policy", policy_text(*c.policy),
                       "traffic", c.traffic.frames);
  }
  return out + "           below: what they have in common, and policy and traffic of the first\n";
}

Json sweep_json(const Plan& plan) {
  Json out = {{"keys", plan.sweep_keys}, {"reference", plan.reference_case}, {"cases", Json::array()}};
  for (const Plan& c : plan.cases) {
    out["cases"].push_back({{"case", c.case_label},
                            {"values", c.case_values},
                            {"policy", policy_json(*c.policy)},
                            {"traffic", traffic_json(c.traffic, c.class_expects)}});
  }
  return out;
}

}  // namespace

std::string plan_to_text(const Plan& plan) {
  const TrafficSpec& t = plan.traffic;
  std::string out =
      fmt::format("scenario   {} ({}){}\n", plan.scenario_name, plan.scenario_file, plan.quick ? ", quick" : "");
  if (!plan.purpose.empty()) out += fmt::format("purpose    {}\n", plan.purpose);
  out += fmt::format("sha256     {}\n", plan.scenario_sha256);
  if (plan.policy_is_absent) {
    out += "policy     none: every class says what must become of it\n";
  } else if (plan.policy && plan.cases.empty()) {
    out += "policy     " + policy_text(*plan.policy) + "\n";
  }
  if (!plan.cases.empty()) out += sweep_text(plan);
  out += fmt::format("DUTs       {}\n", fmt::join(plan.duts, ", "));
  if (t.capture) out += fmt::format("capture    {}\n", captured_text(*t.capture));
  out += fmt::format("traffic    {} distinct frames, seed {}, engine {}", t.frames, t.seed, engine_name(t.engine));
  if (!t.probe_class.empty()) out += fmt::format("; {} probe frames like class {}", t.probe_templates, t.probe_class);
  out += "\n";
  for (const UserDut& dut : plan.user_duts) out += user_dut_text(dut);
  for (size_t i = 0; i < t.classes.size() - (t.capture ? 1 : 0); ++i) {
    out += class_text(t.classes[i], plan.class_expects[i], total_weight(t));
  }
  out += trial_text(plan);
  for (const RatioPlan& ratio : plan.ratios) out += ratio_text(ratio);
  return out + thresholds_text(plan);
}

std::string plan_to_json(const Plan& plan) {
  Json out;
  out["scenario"] = {{"name", plan.scenario_name},
                     {"file", plan.scenario_file},
                     {"sha256", plan.scenario_sha256},
                     {"purpose", plan.purpose}};
  out["quick"] = plan.quick;
  out["duts"] = plan.duts;
  if (std::find(plan.duts.begin(), plan.duts.end(), "fault-slow") != plan.duts.end()) {
    out["fault_delay"] = plan.fault_delay;
  }
  for (const UserDut& dut : plan.user_duts) out["user_duts"].push_back(user_dut_json(dut));
  out["policy"] = plan.policy && !plan.policy_is_absent ? policy_json(*plan.policy) : Json(nullptr);
  out["traffic"] = traffic_json(plan.traffic, plan.class_expects);
  out["trial"] = trial_json(plan.trial);
  if (plan.swap) out["swap"] = swap_json(*plan.swap);
  for (const RatioPlan& ratio : plan.ratios) out["ratios"].push_back(ratio_json(ratio));
  for (const ThresholdClaim& claim : plan.thresholds) out["thresholds"].push_back(threshold_json(claim));
  if (!plan.cases.empty()) out["sweep"] = sweep_json(plan);
  // File names are bytes; JSON is UTF-8.
  return out.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace fwbench
