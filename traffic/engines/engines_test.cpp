// SPDX-License-Identifier: BSD-2-Clause
/// The instrument itself, on real packets: what the engines say they sent is what the kernel and the sink counted.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>
#include <thread>
#include <vector>

#include "lab/lab.h"
#include "lab/lab_process.h"
#include "lab/netns.h"
#include "null.skel.h"
#include "traffic/engines/sink.h"
#include "traffic/engines/turns_engine.h"
#include "traffic/engines/tx_engine.h"

namespace fwbench {
namespace {

using std::chrono::milliseconds;

TrafficSpec small_traffic(uint32_t frames, TxEngine engine) {
  TrafficClass udp;
  udp.name = "udp";
  udp.l4proto = 17;
  udp.saddr = {{0xc6120001, 0xc61200ff}};
  udp.daddr = {{0xc6130001, 0xc61300ff}};
  udp.sport = {{1024, 65535}};
  udp.dport = {{53, 53}};
  udp.sizes = {{60, 1}};
  TrafficSpec spec;
  spec.frames = frames;
  spec.engine = engine;
  spec.classes = {udp};
  spec.probe_class = "udp";
  return spec;
}

struct NullDestroy {
  void operator()(null_bpf* skeleton) const { null_bpf__destroy(skeleton); }
};

/// A lab with null-pass or null-drop as the DUT.
struct Bench {
  Lab lab;
  FrameTable table;
  std::unique_ptr<null_bpf, NullDestroy> null;
  XdpLink link;
  Sink sink;
  std::unique_ptr<TxEngineBase> engine;

