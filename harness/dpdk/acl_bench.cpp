// SPDX-License-Identifier: BSD-2-Clause
/// What a packet costs in DPDK's rte_acl, in our userspace engine and in the BPF firewall: the same rules, the same
/// frames, one process. All three must give each frame the same verdict, or the row is an error.
///
/// rte_acl and the userspace engine go through all frames in batches, as their packet loops do. The kernel runs one
/// frame at a time (BPF_PROG_RUN), each of a sample many times over, which is kind to its caches; its own loop is in
/// the figure (engine_bench tells how much).
#include <benchmark/benchmark.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "dpdk/acl_classifier.h"
#include "dpdk/eal.h"
#include "engine/firewall_program.h"
#include "engine/image.h"
#include "engine/testing.h"
#include "scenario/generate.h"

namespace fwbench {
namespace {

using testing::Random;
using testing::TestFrame;

/// As many as still fit the second-level cache, so that what is measured is the classifier.
constexpr size_t kFrames = 4096;
static_assert(kFrames % kClassifyBatch == 0);
/// Frames that the kernel is timed on, spread over all, and runs of each in one system call.
constexpr size_t kBpfSample = 64;
constexpr int kBpfRuns = 2000;
constexpr int kEalMb = 2304;
constexpr size_t kAclBytes = size_t{1} << 30;

constexpr uint32_t kServer = 0xc6130010;  // 198.19.0.16
constexpr uint32_t kClient = 0xc6120a01;  // 198.18.10.1

/// Once for the process; rte_acl's tables live in DPDK's heap.
bool dpdk_is_up() {
  static const bool up = start_eal({.cpu = 0, .memory_mb = kEalMb, .devices = {}}).has_value();
  return up;
}

FieldValue value_of(const Rule& rule, Field field) {
  for (const Match& match : rule.matches) {
    if (match.field == field) return match.values->front().first;
  }
  return 0;
}

/// A frame that meets the rule of a generated five-tuple policy.
TestFrame frame_for(const Rule& rule) {
  constexpr size_t kProtocolByte = 23;
  TestFrame frame = testing::tcp_syn(
      static_cast<uint32_t>(value_of(rule, Field::ip_saddr)), static_cast<uint32_t>(value_of(rule, Field::ip_daddr)),
      static_cast<uint16_t>(value_of(rule, Field::th_sport)), static_cast<uint16_t>(value_of(rule, Field::th_dport)));
  frame[kProtocolByte] = static_cast<std::byte>(value_of(rule, Field::l4proto));
  return frame;
}

/// One row's rules and frames, compiled for all three.
struct Subject {
  std::shared_ptr<const Policy> policy;
  std::optional<PolicyImage> image;
  std::optional<AclPolicy> acl;
  std::vector<TestFrame> frames;
  std::vector<FrameView> views;
  std::unique_ptr<AclClassifier> classifier;  ///< rte_acl takes a while to build: once for comparing and timing
  std::string why_not;                        ///< the three do not agree, or one cannot be loaded
};

/// rules = 0: the edge policy, under SYNs from random sources of which some may pass.
std::vector<TestFrame> make_frames(const Policy& policy, int64_t rules) {
  Random random(1);
  std::vector<TestFrame> frames;
  for (size_t i = 0; i < kFrames; ++i) {
    if (rules != 0) {
      frames.push_back(frame_for(policy.rules[random() % policy.rules.size()]));
      continue;
    }
    const uint32_t source = i % 2 == 0 ? static_cast<uint32_t>(random()) : kClient;
    const auto port = static_cast<uint16_t>(i % 4 == 1 ? 443 : random());
    frames.push_back(testing::tcp_syn(source, kServer, 40000, port));
  }
  return frames;
}

std::shared_ptr<const Policy> make_policy(int64_t rules) {
  if (rules == 0) return load_policy(FWBENCH_SOURCE_DIR "/scenarios/policies/edge.nft").policy;
  const PolicyRecipe recipe = {.rules = static_cast<uint32_t>(rules)};
  return parse_policy(generate_policy(recipe), generated_name(recipe)).policy;
}

bool bpf_accepts(const FirewallProgram& program, const TestFrame& frame, int repeat = 1) {
  bpf_test_run_opts options = {};
  options.sz = sizeof(options);
  options.data_in = frame.data();
  options.data_size_in = static_cast<uint32_t>(frame.size());
  options.repeat = repeat;
  return ::bpf_prog_test_run_opts(program.fd(), &options) == 0 && options.retval == XDP_PASS;
}

/// Empty when all agree.
std::string compare(Subject& subject) {
  const auto fallback = Classifier::open(subject.image->bytes());
  auto acl = AclClassifier::open(*subject.acl, *fallback, kAclBytes);
  if (!acl) return acl.error().to_string();
  subject.classifier = std::make_unique<AclClassifier>(std::move(*acl));
  std::optional<FirewallProgram> program;
  if (::geteuid() == 0) {
    auto loaded = FirewallProgram::load(*subject.image, {});
    if (!loaded) return loaded.error().to_string();
    program.emplace(std::move(*loaded));
  }
  std::vector<uint64_t> hits(fallback->rules() + 1);
  for (size_t at = 0; at < kFrames; at += kClassifyBatch) {
    const auto batch = std::span(subject.views).subspan(at, kClassifyBatch);
    const uint64_t by_acl = subject.classifier->classify(batch);
    if (by_acl != fallback->classify(batch, hits)) return fmt::format("rte_acl and C++ differ in frames {}...", at);
    for (size_t i = 0; program && i < kClassifyBatch; ++i) {
      if (bpf_accepts(*program, subject.frames[at + i]) != ((by_acl >> i & 1) != 0)) {
        return fmt::format("rte_acl and BPF differ in frame {}", at + i);
      }
    }
  }
  if (subject.classifier->by_fallback() != 0) return "rte_acl was not asked about every frame";
  return {};
}

Subject& subject_of(int64_t rules) {
  static std::map<int64_t, Subject> subjects;
  const auto known = subjects.find(rules);
  if (known != subjects.end()) return known->second;
  Subject& subject = subjects[rules];
  subject.policy = make_policy(rules);
  if (!dpdk_is_up() || subject.policy == nullptr) {
    subject.why_not = "DPDK does not start, or there is no policy";
    return subject;
  }
  auto image = compile_policy(*subject.policy);
  auto acl = make_acl_policy(*subject.policy);
  if (!image || !acl) {
    subject.why_not = (image ? acl.error() : image.error()).to_string();
    return subject;
  }
  subject.image.emplace(std::move(*image));
  subject.acl.emplace(std::move(*acl));
  subject.frames = make_frames(*subject.policy, rules);
  for (const TestFrame& frame : subject.frames) subject.views.push_back(testing::view(frame));
  subject.why_not = compare(subject);
  return subject;
}

template <typename Classify>
void run_batches(benchmark::State& state, const Subject& subject, Classify classify) {
  size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(classify(std::span(subject.views).subspan(at, kClassifyBatch)));
    at = (at + kClassifyBatch) % kFrames;
  }
  state.counters["ns_per_packet"] = benchmark::Counter(static_cast<double>(state.iterations()) * kClassifyBatch * 1e-9,
                                                       benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void rte_acl(benchmark::State& state) {
  Subject& subject = subject_of(state.range(0));
  if (!subject.why_not.empty()) return state.SkipWithError(subject.why_not.c_str());
  state.counters["acl_rules"] = static_cast<double>(subject.acl->ipv4.rules() + subject.acl->ipv6.rules());
  run_batches(state, subject, [&](std::span<const FrameView> frames) { return subject.classifier->classify(frames); });
}

void userspace(benchmark::State& state) {
  const Subject& subject = subject_of(state.range(0));
  if (!subject.why_not.empty()) return state.SkipWithError(subject.why_not.c_str());
  const auto classifier = Classifier::open(subject.image->bytes());
  std::vector<uint64_t> hits(classifier->rules() + 1);
  run_batches(state, subject, [&](std::span<const FrameView> frames) { return classifier->classify(frames, hits); });
}

double cpu_ns() {
  timespec now = {};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

void bpf(benchmark::State& state) {
  const Subject& subject = subject_of(state.range(0));
  if (!subject.why_not.empty()) return state.SkipWithError(subject.why_not.c_str());
  if (::geteuid() != 0) return state.SkipWithError("needs root");
  const auto program = FirewallProgram::load(*subject.image, {});
  if (!program) return state.SkipWithError(program.error().message.c_str());
  double total_ns = 0;
  for (auto _ : state) {
    const double start = cpu_ns();
    for (size_t i = 0; i < kBpfSample; ++i) {
      bpf_accepts(*program, subject.frames[i * (kFrames / kBpfSample)], kBpfRuns);
    }
    const double spent = cpu_ns() - start;
    total_ns += spent;
    state.SetIterationTime(spent * 1e-9);
  }
  state.counters["ns_per_packet"] = total_ns / static_cast<double>(state.iterations()) / (kBpfSample * kBpfRuns);
}

/// Argument: five-tuple rules; 0 is edge.nft.
BENCHMARK(rte_acl)->Arg(0)->Arg(10)->Arg(100)->Arg(1'000)->Arg(10'000);
BENCHMARK(userspace)->Arg(0)->Arg(10)->Arg(100)->Arg(1'000)->Arg(10'000);
BENCHMARK(bpf)->Arg(0)->Arg(10)->Arg(100)->Arg(1'000)->Arg(10'000)->UseManualTime();

}  // namespace
}  // namespace fwbench
