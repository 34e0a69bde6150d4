// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/engines/arrivals.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>

#include "arrivals.skel.h"
#include "lab/netns.h"
#include "traffic/engines/chunks.h"

namespace fwbench {

void Arrivals::Destroy::operator()(arrivals_bpf* skeleton) const {
  arrivals_bpf__destroy(skeleton);
}

Result<Arrivals> Arrivals::open(const Config& config) {
  std::unique_ptr<arrivals_bpf, Destroy> skeleton(arrivals_bpf__open());
  if (!skeleton) return sys_fail(errno, "cannot open the BPF object that keeps arrivals");
  bpf_map__set_max_entries(skeleton->maps.chunks, chunks_for(config.bytes, config.frames));
  bpf_map__set_max_entries(skeleton->maps.entries,
                           static_cast<uint32_t>(std::clamp<uint64_t>(config.frames, 1, INT_MAX)));
  if (const int error = -arrivals_bpf__load(skeleton.get()); error != 0) {
    return with_remedy(sys_fail(error, "cannot load the BPF object that keeps arrivals"), "see `fwbench doctor`");
  }
  auto ns = NetNsScope::enter_fd(config.netns_fd);
  if (!ns) return tl::unexpected(ns.error());
  auto link = XdpLink::attach(skeleton->progs.keep, config.ifindex, XdpMode::native);
  if (!link) return tl::unexpected(link.error());
  auto chunks = MappedArray::open(skeleton->maps.chunks);
  if (!chunks) return tl::unexpected(chunks.error());
  auto entries = MappedArray::open(skeleton->maps.entries);
  if (!entries) return tl::unexpected(entries.error());
  return Arrivals(std::move(skeleton), std::move(*link), std::move(*chunks), std::move(*entries));
}

bool Arrivals::holds(uint64_t frames, uint64_t bytes) const {
  return frames <= entries_.count() && chunks_for(bytes, frames) <= chunks_.count();
}

arrivals_state Arrivals::state() const {
  arrivals_state& live = skeleton_->bss->state;
  const auto read = [](__u64& counter) { return std::atomic_ref(counter).load(std::memory_order_acquire); };
  arrivals_state now = {};
  now.stored = read(live.stored);
  now.full = read(live.full);
  now.unstored = read(live.unstored);
  return now;
}

std::vector<std::span<const std::byte>> Arrivals::frames() const {
  std::vector<std::span<const std::byte>> frames(state().stored);
  for (size_t i = 0; i < frames.size(); ++i) {
    const auto& entry = entries_.value<arrival_entry>(i);
    frames[i] = {chunks_.at(entry.chunk) + entry.offset, entry.length};
  }
  return frames;
}

void Arrivals::reset() {
  skeleton_->bss->state = {};
}

}  // namespace fwbench
