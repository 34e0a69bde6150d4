// SPDX-License-Identifier: BSD-2-Clause
/// What the live engine reaches, as ratios inside one run: the size of the frame table, and the precision of its
/// pacing. Needs root. Everything runs on CPU 0, null-drop behind the generator.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "bpf/abi.h"
#include "lab/bpf.h"
#include "lab/lab.h"
#include "lab/lab_process.h"
#include "null.skel.h"
#include "traffic/engines/clock.h"
#include "traffic/engines/tx_engine.h"

namespace fwbench {
namespace {

constexpr int kGeneratorCpu = 0;
constexpr int kRounds = 7;
constexpr auto kWindow = std::chrono::milliseconds(400);
constexpr auto kRamp = std::chrono::milliseconds(100);

FrameTable make_table(uint32_t frames) {
  TrafficClass syn;
  syn.name = "syn";
  syn.saddr = {{0x01000000, 0xdfffffff}};
  syn.daddr = {{0xc6130001, 0xc61300ff}};
  syn.sport = {{1024, 65535}};
  syn.dport = {{1, 65535}};
  syn.tcp_flags = {0x02};
  syn.sizes = {{60, 1}};
  TrafficSpec spec;
  spec.frames = frames;
  spec.classes = {syn};
  spec.probe_class = "syn";
  return build_frames(spec, 1).value();
}

/// A lab with null-drop on d0 for as long as the process lives; built on first use, inside the lab process.
class NullLab {
 public:
  static NullLab& get() {
    static NullLab lab;
    return lab;
  }
  std::unique_ptr<TxEngineBase> engine(uint32_t frames) {
    const FrameTable table = make_table(frames);
    return open_tx_engine({.kind = TxEngine::live,
                           .netns_fd = lab_.gen_ns().fd(),
                           .egress_ifindex = lab_.g0().ifindex,
                           .cpu = kGeneratorCpu,
                           .table = &table})
        .value();
  }
  uint64_t seen() {
    uint64_t sum = 0;
    const auto per_cpu = read_per_cpu<dut_counters>(null_->maps.counters, 0).value();
    for (const dut_counters& cpu : per_cpu) sum += cpu.seen;
    return sum;
  }

 private:
  NullLab() : lab_(Lab::build({}).value()), null_(null_bpf__open_and_load()) {
    link_ = XdpLink::attach(null_->progs.null_drop, lab_.d0().ifindex, XdpMode::native).value();
  }
  Lab lab_;
  null_bpf* null_;  // freed with the process
  XdpLink link_;
};

/// Frames a second that reach the DUT, over one window behind the ramp.
double rate_of(TxEngineBase& engine, const Schedule& schedule) {
  NullLab& lab = NullLab::get();
  if (!engine.start(schedule)) std::abort();
  std::this_thread::sleep_for(kRamp);
  const uint64_t seen = lab.seen();
  const uint64_t began = monotonic_ns();
  std::this_thread::sleep_for(kWindow);
  const uint64_t seen_then = lab.seen();
  const uint64_t ended = monotonic_ns();
  if (!engine.stop()) std::abort();
  return static_cast<double>(seen_then - seen) / static_cast<double>(ended - began) * 1e9;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

/// Rounds of the two tables in turn; the ratio is that of the medians.
void BM_live_flood_65536_over_4096_frames(benchmark::State& state) {
  const auto small = NullLab::get().engine(4096);
  const auto large = NullLab::get().engine(65'536);
  for ([[maybe_unused]] auto _ : state) {
    std::vector<double> small_rates;
    std::vector<double> large_rates;
    for (int round = 0; round < kRounds; ++round) {
      small_rates.push_back(rate_of(*small, {}));
      large_rates.push_back(rate_of(*large, {}));
    }
    state.counters["pps_4096"] = median(small_rates);
    state.counters["pps_65536"] = median(large_rates);
    state.counters["ratio"] = median(large_rates) / median(small_rates);
  }
}
BENCHMARK(BM_live_flood_65536_over_4096_frames)->Iterations(1)->Unit(benchmark::kMillisecond);

/// Argument: wanted packets a second. error_percent is the worst of the rounds.
void BM_live_paced_rate_error(benchmark::State& state) {
  const auto engine = NullLab::get().engine(4096);
  const auto wanted = static_cast<double>(state.range(0));
  for ([[maybe_unused]] auto _ : state) {
    double worst = 0;
    for (int round = 0; round < kRounds; ++round) {
      const double rate = rate_of(*engine, {.rate_pps = static_cast<uint64_t>(state.range(0))});
      worst = std::max(worst, std::abs(rate / wanted - 1) * 100);
    }
    state.counters["error_percent"] = worst;
  }
}
BENCHMARK(BM_live_paced_rate_error)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace fwbench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return fwbench::exit_usage;
  const auto code = fwbench::run_in_lab_process([] {
    benchmark::RunSpecifiedBenchmarks();
    return 0;
  });
  if (code) return *code;
  fmt::print(stderr, "{}\n", code.error().to_string());
  return fwbench::exit_code(code.error().kind);
}
