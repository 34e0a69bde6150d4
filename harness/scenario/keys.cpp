// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/keys.h"

#include <vector>

#include "bpf/abi.h"
#include "scenario/class_keys.h"
#include "scenario/search_keys.h"
#include "scenario/value_reader.h"

namespace fwbench {
namespace {

constexpr double kMillisecond = 1e6;
constexpr double kSecond = 1e9;
constexpr double kMaxRatio = 1e6;

constexpr std::string_view kEngines[] = {"live", "packet"};                              // enum TxEngine
constexpr std::string_view kGenerators[] = {"five_tuples", "four_tuples", "blocklist"};  // enum PolicyGenerator
constexpr std::string_view kTuples[] = {"five_tuples", "four_tuples"};
constexpr std::string_view kBlocklist[] = {"blocklist"};
constexpr std::string_view kDutKinds[] = {"command", "xdp-object"};      // enum UserDutKind
constexpr std::string_view kDutReady[] = {"attached", "line", "delay"};  // enum UserDutReady
constexpr std::string_view kDutModes[] = {"native", "generic"};          // enum UserDutMode
constexpr std::string_view kDutVerdicts[] = {"pass", "redirect"};        // enum UserDutVerdict
constexpr std::string_view kDutPlacements[] = {"shared", "own-core"};    // enum UserDutPlacement

constexpr KeySection kSections[] = {
    {"scenario", "What the scenario is."},
    {"policy", "The rules that every DUT must follow. Not needed when every class says what to `expect`."},
    {"matrix",
     "A sweep. Besides those below, its keys are keys of [policy], [traffic] (not `engine`), [trial] (not `rounds`) "
     "and [class.NAME] with "
     "their section in front, each with a list of values: `policy.rules = 10, 100, 1000`. Every combination is a case, "
     "at "
     "most "
     "64, planned as if its values stood in the file and measured for every DUT. `--set matrix.policy.rules=10,100` "
     "replaces a list; `--set policy.rules=10` ends the sweep over that key. A value that has a comma in it cannot be "
     "swept."},
    {"dut", "What is measured."},
    {kUserDutSection,
     "A firewall of your own, for [dut] list and --dut; see README, \"Test your own firewall\". It has a lab of its "
     "own, in "
     "which it stays loaded over all trials."},
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
    {kThresholdsSection,
     "What must hold: `xdp.vs_null >= 0.8`, `xdp.delay_ns.p99 <= 50us`, `*.false_pass == 0`, or with an equals sign as "
     "INI has it: `xdp.vs_null = >= 0.8`. In a sweep it must hold in every case. `*` is every DUT that has the metric. "
     "A metric with an interval fails when the whole interval is on the wrong side, passes when the whole of it is on "
     "the right one, and is inconclusive otherwise; the run then ends with exit code 1, 0 or 6."},
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
    {.section = "matrix",
     .name = "exclude",
     .type = KeyType::text,
     .help =
         "Combinations to leave out: `traffic.size=60 & class.attack.rate=1M, traffic.size=1514`. A case that has all "
         "the values between two commas is not run. Values are written as in the lists.",
     .set = [](ValueReader& r, Draft& d) { r.text(d.excluded); }},
    {.section = "dut",
     .name = "list",
     .type = KeyType::names,
     .required = true,
     .help = "Devices under test, in the order of the report; `fwbench list --duts` names them, [dut.NAME] adds to "
             "them. --dut replaces the list.",
     .set = [](ValueReader& r, Draft& d) { r.names(d.plan.duts, d.known_duts); }},
    {.section = "dut",
     .name = "fault_delay",
     .type = KeyType::whole,
     .unit = "turns",
     .default_value = "20",
     .max = 4096,
     .help = "How slow `fault-slow` is: turns of an empty loop before each frame, each a fraction of a nanosecond.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.plan.fault_delay); }},
    {.section = kUserDutSection,
     .name = "kind",
     .type = KeyType::choice,
     .required = true,
     .choices = kDutKinds,
     .help = "`command`: a program that loads and runs your firewall. `xdp-object`: an ELF file with an XDP program, "
             "loaded by libbpf.",
     .set = [](ValueReader& r, Draft& d) { r.choice(d.user_dut.kind); }},
    {.section = kUserDutSection,
     .name = "command",
     .type = KeyType::command,
     .required = true,
     .dut_kind = "command",
     .help = "What to start, in the scenario's folder and in the firewall's network namespace: no shell, but quotes. "
             "Filled in are `{iface}` and `{out_iface}`, their numbers `{ifindex}` and `{out_ifindex}`, `{workdir}`, "
             "`{policy}` (a file with the policy) and `{pins}` (a folder on bpffs); they are also in the environment, "
             "as `FWBENCH_IFACE`, `FWBENCH_OUT_IFACE`, `FWBENCH_WORKDIR`, `FWBENCH_POLICY`, `FWBENCH_PINS`. It may "
             "stay, or end with status 0 and leave its program attached. It is stopped by SIGTERM, then SIGKILL.",
     .set = [](ValueReader& r, Draft& d) { r.command(d.user_dut.command); }},
    {.section = kUserDutSection,
     .name = "ready",
     .type = KeyType::choice,
     .default_value = "attached",
     .choices = kDutReady,
     .dut_kind = "command",
     .help = "When it may be measured: an XDP program is `attached` to `{iface}`, a `line` of its output has "
             "`ready_line` in it, or `ready_delay` has passed.",
     .set = [](ValueReader& r, Draft& d) { r.choice(d.user_dut.ready); }},
    {.section = kUserDutSection,
     .name = "ready_line",
     .type = KeyType::text,
     .dut_kind = "command",
     .help = "Text in a line of its output, for `ready = line`.",
     .set = [](ValueReader& r, Draft& d) { r.text(d.user_dut.ready_line); }},
    {.section = kUserDutSection,
     .name = "ready_delay",
     .type = KeyType::duration,
     .default_value = "500ms",
     .max = 60 * kSecond,
     .dut_kind = "command",
     .help = "For `ready = delay`.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.user_dut.ready_delay_ns); }},
    {.section = kUserDutSection,
     .name = "ready_timeout",
     .type = KeyType::duration,
     .default_value = "10s",
     .min = 10 * kMillisecond,
     .max = 600 * kSecond,
     .help = "How long it may take until it is ready, and each command of `setup` until it ends.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.user_dut.ready_timeout_ns); }},
    {.section = kUserDutSection,
     .name = "object",
     .type = KeyType::path,
     .required = true,
     .dut_kind = "xdp-object",
     .help = "The ELF file. A relative path starts at the scenario's folder. Its maps are pinned under `{pins}` by "
             "their names.",
     .set = [](ValueReader& r, Draft& d) { r.text(d.user_dut.object); }},
    {.section = kUserDutSection,
     .name = "program",
     .type = KeyType::text,
     .dut_kind = "xdp-object",
     .help = "The function to attach; not needed when the file has only one XDP program.",
     .set = [](ValueReader& r, Draft& d) { r.text(d.user_dut.program); }},
    {.section = kUserDutSection,
     .name = "mode",
     .type = KeyType::choice,
     .default_value = "native",
     .choices = kDutModes,
     .dut_kind = "xdp-object",
     .help = "How it is attached.",
     .set = [](ValueReader& r, Draft& d) { r.choice(d.user_dut.mode); }},
    {.section = kUserDutSection,
     .name = "setup",
     .type = KeyType::commands,
     .help = "Commands as in `command`, run one after the other before the object is attached or once the command is "
             "ready: `bpftool map update pinned {pins}/allow ...`.",
     .set = [](ValueReader& r, Draft& d) { r.commands(d.user_dut.setup); }},
    {.section = kUserDutSection,
     .name = "verdict",
     .type = KeyType::choice,
     .default_value = "pass",
     .choices = kDutVerdicts,
     .help = "How it lets a frame through. `pass`: it hands the frame to the host (XDP_PASS), where a tap behind it at "
             "tc ingress of `{iface}` sees it. `redirect`: it sends the frame out at `{out_iface}` itself.",
     .set = [](ValueReader& r, Draft& d) { r.choice(d.user_dut.verdict); }},
    {.section = kUserDutSection,
     .name = "null_dut",
     .type = KeyType::text,
     .default_value = "null-drop",
     .help = "The DUT of the list that its rate and service time are compared with.",
     .set = [](ValueReader& r, Draft& d) { r.text(d.user_dut.null_dut); }},
    {.section = kUserDutSection,
     .name = "placement",
     .type = KeyType::choice,
     .default_value = "shared",
     .choices = kDutPlacements,
     .help = "Where packets are decided: on the generator's core (XDP, tc: whoever loaded them), or by a process on a "
             "core of its own.",
     .set = [](ValueReader& r, Draft& d) { r.choice(d.user_dut.placement); }},
    {.section = kUserDutSection,
     .name = "expect",
     .type = KeyType::choice,
     .default_value = "policy",
     .choices = kExpects,
     .help = "What is right: what policy and classes say, or that every frame passes or is dropped.",
     .set = [](ValueReader& r, Draft& d) { r.choice(d.user_dut.expect); }},
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
     .name = "pcap",
     .type = KeyType::path,
     .help = "A capture (pcap, pcapng) whose packets are sent as they are, over and over and as fast as it goes, "
             "instead of "
             "classes. A relative path starts at the scenario's folder. What cannot be sent is left out. DUTs that "
             "route are "
             "left out as well: for those, and for recorded timing, there is `fwbench replay`.",
     .set = [](ValueReader& r, Draft& d) { r.text(d.pcap_file); }},
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
     .name = "rate",
     .type = KeyType::whole,
     .unit = "packets/s",
     .min = 1,
     .max = 100'000'000,
     .help =
         "Offered load, all classes together. With it (or with a `rate` of every class) the load is constant: its "
         "trials, as many as `rounds`, take the place of those at full load, and show goodput and loss of each class, "
         "and the delay of probes beside the load.",
     .set = [](ValueReader& r, Draft& d) { r.number(d.plan.traffic.rate_pps); }},
    {.section = "traffic",
     .name = "size",
     .type = KeyType::sizes,
     .unit = "bytes without FCS",
     .default_value = "60",
     .min = 60,
     .max = FW_MAX_FRAME,
     .help = "Of the classes that have no `size` of their own.",
     .set = [](ValueReader& r, Draft& d) { r.sizes(d.sizes); }},
    {.section = "traffic",
     .name = "probe_class",
     .type = KeyType::text,
     .help =
         "The class that probe frames are made like. Delay is measured with them, so the policy must let them pass. "
         "Required unless `delay_duration` is 0s or the load is constant, and no policies are changed.",
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
     .name = "case",
     .type = KeyType::text,
     .help = "The case of a sweep whose rates are compared, by its value or its whole label. A sweep's ratios need it.",
     .set = [](ValueReader& r, Draft& d) { r.text(d.ratio.traffic_case); }},
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
    {.section = kThresholdsSection,
     .name = "DUT.METRIC",
     .type = KeyType::comparison,
     .help =
         "A bound in the metric's unit: `1.5M` packets/s, `50us`, a ratio, or a number of frames. Several lines may "
         "name the same metric.",
     .set = [](ValueReader&, Draft&) {}},  // read_thresholds()
};

}  // namespace

std::span<const Key> all_keys() {
  static const std::vector<Key> all = [] {
    std::vector<Key> keys(std::begin(kKeys), std::end(kKeys));
    keys.insert(keys.end(), search_keys().begin(), search_keys().end());
    keys.insert(keys.end(), class_keys().begin(), class_keys().end());
    return keys;
  }();
  return all;
}
std::span<const KeySection> all_sections() {
  return kSections;
}

}  // namespace fwbench
