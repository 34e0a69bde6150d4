// SPDX-License-Identifier: BSD-2-Clause
/// What a packet costs in each engine, on the edge policy; and what compiling costs.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

#include "engine/classifier.h"
#include "engine/image.h"
#include "engine/image_view.h"
#include "engine/testing.h"
#include "firewall_bench.skel.h"
#include "policy/oracle.h"

namespace fwbench {
namespace {

using testing::Random;
using testing::TestFrame;

constexpr const char* kEdgePolicy = FWBENCH_SOURCE_DIR "/scenarios/policies/edge.nft";
/// Of frames, so that sources differ and the frames themselves still fit the second-level cache.
constexpr size_t kFrames = 4096;
/// Runs of a BPF program in one system call: enough that the call itself (a few microseconds) does not show.
constexpr uint32_t kBpfRuns = 200'000;
/// FW_BENCH_ADDRESSES of bpf/firewall_bench.bpf.c.
constexpr uint32_t kAddresses = 65536;

constexpr uint32_t kServer = 0xc6130010;            // 198.19.0.16
constexpr uint32_t kClient = 0xc6120a01;            // 198.18.10.1
constexpr uint32_t kBlocked = 0x02110201 | 0xa800;  // 2.17.170.1, in edge.nft's blocklist4 as 2.17.168.0/21
constexpr FieldValue kIpv6Client = FieldValue{0x2001000200000000u} << 64 | 0x1234;
constexpr FieldValue kIpv6Server = FieldValue{0x2001000200000001u} << 64 | 0x10;

std::shared_ptr<const Policy> edge_policy() {
  static const std::shared_ptr<const Policy> policy = load_policy(kEdgePolicy).policy;
  return policy;
}

std::vector<TestFrame> random_sources() {
  Random random(1);
  std::vector<TestFrame> frames;
  for (size_t i = 0; i < kFrames; ++i) {
    frames.push_back(
        testing::tcp_syn(static_cast<uint32_t>(random()), kServer, 40000, static_cast<uint16_t>(random())));
  }
  return frames;
}

void classify_userspace(benchmark::State& state) {
  const auto policy = edge_policy();
  if (policy == nullptr) return state.SkipWithError("no edge policy");
  const auto image = compile_policy(*policy);
  const auto classifier = Classifier::open(image->bytes());
  const std::vector<TestFrame> frames = random_sources();
  std::vector<FrameView> views;
  for (const TestFrame& frame : frames) views.push_back(testing::view(frame));
  std::vector<uint64_t> hits(classifier->rules() + 1);
  size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(classifier->classify(std::span(views).subspan(at, kClassifyBatch), hits));
    at = (at + kClassifyBatch) % kFrames;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kClassifyBatch));
  state.counters["ns_per_packet"] = benchmark::Counter(static_cast<double>(state.iterations()) * kClassifyBatch * 1e-9,
                                                       benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(classify_userspace);

void judge_by_oracle(benchmark::State& state) {
  const auto policy = edge_policy();
  if (policy == nullptr) return state.SkipWithError("no edge policy");
  const std::vector<TestFrame> frames = random_sources();
  size_t at = 0;
  for (auto _ : state) benchmark::DoNotOptimize(judge_frame(*policy, frames[at++ % kFrames]));
}
BENCHMARK(judge_by_oracle);

void compile_narrow(benchmark::State& state) {
  const Policy policy = testing::narrow_policy(static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    const auto image = compile_policy(policy);
    state.counters["image_bytes"] = static_cast<double>(image->bytes().size());
  }
}
BENCHMARK(compile_narrow)->Arg(10)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMillisecond);

void compile_set(benchmark::State& state) {
  Random random(2);
  IntervalSet hosts;
  for (int64_t i = 0; i < state.range(0); ++i) {
    const auto host = static_cast<uint32_t>(random());
    hosts.push_back({host, host});
  }
  Policy policy;
  policy.rules.resize(1);
  policy.family = "netdev";
  policy.chains = {{"ingress", 0, 1, {}}};
  policy.rules[0].matches = {
      {Field::ip_saddr, false, std::make_shared<const IntervalSet>(normalize(std::move(hosts)))}};
  for (auto _ : state) {
    const auto image = compile_policy(policy);
    state.counters["image_bytes"] = static_cast<double>(image->bytes().size());
  }
}
BENCHMARK(compile_set)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

/// bpf/firewall_bench.bpf.c with the edge policy.
class BpfBench {
 public:
  /// False: no root, no policy, or the kernel refused.
  [[nodiscard]] bool open() {
    const auto policy = edge_policy();
    return policy != nullptr && open(*policy);
  }
  [[nodiscard]] bool open(const Policy& policy_to_load) {
    const Policy* const policy = &policy_to_load;
    if (geteuid() != 0) return false;
    const auto image = compile_policy(*policy);
    skeleton_.reset(firewall_bench_bpf::open());
    if (!image || skeleton_ == nullptr) return false;
    const auto size = static_cast<uint32_t>(image->bytes().size());
    skeleton_->rodata->image_words = size / 4;
    if (bpf_map__set_value_size(skeleton_->maps.policy, size) != 0 ||
        bpf_map__set_max_entries(skeleton_->maps.rule_hits, static_cast<uint32_t>(policy->rules.size()) + 1) != 0 ||
        firewall_bench_bpf::load(skeleton_.get()) != 0) {
      return false;
    }
    const uint32_t generation = 0;
    Random random(3);
    std::vector<uint32_t> addresses(kAddresses);
    for (uint32_t& address : addresses) address = static_cast<uint32_t>(random());
    return set_addresses(addresses) && bpf_map__update_elem(skeleton_->maps.policy, &generation, sizeof(generation),
                                                            image->bytes().data(), size, BPF_ANY) == 0;
  }

