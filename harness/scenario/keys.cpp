// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/keys.h"

#include <algorithm>

#include "bpf/abi.h"
#include "scenario/value_reader.h"

namespace fwbench {
namespace {

constexpr double kMillisecond = 1e6;
constexpr double kSecond = 1e9;
constexpr double kMaxRatio = 1e6;

constexpr std::string_view kEngines[] = {"live", "packet"};               // enum TxEngine
constexpr std::string_view kIpVersions[] = {"4", "6"};                    // enum IpVersion
constexpr std::string_view kGenerators[] = {"five_tuples", "four_tuples", "blocklist"};  // enum PolicyGenerator
constexpr std::string_view kTuples[] = {"five_tuples", "four_tuples"};
constexpr std::string_view kBlocklist[] = {"blocklist"};
constexpr std::string_view kSources[] = {"fields", "policy"};             // enum TrafficSource
constexpr std::string_view kFilters[] = {"all", "accept", "drop"};        // enum RuleFilter
constexpr std::string_view kDraws[] = {"value", "element"};               // TrafficClass::draw_ranges_evenly
constexpr uint8_t kWithPorts[] = {6, 17};
constexpr uint8_t kTcp[] = {6};
constexpr uint8_t kIcmp[] = {1, 58};

constexpr KeySection kSections[] = {
    {"scenario", "What the scenario is."},
    {"policy", "The rules that every DUT must follow."},
    {"matrix",
     "A sweep. Besides those below, its keys are keys of [policy], [traffic] (not `engine`) and [class.NAME] with "
     "their "
     "section in front, each with a list of values: `policy.rules = 10, 100, 1000`. Every combination is a case, at "
     "most "
     "64, planned as if its values stood in the file and measured for every DUT. `--set matrix.policy.rules=10,100` "
     "replaces a list; `--set policy.rules=10` ends the sweep over that key. A value that has a comma in it cannot be "
     "swept."},
    {"dut", "What is measured."},
    {"traffic", "What is sent, as a whole."},
    {"trial", "How it is measured."},
    {"swap",
     "Changes of policy while frames flow: one more trial for each DUT that can take them. The policies take turns: "
     "the "
     "scenario's own, each of the others, its own again. Every verdict must be that of a policy in force when the "
     "frame was judged."},
    {"ratio",
     "A published ratio of two rates, [ratio.NAME], to be held against this machine's. It is taken round by round, "
     "since "
     "the rounds of both DUTs are interleaved, and left out when one of them was not measured. Reproduced: the whole "
     "interval lies within the bounds. Not in a sweep."},
    {"class", "One class of frames, [class.NAME]; at least one. Each field of each frame is drawn from its list."},
};

constexpr Key kKeys[] = {
    {.section = "scenario",
     .name = "purpose",
     .type = KeyType::text,
     .help = "One line on what the scenario shows; `fwbench list` prints it.",
     .set = [](ValueReader& r, Draft& d) { r.text(d.plan.purpose); }},
    {.section = "policy",
     .name = "file",
     .type = KeyType::path,
     .help =
         "An nftables ruleset. A relative path starts at the scenario's folder. Either this or `generate` is needed.",
     .set = [](ValueReader& r, Draft& d) { r.text(d.policy_file); }},
    {.section = "policy",
     .name = "generate",
     .type = KeyType::choice,
     .choices = kGenerators,
     .help =
         "A ruleset made to measure. `five_tuples`: rules of one address pair, protocol and port pair each, TCP and "
         "UDP in turn, behind them `policy drop`. `four_tuples`: the same without source ports, as ipset can hold "
         "them. `blocklist`: a set `@blocklist` of prefixes whose sources are "
         "dropped, the rest accepted. The run's folder keeps the text.",
     .set = [](ValueReader& r, Draft& d) { r.choice(d.generator.emplace()); }},
    {.section = "policy",
     .name = "rules",
     .type = KeyType::whole,
     .unit = "rules",
     .default_value = "1000",
     .min = 1,
     .max = 100'000,
     .generators = kTuples,
     .help = "How many.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.recipe.rules); }},
    {.section = "policy",
     .name = "accept_share",
     .type = KeyType::real,
     .unit = "share of the rules",
     .default_value = "0.1",
     .max = 1,
     .generators = kTuples,
     .help = "So many of the rules accept, spread evenly; the others drop. Below 1/accept_share rules none does.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.recipe.accept_share); }},
    {.section = "policy",
     .name = "prefixes",
     .type = KeyType::whole,
     .unit = "prefixes",
     .default_value = "1000",
     .min = 1,
     .max = 1'000'000,
     .generators = kBlocklist,
     .help = "How many. About four tenths are /24 and four single addresses (IPv6: mostly /48 and /64), the rest is of "
             "mixed lengths; none overlaps or touches another.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.recipe.prefixes); }},
    {.section = "policy",
     .name = "family",
     .type = KeyType::choice,
     .default_value = "4",
     .choices = kIpVersions,
     .generators = kBlocklist,
     .help = "IP version of the prefixes.",
     .set = [](ValueReader& r, Draft& d) { r.choice(d.recipe.family); }},
    {.section = "policy",
     .name = "seed",
     .type = KeyType::whole,
     .default_value = "1",
     .max = 9007199254740991,
     .generators = kGenerators,
     .help = "Of a generated policy. The same seed gives the same text.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.recipe.seed); }},
    {.section = "matrix",
     .name = "reference",
     .type = KeyType::text,
     .help = "The case that the others are compared with, by its value or, with several keys, by its whole label as "
             "`fwbench plan` shows it. The first case when it is not given.",
     .set = [](ValueReader& r, Draft& d) { r.text(d.reference); }},
    {.section = "dut",
     .name = "list",
     .type = KeyType::names,
     .required = true,
     .help =
         "Devices under test, in the order of the report; `fwbench list --duts` names them. --dut replaces the list.",
     .set = [](ValueReader& r, Draft& d) { r.names(d.plan.duts, d.known_duts); }},
    {.section = "traffic",
     .name = "seed",
     .type = KeyType::whole,
     .default_value = "1",
     .max = 9007199254740991,  // 2^53 - 1: what every reader of JSON can hold
     .help = "Of all that is random. The same seed gives the same frames in the same order.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.plan.traffic.seed); }},
    {.section = "traffic",
     .name = "frames",
     .type = KeyType::whole,
     .unit = "frames",
     .default_value = "16384",
     .min = 4096,
     .max = 1'048'576,
     .help = "Distinct frames, sent in turn. Each class has its share of them by weight, and at least one.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.plan.traffic.frames); }},
    {.section = "traffic",
     .name = "engine",
     .type = KeyType::choice,
     .default_value = "live",
     .choices = kEngines,
     .help =
         "Who sends: `live` is BPF_PROG_RUN with live frames, `packet` is AF_PACKET, for kernels without the former. "
         "Results of different engines cannot be compared.",
     .set = [](ValueReader& r, Draft& d) { r.choice(d.plan.traffic.engine); }},
    {.section = "traffic",
     .name = "probe_class",
     .type = KeyType::text,
     .help =
         "The class that probe frames are made like. Delay is measured with them, so the policy must let them pass. "
         "Required unless `delay_duration` is 0s and no policies are changed.",
     .set = [](ValueReader& r, Draft& d) { r.text(d.plan.traffic.probe_class); }},
    {.section = "traffic",
     .name = "probe_templates",
     .type = KeyType::whole,
     .unit = "frames",
     .default_value = "64",
     .min = 1,
     .max = 4096,
     .help = "Distinct probe frames.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.plan.traffic.probe_templates); }},
    {.section = "trial",
     .name = "rounds",
     .type = KeyType::whole,
     .unit = "trials",
     .default_value = "7",
     .min = 1,
     .max = 1000,
     .quick_value = "3",
     .help = "Trials of each DUT (and case) at full load, interleaved over DUTs and cases.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.plan.trial.rounds); }},
    {.section = "trial",
     .name = "duration",
     .type = KeyType::duration,
     .default_value = "1s",
     .min = 10 * kMillisecond,
     .max = 600 * kSecond,
     .quick_value = "500ms",
     .help = "Measured window of one trial.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.plan.trial.duration_ns); }},
    {.section = "trial",
     .name = "ramp",
     .type = KeyType::duration,
     .default_value = "50ms",
     .max = 60 * kSecond,
     .help = "Load before the window opens.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.plan.trial.ramp_ns); }},
    {.section = "trial",
     .name = "delay_duration",
     .type = KeyType::duration,
     .default_value = "1s",
     .max = 60 * kSecond,
     .quick_value = "300ms",
     .help =
         "Measured window of one delay trial. There are two for each DUT (and case): probes alone, and probes beside "
         "a load. 0s: none.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.plan.trial.delay_duration_ns); }},
    {.section = "trial",
     .name = "probe_rate",
     .type = KeyType::whole,
     .unit = "packets/s",
     .default_value = "20k",
     .min = 100,
     .max = 100'000,
     .help = "Probe frames sent in a delay trial.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.plan.trial.probe_rate_pps); }},
    {.section = "trial",
     .name = "delay_load",
     .type = KeyType::real,
     .unit = "share of the DUT's own MRR",
     .default_value = "0.5",
     .min = 0.01,
     .max = 1,
     .help = "Load of the loaded delay trial.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.plan.trial.delay_load); }},
    {.section = "trial",
     .name = "repeats",
     .type = KeyType::whole,
     .unit = "times",
     .default_value = "16",
     .min = 1,
     .max = 1'000'000,
     .help = "How often the correctness pass sends each frame.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.plan.trial.repeats); }},
    {.section = "swap",
     .name = "policies",
     .type = KeyType::names,
     .help = "The other nftables rulesets; paths start at the scenario file's folder. Frames that "
             "all of "
             "the policies judge alike prove that no verdict is a mix of two; those of probe_class must be judged "
             "differently, for they show when a change takes effect.",
     .set = [](ValueReader& r, Draft& d) { r.names(d.swap_files, {}); }},
    {.section = "swap",
     .name = "rate",
     .type = KeyType::whole,
     .unit = "changes/s",
     .default_value = "200",
     .min = 1,
     .max = 10'000,
     .help = "Changes of policy. A DUT that takes longer for one makes fewer.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.swap.rate_per_s); }},
    {.section = "swap",
     .name = "duration",
     .type = KeyType::duration,
     .default_value = "10s",
     .min = 100 * kMillisecond,
     .max = 60 * kSecond,
     .quick_value = "2s",
     .help = "How long policies are changed.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.swap.duration_ns); }},
    {.section = "ratio",
     .name = "of",
     .type = KeyType::name,
     .required = true,
     .help = "The DUT whose rate is divided.",
     .set = [](ValueReader& r, Draft& d) { r.name(d.ratio.of, d.known_duts); }},
    {.section = "ratio",
     .name = "to",
     .type = KeyType::name,
     .required = true,
     .help = "The DUT by whose rate it is divided.",
     .set = [](ValueReader& r, Draft& d) { r.name(d.ratio.to, d.known_duts); }},
    {.section = "ratio",
     .name = "published",
     .type = KeyType::real,
     .max = kMaxRatio,
     .help = "The published figure; `source` is then needed.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.ratio.published.emplace()); }},
    {.section = "ratio",
     .name = "source",
     .type = KeyType::text,
     .help = "Who published it, where, and from what it was computed.",
     .set = [](ValueReader& r, Draft& d) { r.text(d.ratio.source); }},
    {.section = "ratio",
     .name = "at_least",
     .type = KeyType::real,
     .max = kMaxRatio,
     .help = "What still counts as reproduced. This or `at_most` is needed.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.ratio.at_least.emplace()); }},
    {.section = "ratio",
     .name = "at_most",
     .type = KeyType::real,
     .max = kMaxRatio,
     .help = "What still counts as reproduced.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.ratio.at_most.emplace()); }},
    {.section = "class",
     .name = "weight",
     .type = KeyType::real,
     .default_value = "1",
     .max = 1e6,
     .help = "Share of the load, relative to the other classes. A class of weight 0 can still be the probe_class.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.current.weight); }},
    {.section = "class",
     .name = "from",
     .type = KeyType::choice,
     .default_value = "fields",
     .choices = kSources,
     .help = "Where the header fields come from. `fields`: the keys below. `policy`: the policy's rules, each of which "
             "gets as many of the frames as any other, in shuffled order and within what the rule matches. The keys "
             "from `ip` to `icmp_type` then have no meaning.",
     .set = [](ValueReader& r, Draft& d) { r.choice(d.source); }},
    {.section = "class",
     .name = "rules",
     .type = KeyType::choice,
     .default_value = "all",
     .choices = kFilters,
     .help = "Which rules, when `from` is `policy`: those that accept, those that drop, or both.",
     .set = [](ValueReader& r, Draft& d) { r.choice(d.rules); }},
    {.section = "class",
     .name = "draw",
     .type = KeyType::choice,
     .default_value = "value",
     .choices = kDraws,
     .help = "How a field is drawn from its list. `value`: every value alike, so a /16 is hit 256 times as often as a "
             "/24. `element`: first one of the list's elements, all alike, then a value in it.",
     .set = [](ValueReader& r, Draft& d) { r.choice(d.current.draw_ranges_evenly); }},
    {.section = "class",
     .name = "ip",
     .type = KeyType::choice,
     .default_value = "4",
     .choices = kIpVersions,
     .help = "IP version.",
     .set = [](ValueReader& r, Draft& d) { r.choice(d.current.ip); }},
    {.section = "class",
     .name = "proto",
     .type = KeyType::protocol,
     .default_value = "tcp",
     .help = "The protocol behind the IP header.",
     .set = [](ValueReader& r, Draft& d) { r.protocol(d.current.l4proto); }},
    {.section = "class",
     .name = "saddr",
     .type = KeyType::addresses,
     .required = true,
     .help = "Source addresses.",
     .set = [](ValueReader& r, Draft& d) { r.addresses(d.current.saddr, d.current.ip, d.plan.policy.get()); }},
    {.section = "class",
     .name = "daddr",
     .type = KeyType::addresses,
     .required = true,
     .help = "Destination addresses.",
     .set = [](ValueReader& r, Draft& d) { r.addresses(d.current.daddr, d.current.ip, d.plan.policy.get()); }},
    {.section = "class",
     .name = "sport",
     .type = KeyType::ports,
     .default_value = "1024-65535",
     .protocols = kWithPorts,
     .help = "Source ports.",
     .set = [](ValueReader& r, Draft& d) { r.ports(d.current.sport, d.plan.policy.get()); }},
    {.section = "class",
     .name = "dport",
     .type = KeyType::ports,
     .required = true,
     .protocols = kWithPorts,
     .help = "Destination ports.",
     .set = [](ValueReader& r, Draft& d) { r.ports(d.current.dport, d.plan.policy.get()); }},
    {.section = "class",
     .name = "tcp_flags",
     .type = KeyType::tcp_flags,
     .default_value = "syn",
     .protocols = kTcp,
     .help = "Flag combinations, drawn uniformly.",
     .set = [](ValueReader& r, Draft& d) { r.tcp_flags(d.current.tcp_flags); }},
    {.section = "class",
     .name = "icmp_type",
     .type = KeyType::icmp_types,
     .default_value = "echo-request",
     .protocols = kIcmp,
     .help = "ICMP or ICMPv6 type; the code is 0.",
     .set = [](ValueReader& r, Draft& d) { r.icmp_types(d.current.icmp_type, d.current.ip, d.plan.policy.get()); }},
    {.section = "class",
     .name = "size",
     .type = KeyType::sizes,
     .unit = "bytes without FCS",
     .default_value = "60",
     .min = 60,
     .max = FW_MAX_FRAME,
     .help =
         "Frame sizes, with weights behind a colon. `imix` is 60:7, 590:4, 1514:1 (RFC 6985). RFC 2544 counts 4 bytes "
         "of FCS more: its 64 is our 60. A size too small for the headers is raised: an IPv6 TCP frame has at least "
         "74 bytes.",
     .set = [](ValueReader& r, Draft& d) { r.sizes(d.current.sizes); }},
    {.section = "class",
     .name = "ttl",
     .type = KeyType::whole,
     .default_value = "64",
     .min = 1,
     .max = 255,
     .help = "TTL or hop limit.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.current.ttl); }},
};

}  // namespace

std::span<const Key> all_keys() {
  return kKeys;
}
std::span<const KeySection> all_sections() {
  return kSections;
}

bool is_named_kind(std::string_view section) {
  return section == "class" || section == "ratio";
}

bool is_header_field(const Key& key) {
  constexpr KeyType kTypes[] = {KeyType::protocol, KeyType::addresses, KeyType::ports, KeyType::icmp_types,
                                KeyType::tcp_flags};
  return key.section == "class" &&
         (key.name == "ip" || std::find(std::begin(kTypes), std::end(kTypes), key.type) != std::end(kTypes));
}

const Key* find_key(std::string_view section, std::string_view name) {
  const auto at = std::find_if(std::begin(kKeys), std::end(kKeys),
                               [&](const Key& k) { return k.section == section && k.name == name; });
  return at == std::end(kKeys) ? nullptr : at;
}

}  // namespace fwbench
