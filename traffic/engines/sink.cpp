// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/engines/sink.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "lab/netns.h"
#include "sink.skel.h"
#include "traffic/content.h"

namespace fwbench {

namespace {

Result<void> fill_contents(const sink_bpf& skeleton, const FrameTable& table) {
  const auto firsts = first_of_content(table.contents);
  for (uint32_t i = 0; i < firsts.size(); ++i) {
    if (firsts[i] != i) continue;
    const uint64_t key = table.contents[i];
    const int error = -bpf_map__update_elem(skeleton.maps.contents, &key, sizeof key, &i, sizeof i, BPF_ANY);
    if (error != 0) return sys_fail(error, "cannot tell the sink what frame {} looks like", i);
  }
  return {};
}

}  // namespace

void Sink::Destroy::operator()(sink_bpf* skeleton) const {
  sink_bpf__destroy(skeleton);
}

Result<Sink> Sink::open(const SinkConfig& config) {
  std::unique_ptr<sink_bpf, Destroy> skeleton(sink_bpf__open());
  if (!skeleton) return sys_fail(errno, "cannot open the sink's BPF object");
  const FrameTable& table = *config.table;
  skeleton->rodata->run_id = table.run_id;
  if (!table.probes.empty()) {
    const auto distance = [](const ProbeFrame& p) { return p.stamp_offset - p.identity_offset; };
    const int first = distance(table.probes.front());
    for (const ProbeFrame& probe : table.probes) {
      if (distance(probe) != first) return fail(ErrorKind::internal, "probe templates differ in their layout");
    }
    skeleton->rodata->stamp_distance = static_cast<uint32_t>(first);
  }
  bpf_map__set_max_entries(skeleton->maps.arrivals,
                           std::max(static_cast<uint32_t>(table.frames.size()), config.identities));
  bpf_map__set_max_entries(skeleton->maps.contents, std::max(static_cast<uint32_t>(table.contents.size()), 1U));
  bpf_map__set_max_entries(skeleton->maps.probe_arrivals, std::max(config.probe_capacity, 1U));
  if (const int error = -sink_bpf__load(skeleton.get()); error != 0) {
    return with_remedy(sys_fail(error, "cannot load the sink's BPF object"), "see `fwbench doctor`");
  }
  FWBENCH_TRY(fill_contents(*skeleton, table));
  auto ns = NetNsScope::enter_fd(config.netns_fd);
  if (!ns) return tl::unexpected(ns.error());
  const bpf_program* const program = table.contents.empty() ? skeleton->progs.sink : skeleton->progs.sink_of_contents;
  auto link = XdpLink::attach(program, config.ifindex, XdpMode::native);
  if (!link) return tl::unexpected(link.error());
  auto arrivals = MappedArray::open(skeleton->maps.arrivals);
  if (!arrivals) return tl::unexpected(arrivals.error());
  auto probes = MappedArray::open(skeleton->maps.probe_arrivals);
  if (!probes) return tl::unexpected(probes.error());
  return Sink(std::move(skeleton), std::move(*link), std::move(*arrivals), std::move(*probes));
}

sink_counters Sink::counters() const {
  sink_counters& live = skeleton_->bss->counters;
  const auto read = [](__u64& counter) { return std::atomic_ref(counter).load(std::memory_order_relaxed); };
  return {.frames = read(live.frames),
          .probes = read(live.probes),
          .foreign = read(live.foreign),
          .reordered = read(live.reordered)};
}

std::vector<uint64_t> Sink::arrivals() const {
  std::vector<uint64_t> counts(arrivals_.count());
  for (size_t i = 0; i < counts.size(); ++i) counts[i] = arrivals_.value<uint64_t>(i);
  return counts;
}

std::vector<probe_arrival> Sink::probes(size_t count) const {
  std::vector<probe_arrival> arrivals(std::min(count, probes_.count()));
  for (size_t i = 0; i < arrivals.size(); ++i) arrivals[i] = probes_.value<probe_arrival>(i);
  return arrivals;
}

void Sink::reset() {
  skeleton_->bss->counters = {};
  skeleton_->bss->newest_probe = 0;
  std::memset(arrivals_.at(0), 0, arrivals_.count() * sizeof(uint64_t));
  std::memset(probes_.at(0), 0, probes_.count() * sizeof(probe_arrival));
}

}  // namespace fwbench