  /// Source addresses that the randomized programs draw from, repeated as often as it takes.
  [[nodiscard]] bool set_addresses(std::span<const uint32_t> addresses) {
    for (uint32_t i = 0; i < kAddresses; ++i) {
      const uint32_t address = htonl(addresses[i % addresses.size()]);
      if (bpf_map__update_elem(skeleton_->maps.bench_addresses, &i, sizeof(i), &address, sizeof(address), BPF_ANY) != 0)
        return false;
    }
    return true;
  }

  [[nodiscard]] bool add_to_lpm_trie(uint32_t first, uint32_t length) {
    const std::array<uint32_t, 2> key = {length, htonl(first)};
    const uint32_t value = 1;
    return bpf_map__update_elem(skeleton_->maps.bench_lpm, key.data(), sizeof(key), &value, sizeof(value), BPF_ANY) ==
           0;
  }

  [[nodiscard]] const firewall_bench_bpf& skeleton() const { return *skeleton_; }

  /// CPU time of one run, in ns; what the machine does besides does not count.
  [[nodiscard]] static double run_ns(const bpf_program* program, const TestFrame& frame) {
    bpf_test_run_opts options = {};
    options.sz = sizeof(options);
    options.data_in = frame.data();
    options.data_size_in = static_cast<uint32_t>(frame.size());
    options.repeat = static_cast<int>(kBpfRuns);
    const double start = cpu_ns();
    if (bpf_prog_test_run_opts(bpf_program__fd(program), &options) != 0) return 0;
    return (cpu_ns() - start) / kBpfRuns;
  }

 private:
  struct Destroy {
    void operator()(firewall_bench_bpf* skeleton) const { firewall_bench_bpf::destroy(skeleton); }
  };

  static double cpu_ns() {
    timespec now = {};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
  }

