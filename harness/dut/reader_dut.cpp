// SPDX-License-Identifier: BSD-2-Clause
/// Sockets that are read to the end and thrown away: what every packet costs that comes to user space the usual way.
#include <netinet/in.h>

#include <algorithm>
#include <optional>

#include "dut/duts.h"
#include "dut/tc_tail.h"
#include "engine/frame_fields.h"
#include "judge/stack.h"
#include "reader/packet_socket.h"
#include "reader/udp_socket.h"
#include "traffic/summary.h"

namespace fwbench {
namespace {

constexpr const char* kTaken = "d0.rx_queue_0_xdp_packets";

Result<uint64_t> taken_by(Lab& lab) {
  auto counters = lab.counters();
  if (!counters) return tl::unexpected(counters.error());
  return (*counters)[kTaken];
}

/// @tparam Socket with read_all() and lost(). What its queue had no room for is lost, as in the rings of AF_XDP.
template <typename Socket>
class ReaderDut : public Dut {
 public:
  ReaderDut(const char* process_name, const DutInputs& inputs)
      : process_name_(process_name), lab_(*inputs.lab), ifindex_(inputs.in.ifindex), cpu_(inputs.app_cpu) {}

  Result<void> start() final;
  Result<DutCounters> counters() final;
  Result<uint64_t> dropped() final { return process_->received(); }
  Result<void> stop() final;

 protected:
  [[nodiscard]] int ifindex() const { return ifindex_; }

 private:
  [[nodiscard]] virtual Result<Socket> open_socket() = 0;
  /// What else has to be there before the first frame, and gone after the last.
  [[nodiscard]] virtual Result<void> attach() { return {}; }
  virtual void detach() {}

  const char* process_name_;
  Lab& lab_;
  int ifindex_;
  int cpu_;
  uint64_t taken_before_ = 0;
  std::optional<Socket> socket_;
  std::optional<ReaderProcess> process_;  ///< leaves before its socket
};

template <typename Socket>
Result<void> ReaderDut<Socket>::start() {
  auto taken = taken_by(lab_);
  if (!taken) return tl::unexpected(taken.error());
  taken_before_ = *taken;
  FWBENCH_TRY(attach());
  auto socket = open_socket();
  if (!socket) {
    detach();
    return tl::unexpected(socket.error());
  }
  socket_.emplace(std::move(*socket));
  auto process =
      ReaderProcess::start(process_name_, cpu_, [this](ReaderState& state) { return socket_->read_all(state); });
  if (!process) {
    socket_.reset();
    detach();
    return tl::unexpected(process.error());
  }
  process_.emplace(std::move(*process));
  return {};
}

template <typename Socket>
Result<DutCounters> ReaderDut<Socket>::counters() {
  FWBENCH_TRY(process_->check());
  auto taken = taken_by(lab_);
  if (!taken) return tl::unexpected(taken.error());
  auto lost = socket_->lost();
  if (!lost) return tl::unexpected(lost.error());
  // What waits in the queue is in neither: then the books do not balance yet, and the trial goes on draining.
  return DutCounters{.seen = *taken - taken_before_,
                     .passed = 0,
                     .dropped_by_rule = process_->received(),
                     .dropped_by_stack = 0,
                     .aborted = 0,
                     .lost_xsk = *lost};
}

template <typename Socket>
Result<void> ReaderDut<Socket>::stop() {
  if (!process_) return {};
  Result<void> stopped = process_->stop();
  process_.reset();
  socket_.reset();
  detach();
  return stopped;
}

class PacketReaderDut final : public ReaderDut<PacketSocket> {
 public:
  PacketReaderDut(const DutInputs& inputs, TcTail tail) : ReaderDut("fwbench-tap", inputs), tail_(std::move(tail)) {}

 private:
  Result<PacketSocket> open_socket() override { return PacketSocket::open(ifindex()); }
  Result<void> attach() override { return tail_.attach(ifindex()); }
  void detach() override { tail_.detach(); }

  TcTail tail_;
};

class UdpReaderDut final : public ReaderDut<UdpSocket> {
 public:
  UdpReaderDut(const DutInputs& inputs, uint16_t port) : ReaderDut("fwbench-udp", inputs), port_(port) {}

 private:
  Result<UdpSocket> open_socket() override { return UdpSocket::open(port_); }

  uint16_t port_;
};

/// Of a datagram that the stack would hand to a socket; nothing for any other frame.
std::optional<uint16_t> port_of(const Frame& frame) {
  if (stack_fate(frame.bytes, StackPath::input) != StackFate::survives) return std::nullopt;
  const FrameFields fields = read_fields({frame.bytes.data(), static_cast<uint32_t>(frame.bytes.size())});
  const bool datagram = fields.has(Field::ip_daddr) && fields.has(Field::l4proto) && fields.l4proto == IPPROTO_UDP &&
                        fields.has(Field::th_dport);
  return datagram ? std::optional(fields.th_dport) : std::nullopt;
}

/// The one port that all frames go to.
Result<uint16_t> only_port(const FrameTable& table) {
  std::optional<uint16_t> port;
  for (const Frame& frame : table.frames) {
    const auto its = port_of(frame);
    const bool other = its && port && *its != *port;
    if (!its || other) {
      return fail(ErrorKind::unsupported,
                  "cannot take this traffic: it reads one UDP socket, of IPv4 and of one port, and there is {}{}",
                  summarize_frame(frame.bytes), other ? fmt::format(" besides port {}", *port) : std::string());
    }
    port = its;
  }
  if (!port) return fail(ErrorKind::unsupported, "cannot take this traffic: there is none");
  return *port;
}

}  // namespace

Result<std::unique_ptr<Dut>> open_packet_reader(const DutInputs& inputs) {
  auto tail = TcTail::load(TcTailAction::drop, 0);
  if (!tail) return tl::unexpected(tail.error());
  return std::make_unique<PacketReaderDut>(inputs, std::move(*tail));
}

Result<std::unique_ptr<Dut>> open_udp_reader(const DutInputs& inputs) {
  const auto port = only_port(*inputs.table);
  if (!port) return tl::unexpected(port.error());
  return std::make_unique<UdpReaderDut>(inputs, *port);
}

}  // namespace fwbench