  static Result<Bench> open(const TrafficSpec& spec, bool pass) {
    auto lab = Lab::build({.mtu = FW_MAX_FRAME - 14});
    if (!lab) return tl::unexpected(lab.error());
    auto table = build_frames(spec, 0x12345678);
    if (!table) return tl::unexpected(table.error());
    std::unique_ptr<null_bpf, NullDestroy> null(null_bpf__open());
    null->rodata->egress_ifindex = static_cast<uint32_t>(lab->d1().ifindex);
    if (null_bpf__load(null.get()) != 0) return fail(ErrorKind::internal, "null");
    auto link =
        XdpLink::attach(pass ? null->progs.null_pass : null->progs.null_drop, lab->d0().ifindex, XdpMode::native);
    if (!link) return tl::unexpected(link.error());
    auto sink = Sink::open(
        {.netns_fd = lab->sink_ns().fd(), .ifindex = lab->s0().ifindex, .table = &*table, .probe_capacity = 100'000});
    if (!sink) return tl::unexpected(sink.error());
    auto engine = open_tx_engine({.kind = spec.engine,
                                  .netns_fd = lab->gen_ns().fd(),
                                  .egress_ifindex = lab->g0().ifindex,
                                  .cpu = 0,
                                  .table = &*table});
    if (!engine) return tl::unexpected(engine.error());
    return Bench{std::move(*lab),  std::move(*table), std::move(null),
                 std::move(*link), std::move(*sink),  std::move(*engine)};
  }

  dut_counters dut_total() const {
    dut_counters sum = {};
    const auto per_cpu = read_per_cpu<dut_counters>(null->maps.counters, 0).value();
    for (const dut_counters& c : per_cpu) {
      sum.seen += c.seen;
      sum.passed += c.passed;
      sum.dropped += c.dropped;
    }
    return sum;
  }
};

/// Runs `test` in a lab; its exit code says which expectation failed first.
void in_lab(const TrafficSpec& spec, bool pass, const std::function<void(Bench&)>& test) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root: sends real packets";
  const auto code = run_in_lab_process([&]() -> int {
    auto bench = Bench::open(spec, pass);
    if (!bench) {
      fmt::print(stderr, "{}\n", bench.error().to_string());
      return 1;
    }
    test(*bench);
    return ::testing::Test::HasFailure() ? 2 : 0;
  });
  EXPECT_EQ(code.value_or(-1), 0);
}

class Engines : public ::testing::TestWithParam<TxEngine> {};

TEST_P(Engines, LimitedFloodArrivesExactlyAndEvenly) {
  in_lab(small_traffic(4096, GetParam()), true, [](Bench& bench) {
    constexpr uint64_t kFrames = 4096 * 3 + 100;
    ASSERT_TRUE(bench.engine->start({.frames = kFrames}));
    for (int i = 0; i < 200 && bench.engine->sent().planned < kFrames; ++i)
      std::this_thread::sleep_for(milliseconds(10));
    const Sent sent = bench.engine->stop().value();
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_EQ(sent.planned, kFrames);
    EXPECT_EQ(bench.dut_total().seen, kFrames);
    EXPECT_EQ(bench.sink.counters().frames, kFrames);
    EXPECT_EQ(bench.sink.counters().foreign, 0U);
    const auto arrivals = bench.sink.arrivals();
    for (size_t i = 0; i < arrivals.size(); ++i) ASSERT_EQ(arrivals[i], times_emitted(kFrames, 4096, i)) << i;
  });
}

// Catches a turn that loses a frame or goes to the wrong lab, and lanes that share a cursor.
TEST(TurnsEngine, GivesEachLabItsFramesInOrderByTurns) {
  in_lab(small_traffic(4096, TxEngine::live), true, [](Bench& one) {
    auto second_ns = NetNs::create();
    ASSERT_TRUE(second_ns);
    auto inside = NetNsScope::enter(*second_ns);
    ASSERT_TRUE(inside);
    auto opened = Bench::open(small_traffic(4096, TxEngine::live), true);
    ASSERT_TRUE(opened) << opened.error().to_string();
    Bench& other = *opened;
    Bench* const labs[] = {&one, &other};
    auto engine = TurnsEngine::open(one.table,
                                    {{.netns_fd = one.lab.gen_ns().fd(), .egress_ifindex = one.lab.g0().ifindex},
                                     {.netns_fd = other.lab.gen_ns().fd(), .egress_ifindex = other.lab.g0().ifindex}},
                                    0);
    ASSERT_TRUE(engine);
    ASSERT_TRUE(engine->start());
    std::this_thread::sleep_for(milliseconds(20));
    for (const size_t lane : {size_t{0}, size_t{1}}) EXPECT_EQ(engine->sent(lane).planned, 0U) << "before any turn";
    for (int turn = 0; turn < 10; ++turn) {
      const size_t lane = static_cast<size_t>(turn) % kLanes;
      engine->turn(lane);
      std::this_thread::sleep_for(milliseconds(2));
      const uint64_t before = engine->sent(1 - lane).planned;
      std::this_thread::sleep_for(milliseconds(5));
      EXPECT_EQ(engine->sent(1 - lane).planned, before) << "it is not its turn";
    }
    ASSERT_TRUE(engine->stop());
    std::this_thread::sleep_for(milliseconds(50));
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const uint64_t planned = engine->sent(lane).planned;
      EXPECT_GT(planned, 4096U) << lane;
      EXPECT_EQ(labs[lane]->sink.counters().frames, planned) << lane;
      EXPECT_EQ(labs[lane]->sink.counters().foreign, 0U) << lane;
      const auto arrivals = labs[lane]->sink.arrivals();
      for (size_t i = 0; i < arrivals.size(); ++i) ASSERT_EQ(arrivals[i], times_emitted(planned, 4096, i)) << i;
    }
  });
}

TEST_P(Engines, TheLargestFramesArriveWhole) {
  TrafficSpec spec = small_traffic(4096, GetParam());
  spec.classes.front().sizes = {{60, 1}, {FW_MAX_FRAME, 1}};
  in_lab(spec, true, [](Bench& bench) {
    constexpr uint64_t kFrames = 4096;
    ASSERT_TRUE(bench.engine->start({.frames = kFrames}));
    for (int i = 0; i < 200 && bench.engine->sent().planned < kFrames; ++i) {
      std::this_thread::sleep_for(milliseconds(10));
    }
    ASSERT_TRUE(bench.engine->stop());
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_EQ(bench.sink.counters().frames, kFrames);
    // veth counts an skb without its Ethernet header (drivers/net/veth.c, veth_xdp_rcv).
    const size_t uncounted = GetParam() == TxEngine::live ? 0 : 14;
    uint64_t bytes = 0;
    for (const Frame& frame : bench.table.frames) bytes += frame.bytes.size() - uncounted;
    EXPECT_EQ(bench.lab.counters().value().at("d0.rx_queue_0_xdp_bytes"), bytes);
  });
}

TEST_P(Engines, StoppedFloodHasBalancedBooks) {
  in_lab(small_traffic(4096, GetParam()), false, [](Bench& bench) {
    ASSERT_TRUE(bench.engine->start({}));
    std::this_thread::sleep_for(milliseconds(200));
    const Sent sent = bench.engine->stop().value();
    std::this_thread::sleep_for(milliseconds(20));
    const auto counters = bench.lab.counters().value();
    EXPECT_GT(sent.planned, 10'000U);
    EXPECT_EQ(sent.planned, counters.at("d0.rx_queue_0_xdp_packets") + counters.at("g0.tx_dropped"));
    EXPECT_EQ(bench.dut_total().seen, counters.at("d0.rx_queue_0_xdp_packets"));
    RecordProperty("planned", std::to_string(sent.planned));
  });
}

TEST_P(Engines, PacedRateAndProbesAreOnSchedule) {
  in_lab(small_traffic(4096, GetParam()), true, [](Bench& bench) {
    constexpr uint64_t kFrames = 10'000;
    constexpr uint64_t kProbes = 1'000;
    ASSERT_TRUE(
        bench.engine->start({.rate_pps = 50'000, .frames = kFrames, .probe_rate_pps = 5'000, .probes = kProbes}));
    std::this_thread::sleep_for(milliseconds(400));
    const Sent sent = bench.engine->stop().value();
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_EQ(sent.planned, kFrames);
    EXPECT_EQ(sent.probes, kProbes);
    EXPECT_GT(sent.late_max_ns, 0U);
    EXPECT_EQ(bench.sink.counters().probes, kProbes);
    EXPECT_EQ(bench.sink.counters().frames, kFrames);
    EXPECT_EQ(bench.sink.counters().reordered, 0U);
    for (const probe_arrival& probe : bench.sink.probes(kProbes)) {
      ASSERT_EQ(probe.arrivals, 1U);
      ASSERT_GT(probe.delay_ns, 0U);
      ASSERT_GE(probe.delay_ns, probe.lateness_ns);
    }
  });
}

/// The sink finds every kind of frame; in front of it is a device that changes nothing.
TEST_P(Engines, FramesOfEveryShapeArriveAndAreKnown) {
  TrafficSpec spec = small_traffic(4096, GetParam());
  TrafficClass tcp4 = spec.classes.front();
  tcp4.l4proto = 6;
  tcp4.tcp_flags = {2};
  TrafficClass tcp6 = tcp4;
  tcp6.ip = IpVersion::v6;
  tcp6.saddr = tcp6.daddr = {{FieldValue{0x20010002} << 96, (FieldValue{0x20010002} << 96) + 255}};
  TrafficClass udp6 = tcp6;
  udp6.l4proto = 17;
  using enum FragmentKind;
  using enum Malformation;
  const auto add = [&spec](TrafficClass c, std::vector<FragmentKind> fragments, std::vector<Malformation> malformed) {
    c.name = fmt::format("class{}", spec.classes.size());
    c.fragments = std::move(fragments);
    c.malformed = std::move(malformed);
    spec.classes.push_back(c);
  };
  const TrafficClass udp4 = spec.classes.front();
  add(tcp4, {first, middle, last, tiny, overlapping}, {});
  add(tcp6, {first, middle, last, tiny, overlapping, atomic}, {});
  add(udp4, {first, middle, last}, {});
  add(tcp4, {},
      {version, ihl_short, ihl_long, length_short, length_long, ip_truncated, ip_checksum, l4_truncated, l4_checksum,
       tcp_offset_short, tcp_offset_long});
  add(udp4, {}, {udp_length_short, udp_length_long, l4_truncated, l4_checksum});
  add(tcp6, {}, {version, length_short, length_long, ip_truncated, l4_truncated, tcp_offset_long, exthdr_truncated});
  udp6.extension_headers = {ExtensionHeader::hop_by_hop, ExtensionHeader::routing, ExtensionHeader::destination,
                            ExtensionHeader::destination};
  add(udp6, {atomic, middle}, {});
  spec.classes.front().vlan = {{1, 4094}};
  in_lab(spec, true, [](Bench& bench) {
    constexpr uint64_t kFrames = 4096 * 2;
    ASSERT_TRUE(bench.engine->start({.frames = kFrames}));
    for (int i = 0; i < 200 && bench.engine->sent().planned < kFrames; ++i)
      std::this_thread::sleep_for(milliseconds(10));
    ASSERT_TRUE(bench.engine->stop());
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_EQ(bench.sink.counters().foreign, 0U);
    const auto arrivals = bench.sink.arrivals();
    for (size_t i = 0; i < arrivals.size(); ++i) ASSERT_EQ(arrivals[i], 2U) << i;
  });
}

TEST_P(Engines, BurstsKeepTheMeanRate) {
  TrafficSpec spec = small_traffic(4096, GetParam());
  spec.classes.front().burst = 256;
  in_lab(spec, true, [](Bench& bench) {
    constexpr uint64_t kFrames = 20 * 256;
    ASSERT_TRUE(bench.engine->start({.rate_pps = 25'600, .frames = kFrames}));  // a burst each 10 ms
    int between_bursts = 0;
    std::set<uint64_t> seen;
    for (int i = 0; i < 400 && !seen.contains(kFrames); ++i) {
      std::this_thread::sleep_for(milliseconds(1));
      const uint64_t planned = bench.engine->sent().planned;
      seen.insert(planned);
      if (planned % 256 == 0) ++between_bursts;
    }
    EXPECT_EQ(bench.engine->stop().value().planned, kFrames);
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_GT(between_bursts, 50) << "frame by frame one look in 256 would find a multiple";
    EXPECT_GT(seen.size(), 3U) << "not all at once";
    EXPECT_EQ(bench.sink.counters().frames, kFrames);
  });
}

// Catches a Poisson load whose rate is another, or that is even after all.
TEST_P(Engines, PoissonArrivalsComeAtTheRateAndUnevenly) {
  in_lab(small_traffic(4096, GetParam()), true, [](Bench& bench) {
    constexpr double kRate = 50'000;
    ASSERT_TRUE(bench.engine->start({.rate_pps = static_cast<uint64_t>(kRate), .poisson = true}));
    std::this_thread::sleep_for(milliseconds(100));
    std::vector<double> off;
    double expected = 0;
    double counted = 0;
    auto from = std::chrono::steady_clock::now();
    auto sent = static_cast<double>(bench.engine->sent().planned);
    for (int i = 0; i < 41; ++i) {
      std::this_thread::sleep_for(milliseconds(10));
      const auto now = std::chrono::steady_clock::now();
      const auto sent_now = static_cast<double>(bench.engine->sent().planned);
      const double due = std::chrono::duration<double>(now - from).count() * kRate;
      off.push_back(std::abs(sent_now - sent - due));
      expected += due;
      counted += sent_now - sent;
      from = now;
      sent = sent_now;
    }
    const Sent all = bench.engine->stop().value();
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_NEAR(counted, expected, expected / 10);
    EXPECT_EQ(bench.sink.counters().frames, all.planned);
    // 500 frames in 10 ms have a standard deviation of 22, even ones none.
    std::nth_element(off.begin(), off.begin() + 20, off.end());
    EXPECT_GT(off[20], 5);
  });
}

INSTANTIATE_TEST_SUITE_P(AllEngines, Engines, ::testing::Values(TxEngine::live, TxEngine::packet),
                         [](const auto& tested) { return tested.param == TxEngine::live ? "live" : "packet"; });

}  // namespace
}  // namespace fwbench