  std::unique_ptr<firewall_bench_bpf, Destroy> skeleton_;
};

/// A run of `program` less a run of `baseline`: the least of each, alternating, since whatever else runs here only
/// adds.
void run_bpf(benchmark::State& state, const bpf_program* program, const bpf_program* baseline, const TestFrame& frame) {
  double program_ns = std::numeric_limits<double>::max();
  double baseline_ns = program_ns;
  for (auto _ : state) {
    const double ns = BpfBench::run_ns(program, frame);
    program_ns = std::min(program_ns, ns);
    baseline_ns = std::min(baseline_ns, BpfBench::run_ns(baseline, frame));
    state.SetIterationTime(ns * kBpfRuns * 1e-9);
  }
  state.counters["ns_per_packet"] = program_ns - baseline_ns;
  state.counters["empty_ns"] = baseline_ns;
}

void classify_bpf(benchmark::State& state, const TestFrame& frame) {
  BpfBench bench;
  if (!bench.open()) return state.SkipWithError("needs root, and the edge policy");
  run_bpf(state, bench.skeleton().progs.firewall, bench.skeleton().progs.empty, frame);
}
BENCHMARK_CAPTURE(classify_bpf, blocked_source, testing::tcp_syn(kBlocked, kServer, 40000, 443))->UseManualTime();
BENCHMARK_CAPTURE(classify_bpf, closed_port, testing::tcp_syn(kClient, kServer, 40000, 12345))->UseManualTime();
BENCHMARK_CAPTURE(classify_bpf, open_port, testing::tcp_syn(kClient, kServer, 40000, 443))->UseManualTime();
BENCHMARK_CAPTURE(classify_bpf, open_port_ipv6, testing::tcp_syn_ipv6(kIpv6Client, kIpv6Server, 40000, 443))
    ->UseManualTime();

void classify_bpf_random_sources(benchmark::State& state) {
  BpfBench bench;
  if (!bench.open()) return state.SkipWithError("needs root, and the edge policy");
  run_bpf(state, bench.skeleton().progs.firewall_randomized, bench.skeleton().progs.empty_randomized,
          testing::tcp_syn(kClient, kServer, 40000, 443));
}
BENCHMARK(classify_bpf_random_sources)->UseManualTime();

/// Prefixes as blocklists have them, and an address in each.
struct Blocklist {
  std::vector<std::pair<uint32_t, uint32_t>> prefixes;  ///< first address, length
  std::vector<uint32_t> hits;

  explicit Blocklist(size_t count) {
    Random random(4);
    for (size_t i = 0; i < count; ++i) {
      constexpr std::array<uint32_t, 8> kLengths = {32, 32, 32, 24, 24, 24, 20, 16};
      const uint32_t length = kLengths[random() % (i % 50 == 0 ? 8 : 7)];
      const auto address = static_cast<uint32_t>(random());
      const auto mask = static_cast<uint32_t>(~uint64_t{0} << (32 - length));
      prefixes.emplace_back(address & mask, length);
      hits.push_back(address);
    }
  }

  [[nodiscard]] Policy policy() const {
    IntervalSet values;
    for (const auto& [first, length] : prefixes)
      values.push_back({first, first + ((uint64_t{1} << (32 - length)) - 1)});
    Policy policy;
    policy.family = "netdev";
    policy.rules.resize(1);
    policy.rules[0].outcome.action = Action::drop;
    policy.rules[0].matches = {
        {Field::ip_saddr, false, std::make_shared<const IntervalSet>(normalize(std::move(values)))}};
    policy.chains = {{"ingress", 0, 1, {}}};
    return policy;
  }
};

/// The whole firewall on a blocklist whose every packet is in it, beside one lookup in the kernel's LPM trie.
void blocklist_bpf(benchmark::State& state, bool lpm) {
  const Blocklist blocklist(static_cast<size_t>(state.range(0)));
  BpfBench bench;
  if (!bench.open(blocklist.policy()) || !bench.set_addresses(blocklist.hits)) return state.SkipWithError("needs root");
  for (const auto& [first, length] : blocklist.prefixes) {
    if (lpm && !bench.add_to_lpm_trie(first, length)) return state.SkipWithError("cannot fill the LPM trie");
  }
  const auto& programs = bench.skeleton().progs;
  run_bpf(state, lpm ? programs.lpm_randomized : programs.firewall_randomized, programs.empty_randomized,
          testing::tcp_syn(kClient, kServer, 40000, 443));
}
BENCHMARK_CAPTURE(blocklist_bpf, firewall, false)->Arg(1'000)->Arg(10'000)->Arg(100'000)->UseManualTime();
BENCHMARK_CAPTURE(blocklist_bpf, kernel_lpm_trie, true)->Arg(1'000)->Arg(10'000)->Arg(100'000)->UseManualTime();

}  // namespace
}  // namespace fwbench
