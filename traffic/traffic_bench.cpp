// SPDX-License-Identifier: BSD-2-Clause
#include <benchmark/benchmark.h>

#include <vector>

#include "traffic/frame.h"
#include "traffic/histogram.h"
#include "traffic/packet.h"
#include "traffic/random.h"
#include "traffic/summary.h"

namespace fwbench {
namespace {

void build_16384_frames(benchmark::State& state) {
  const TrafficClass syn = {.name = "syn",
                            .saddr = {{0xc6120000, 0xc612ffff}},
                            .daddr = {{0xc6130001, 0xc6130001}},
                            .sport = {{1024, 65535}},
                            .dport = {{80, 80}, {443, 443}},
                            .tcp_flags = {kTcpSyn},
                            .icmp_type = {},
                            .sizes = {}};
  const TrafficSpec spec{.frames = 16384, .classes = {syn}, .probe_class = "syn"};
  for (auto _ : state) benchmark::DoNotOptimize(build_frames(spec, 1).value().frames.data());
  state.SetItemsProcessed(state.iterations() * spec.frames);
}
BENCHMARK(build_16384_frames)->Unit(benchmark::kMillisecond);

void histogram_record(benchmark::State& state) {
  SplitMix64 random(1);
  std::vector<uint64_t> delays(4096);
  for (auto& delay : delays) delay = 500 + random.next() % (uint64_t{1} << (10 + random.next() % 10));
  Histogram histogram;
  for (auto _ : state) {
    for (const uint64_t delay : delays) histogram.record(delay);
  }
  benchmark::DoNotOptimize(histogram.count());
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(delays.size()));
}
BENCHMARK(histogram_record);

void summarize(benchmark::State& state) {
  const Packet packet = Ethernet{} / IPv6{} / Tcp{} / Padding{};
  for (auto _ : state) benchmark::DoNotOptimize(summarize_frame(packet));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(summarize);

}  // namespace
}  // namespace fwbench
