// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/engines/packet_engine.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>

#include "core/unique_fd.h"
#include "lab/netns.h"
#include "traffic/bursts.h"
#include "traffic/engines/clock.h"
#include "traffic/engines/sender_thread.h"
#include "traffic/poisson.h"
#include "traffic/probe.h"

namespace fwbench {
namespace {

/// Frames a sendmmsg(): enough to hide the system call, few enough that stop() is quick.
constexpr size_t kBatch = 64;

class PacketEngine final : public TxEngineBase {
 public:
  PacketEngine(UniqueFd socket, const TxEngineConfig& config)
      : socket_(std::move(socket)),
        netns_fd_(config.netns_fd),
        cpu_(config.cpu),
        table_(*config.table),
        bursts_(bursts_of(table_)) {}
  PacketEngine(const PacketEngine&) = delete;
  PacketEngine& operator=(const PacketEngine&) = delete;
  ~PacketEngine() override { static_cast<void>(stop()); }

  Result<void> start(const Schedule& schedule) override;
  [[nodiscard]] Sent sent() const override;
  Result<Sent> stop() override;

 private:
  Result<void> run();
  [[nodiscard]] uint64_t frames_due(uint64_t now) const;
  void note_lateness(uint64_t now);
  Result<void> send_frames(size_t count);
  Result<void> send_probe(uint64_t due);

  UniqueFd socket_;
  int netns_fd_;
  int cpu_;
  FrameTable table_;
  Bursts bursts_;
  double burst_gap_ns_ = 1;
  Schedule schedule_;
  uint64_t start_ns_ = 0;
  size_t cursor_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<uint64_t> planned_ = 0;
  std::atomic<uint64_t> refused_ = 0;
  std::atomic<uint64_t> probes_ = 0;
  std::atomic<uint64_t> late_max_ns_ = 0;
  SenderThread thread_;
};

Result<void> PacketEngine::start(const Schedule& schedule) {
  schedule_ = schedule;
  bursts_ = bursts_of(table_, schedule.evenly);
  burst_gap_ns_ = static_cast<double>(bursts_.gap_q16(std::max<uint64_t>(schedule.rate_pps, 1))) / 65536;
  cursor_ = 0;
  planned_ = refused_ = probes_ = late_max_ns_ = 0;
  stop_ = false;
  start_ns_ = monotonic_ns();
  return thread_.start(netns_fd_, cpu_, [this] { return run(); });
}

/// Load frames that should have been sent by `now` and were not.
uint64_t PacketEngine::frames_due(uint64_t now) const {
  if (!schedule_.load) return 0;
  const uint64_t planned = planned_.load(std::memory_order_relaxed);
  const uint64_t left = schedule_.frames - planned;
  if (schedule_.rate_pps == 0) return left;
  const double gaps = static_cast<double>(now - start_ns_) / burst_gap_ns_;
  const uint64_t burst = schedule_.poisson ? last_poisson_arrival(gaps) : static_cast<uint64_t>(gaps);
  const uint64_t due = bursts_.frames_until(burst);
  return std::min(left, due > planned ? due - planned : 0);
}

/// Before the next frame is sent at `now`; a flood has no schedule to be behind.
void PacketEngine::note_lateness(uint64_t now) {
  if (schedule_.rate_pps == 0) return;
  const uint64_t burst = bursts_.burst_of(planned_.load(std::memory_order_relaxed));
  const double gaps = schedule_.poisson ? poisson_arrival(burst) : static_cast<double>(burst);
  const auto due = start_ns_ + static_cast<uint64_t>(gaps * burst_gap_ns_);
  if (now > due && now - due > late_max_ns_) late_max_ns_ = now - due;
}

Result<void> PacketEngine::run() {
  const uint64_t probe_gap = schedule_.probe_rate_pps != 0 ? kNsPerSecond / schedule_.probe_rate_pps : 0;
  while (!stop_.load(std::memory_order_relaxed)) {
    const uint64_t now = monotonic_ns();
    const uint64_t probes = probes_.load(std::memory_order_relaxed);
    if (probe_gap != 0 && probes < schedule_.probes && now >= start_ns_ + probes * probe_gap) {
      FWBENCH_TRY(send_probe(start_ns_ + probes * probe_gap));
    }
    const uint64_t due = frames_due(now);
    if (due != 0) {
      note_lateness(now);
      FWBENCH_TRY(send_frames(std::min<uint64_t>(due, kBatch)));
    }
    if (due == 0 && planned_ >= schedule_.frames && probes_ >= schedule_.probes) return {};
  }
  return {};
}

Result<void> PacketEngine::send_frames(size_t count) {
  std::array<mmsghdr, kBatch> messages = {};
  std::array<iovec, kBatch> parts = {};
  for (size_t i = 0; i < count; ++i) {
    std::vector<std::byte>& bytes = table_.frames[(cursor_ + i) % table_.frames.size()].bytes;
    parts[i] = {bytes.data(), bytes.size()};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  size_t done = 0;
  while (done < count) {
    const int n = ::sendmmsg(socket_.get(), &messages[done], static_cast<unsigned>(count - done), 0);
    if (n > 0) {
      done += static_cast<size_t>(n);
    } else if (errno == ENOBUFS) {  // the device took the frame and dropped it, or there was no memory: gone either way
      ++refused_;
      ++done;
    } else if (errno == EINTR) {
      if (stop_) break;
    } else {
      return sys_fail(errno, "the packet TX engine cannot send");
    }
  }
  cursor_ = (cursor_ + done) % table_.frames.size();
  planned_.fetch_add(done, std::memory_order_release);
  return {};
}

Result<void> PacketEngine::send_probe(uint64_t due) {
  const uint64_t sequence = probes_.load(std::memory_order_relaxed);
  ProbeFrame& probe = table_.probes[sequence % table_.probes.size()];
  stamp_probe(probe.bytes, probe, static_cast<uint32_t>(sequence), due, monotonic_ns());
  while (::send(socket_.get(), probe.bytes.data(), probe.bytes.size(), 0) < 0) {
    if (errno == EINTR && !stop_) continue;
    if (errno == EINTR) return {};
    if (errno != ENOBUFS) return sys_fail(errno, "the packet TX engine cannot send a probe");
    ++refused_;
    break;
  }
  probes_.fetch_add(1, std::memory_order_release);
  return {};
}

Sent PacketEngine::sent() const {
  return {.planned = planned_.load(std::memory_order_acquire),
          .refused = refused_.load(std::memory_order_acquire),
          .probes = probes_.load(std::memory_order_acquire),
          .start_ns = start_ns_,
          .late_max_ns = late_max_ns_.load(std::memory_order_relaxed)};
}

Result<Sent> PacketEngine::stop() {
  stop_ = true;
  FWBENCH_TRY(thread_.interrupt_and_join());
  return sent();
}

}  // namespace

Result<std::unique_ptr<TxEngineBase>> open_packet_engine(const TxEngineConfig& config) {
  auto ns = NetNsScope::enter_fd(config.netns_fd);
  if (!ns) return tl::unexpected(ns.error());
  UniqueFd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));  // protocol 0: it shall not receive
  if (!socket.valid()) return sys_fail(errno, "cannot open an AF_PACKET socket");
  const int on = 1;
  if (::setsockopt(socket.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) != 0) {
    return sys_fail(errno, "cannot set PACKET_QDISC_BYPASS");
  }
  sockaddr_ll address = {};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = config.egress_ifindex;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return sys_fail(errno, "cannot bind an AF_PACKET socket to link {}", config.egress_ifindex);
  }
  return std::make_unique<PacketEngine>(std::move(socket), config);
}

}  // namespace fwbench
