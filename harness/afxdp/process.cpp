// SPDX-License-Identifier: BSD-2-Clause
#include "afxdp/process.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <new>
#include <utility>

#include "afxdp/packet_loop.h"

namespace fwbench {
namespace {

// The loop looks at `stop` at least every kIdlePollMs; decide() may take its time under a sanitizer.
constexpr auto kStopTimeout = std::chrono::seconds(2);

}  // namespace

struct AfxdpProcess::Shared {
  LiveCounters live;
  std::atomic<uint32_t> stop = 0;
  std::atomic<int> error = 0;  ///< errno that ended the packet loop
};

AfxdpProcess::AfxdpProcess(const AfxdpConfig& config, SharedMemory memory, XskPorts ports, UniqueFd xsks_map)
    : memory_(std::move(memory)),
      ports_(std::move(ports)),
      xsks_map_(std::move(xsks_map)),
      queue_(config.queue),
      hit_counters_(config.hit_counters),
      rx_ifname_(config.rx_ifname) {
  new (memory_.bytes().data()) Shared;
}

AfxdpProcess::Shared& AfxdpProcess::shared() const {
  return *std::launder(reinterpret_cast<Shared*>(memory_.bytes().data()));
}

std::span<uint64_t> AfxdpProcess::writable_hits() const {
  return {reinterpret_cast<uint64_t*>(memory_.bytes().data() + sizeof(Shared)), hit_counters_};
}

std::span<const uint64_t> AfxdpProcess::hits() const {
  return writable_hits();
}

int AfxdpProcess::run(const AfxdpConfig& config) const {
  Shared& state = shared();
  if (!config.decide) return run_packet_loop(ports_, Discard{}, state.live, state.stop);
  const auto decide = [&config, hits = writable_hits()](std::span<const FrameView> frames) {
    return config.decide(frames, hits);
  };
  return run_packet_loop(ports_, decide, state.live, state.stop);
}

Result<void> AfxdpProcess::launch(const AfxdpConfig& config) {
  auto child = fork_pinned("fwbench-afxdp", config.cpu, [&] {
    const int error = run(config);
    shared().error.store(error);
    return error;
  });
  if (!child) return tl::unexpected(std::move(child).error());
  child_ = std::move(*child);
  const int socket = ports_.rx_fd();
  if (const int error = ::bpf_map_update_elem(xsks_map_.get(), &queue_, &socket, BPF_ANY); error != 0) {
    return with_remedy(sys_fail(-error, "cannot put the AF_XDP socket of {} into the XSKMAP", rx_ifname_),
                       "the queue number must be one of the map's entries");
  }
  return {};
}

Result<AfxdpProcess> AfxdpProcess::start(const AfxdpConfig& config) {
  if (config.tx_ifname.empty() != !config.decide) {
    return fail(ErrorKind::internal,
                "an AF_XDP firewall that decides needs an interface to send to, one that discards none");
  }
  UniqueFd xsks_map(::fcntl(config.xsks_map_fd, F_DUPFD_CLOEXEC, 0));
  if (!xsks_map.valid()) return sys_fail(errno, "cannot use the XSKMAP of {}", config.rx_ifname);
  auto memory = SharedMemory::open(sizeof(Shared) + config.hit_counters * sizeof(uint64_t));
  if (!memory) return tl::unexpected(std::move(memory).error());
  auto ports = XskPorts::open({.rx_ifname = config.rx_ifname,
                               .tx_ifname = config.tx_ifname,
                               .queue = config.queue,
                               .frames = config.frames,
                               .tx_ring = config.tx_ring});
  if (!ports) return tl::unexpected(std::move(ports).error());
  AfxdpProcess process(config, std::move(*memory), std::move(*ports), std::move(xsks_map));
  FWBENCH_TRY(process.launch(config));
  return process;
}

Result<void> AfxdpProcess::judge_end(int status) {
  if (const int error = shared().error.load(); error != 0) {
    failure_ = Error{ErrorKind::measurement, error, fmt::format("the AF_XDP process of {} gave up", rx_ifname_),
                     "check that its interfaces stay up during the trial"};
  } else if (shared().stop.load() == 0 || !WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS) {
    failure_ = Error{ErrorKind::measurement,
                     0,
                     fmt::format("the AF_XDP process of {} {}", rx_ifname_, describe_wait_status(status)),
                     {}};
  }
  return check();
}

Result<void> AfxdpProcess::check() {
  if (failure_) return tl::unexpected(*failure_);
  if (const auto status = child_.wait(std::chrono::milliseconds(0))) return judge_end(*status);
  return {};
}

Result<void> AfxdpProcess::stop() {
  if (auto running = check(); !running || child_.pid() < 0) return running;
  ::bpf_map_delete_elem(xsks_map_.get(), &queue_);
  shared().stop.store(1);
  child_.signal(SIGTERM);
  if (const auto status = child_.wait(kStopTimeout)) return judge_end(*status);
  child_.kill();
  failure_ =
      Error{ErrorKind::internal, 0, fmt::format("the AF_XDP process of {} did not stop when told to", rx_ifname_), {}};
  return check();
}

Result<AfxdpCounters> AfxdpProcess::counters() const {
  const LiveCounters& live = shared().live;
  AfxdpCounters counters = {};
  counters.received = live.received.load(std::memory_order_relaxed);
  counters.passed = live.passed.load(std::memory_order_relaxed);
  counters.dropped = live.dropped.load(std::memory_order_relaxed);
  counters.tx_full = live.tx_full.load(std::memory_order_relaxed);
  counters.tx_completed = live.tx_completed.load(std::memory_order_relaxed);
  counters.wakeups = live.wakeups.load(std::memory_order_relaxed);
  counters.polls = live.polls.load(std::memory_order_relaxed);
  auto statistics = read_statistics(ports_.rx_fd());
  if (!statistics) return tl::unexpected(std::move(statistics).error());
  counters.rx_socket = *statistics;
  if (ports_.tx_fd() < 0) return counters;
  statistics = read_statistics(ports_.tx_fd());
  if (!statistics) return tl::unexpected(std::move(statistics).error());
  counters.tx_socket = *statistics;
  return counters;
}

}  // namespace fwbench
