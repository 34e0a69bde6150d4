// SPDX-License-Identifier: BSD-2-Clause
/// Captures that are made here, through real devices in real labs. Needs root.

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/file.h"
#include "lab/lab_process.h"
#include "replay/replay.h"
#include "traffic/packet.h"
#include "traffic/pcap_file.h"
#include "traffic/random.h"

namespace fwbench {
namespace {

constexpr const char* kRules =
    "table netdev t {\n  chain c {\n"
    "    type filter hook ingress device \"d0\" priority 0; policy accept;\n"
    "    tcp dport 22 drop\n"
    "    ip saddr 198.18.3.0/24 udp dport 53 drop\n"
    "    ether type arp drop\n  }\n}\n";

class ReplayRoot : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root for namespaces and BPF programs";
    std::filesystem::create_directories(folder_);
    ASSERT_TRUE(write_file_atomically(policy_, kRules));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& name, const std::vector<PcapPacket>& packets) const {
    EXPECT_TRUE(write_pcap(folder_ / name, packets));
    return folder_ / name;
  }
  ReplayOptions options(const std::vector<std::filesystem::path>& files, const std::vector<std::string>& duts) const {
    ReplayOptions options = {.files = files,
                             .policy = load_policy(policy_).policy,
                             .duts = {},
                             .speed = {},
                             .capture = {},
                             .out = folder_ / "out",
                             .write_passed = {},
                             .write_dropped = {},
                             .write_mismatch = {}};
    for (const std::string& name : duts) options.duts.push_back(find_dut(name));
    return options;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / fmt::format("fwbench-replay-{}", ::getpid());
  const std::filesystem::path policy_ = folder_ / "policy.nft";
};

/// In a lab process; what the check finds there fails the test here.
void replay(const ReplayOptions& options, int expected_code, const std::function<void(const ReplayReport&)>& check) {
  const auto code = run_in_lab_process([&]() -> int {
    const auto report = replay_captures(options, {});
    if (!report) {
      ADD_FAILURE() << report.error().to_string();
      return 1;
    }
    EXPECT_EQ(exit_code_of(*report), expected_code) << render_replay(*report, false);
    check(*report);
    if (::testing::Test::HasFailure()) fmt::print(stderr, "{}", render_replay(*report, false));
    return ::testing::Test::HasFailure() ? 1 : 0;
  });
  EXPECT_EQ(code.value_or(-1), 0);
}

/// Everything that a network has to offer, some of it more than once.
std::vector<PcapPacket> mixed_packets(size_t count) {
  SplitMix64 random(11);
  std::vector<PcapPacket> packets;
  for (size_t i = 0; i < count; ++i) {
    const auto port = static_cast<uint16_t>(random.up_to(1) == 0 ? 22 : 80);
    const IPv4 v4 = {.src = Ipv4Address(static_cast<uint32_t>(0xc6120000 + random.up_to(0xfff)))};
    const size_t size = static_cast<size_t>(random.up_to(1'400));
    std::vector<std::byte> bytes;
    switch (random.up_to(6)) {
      case 0:
        bytes = Ethernet{} / Arp{};
        break;
      case 1:
        bytes = Ethernet{} / Vlan{.id = 7} / v4 / Tcp{.dport = port};
        break;
      case 2:
        bytes = Ethernet{} / IPv6{} / Tcp{.dport = port} / Payload{.size = size};
        break;
      case 3:
        bytes = Ethernet{} / v4 / Udp{} / Payload{.size = size};
        break;
      case 4:
        bytes = (Ethernet{} / v4 / Tcp{.dport = port}).cut(14 + static_cast<size_t>(random.up_to(40)));
        break;
      default:
        // Segments that follow each other, as GRO would put them together.
        bytes = Ethernet{} / IPv4{} / Tcp{.dport = 80, .seq = static_cast<uint32_t>(i * 100), .flags = kTcpAck} /
                Payload{.size = 100};
    }
    packets.push_back({.time_ns = 1'000'000'000 + i * 20'000, .bytes = std::move(bytes)});
    if (i % 9 == 0) packets.push_back(packets.back());
  }
  return packets;
}

TEST_F(ReplayRoot, EveryPacketMeetsTheOraclesVerdictAtAnySpeed) {
  const auto file = write("mixed.pcap", mixed_packets(2'000));
  ReplayOptions replayed = options({file}, {"xdp", "xdp-skb", "tc-bpf", "afxdp", "nft"});
  replayed.loop = 2;
  replay(replayed, exit_ok, [](const ReplayReport& report) {
    for (const DutReplay& dut : report.files.at(0).duts) {
      EXPECT_EQ(dut.end, ReplayEnd::exact) << dut.dut;
      EXPECT_EQ(dut.ledger.unaccounted, 0) << dut.dut;
      EXPECT_EQ(dut.delivery.passed + dut.delivery.dropped + dut.delivery.open, dut.ledger.planned) << dut.dut;
      EXPECT_GT(dut.delivery.passed, 1'000U) << dut.dut;
      EXPECT_GT(dut.delivery.dropped, 1'000U) << dut.dut;
    }
  });
  replayed.duts = {find_dut("xdp")};
  replayed.speed = {.pace = ReplayPace::recorded};
  replay(replayed, exit_ok, [](const ReplayReport& report) {
    const DutReplay& dut = report.files.at(0).duts.at(0);
    ASSERT_TRUE(dut.timing);
    EXPECT_EQ(dut.timing->n, dut.ledger.planned);
    EXPECT_LE(dut.timing->p50_ns, dut.timing->p99_ns);
    EXPECT_LE(dut.timing->p99_ns, dut.timing->max_ns);
  });
}

TEST_F(ReplayRoot, ARouterGetsMappedAddressesAndForwardsAsExpected) {
  const auto file = write("mixed.pcap", mixed_packets(1'000));
  replay(options({file}, {"nft-forward", "nft-prerouting", "iptables"}), exit_ok, [](const ReplayReport& report) {
    for (const DutReplay& dut : report.files.at(0).duts) {
      // Who drops ARP by a rule cannot be asked in iptables' language.
      if (dut.end == ReplayEnd::left_out) continue;
      EXPECT_EQ(dut.end, ReplayEnd::exact) << dut.dut;
      EXPECT_TRUE(dut.macs_mapped);
      EXPECT_GT(dut.delivery.passed, 300U) << dut.dut;
    }
  });
}

/// Were arrivals not looked at, or the evidence not the same case, this would be green.
TEST_F(ReplayRoot, AWrongVerdictIsEvidenceThatShowsItAgain) {
  std::vector<PcapPacket> packets = mixed_packets(300);
  packets.insert(packets.begin() + 100, {.time_ns = 7, .bytes = Ethernet{} / IPv4{.src = "198.18.2.9"} / Udp{}});
  ReplayOptions replayed = options({write("wrong.pcap", packets)}, {"fault-prefix"});
  replayed.write_passed = folder_ / "passed.pcap";
  replayed.write_dropped = folder_ / "dropped.pcap";
  replayed.write_mismatch = folder_ / "mismatch.pcap";
  replay(replayed, exit_verdict_mismatch, [&](const ReplayReport& report) {
    const DutReplay& dut = report.files.at(0).duts.at(0);
    EXPECT_GE(dut.delivery.missing, 1U);
    EXPECT_EQ(dut.delivery.leaked + dut.delivery.extra + dut.delivery.changed, 0U);
    EXPECT_NE(dut.command.find("--dut fault-prefix"), std::string::npos);
    ASSERT_FALSE(dut.deviations.empty());
    EXPECT_NE(dut.deviations[0].find("198.18.2."), std::string::npos) << dut.deviations[0];
    const auto wrong = read_pcap(replayed.write_mismatch).value();
    EXPECT_EQ(wrong.size(), dut.delivery.missing);
    EXPECT_EQ(read_pcap(replayed.write_passed)->size(), dut.ledger.arrived);
    EXPECT_EQ(read_pcap(replayed.write_dropped)->size(), dut.ledger.planned - dut.ledger.arrived);
  });
  const auto evidence = folder_ / "out" / "wrong-fault-prefix";
  const auto repro = read_pcap(evidence / "repro.pcap");
  ASSERT_TRUE(repro);
  EXPECT_LT(repro->size(), 100U) << "the whole capture";
  ReplayOptions again = options({evidence / "repro.pcap"}, {"fault-prefix", "xdp"});
  again.policy = load_policy(evidence / "repro.nft").policy;
  replay(again, exit_verdict_mismatch, [](const ReplayReport& report) {
    EXPECT_EQ(report.files.at(0).duts.at(0).end, ReplayEnd::wrong);
    EXPECT_EQ(report.files.at(0).duts.at(1).end, ReplayEnd::exact);
  });
}

TEST_F(ReplayRoot, FilesThatAreNoneAreNamedAndTheOthersGoOn) {
  const auto good = write("good.pcap", {{.time_ns = 1, .bytes = Ethernet{} / IPv4{} / Udp{}}});
  const auto empty = write("empty.pcap", {});
  const std::vector<PcapPacket> giant = {{.time_ns = 0, .bytes = std::vector<std::byte>(FW_MAX_FRAME + 1)}};
  const auto nothing = write("giant.pcap", giant);
  replay(options({policy_, empty, nothing, good}, {"xdp"}), exit_ok, [](const ReplayReport& report) {
    EXPECT_NE(report.files.at(0).refused, "");
    EXPECT_EQ(report.files.at(1).duts.at(0).end, ReplayEnd::empty);
    EXPECT_EQ(report.files.at(2).duts.at(0).end, ReplayEnd::empty);
    EXPECT_EQ(report.files.at(2).capture.skipped(), 1U);
    EXPECT_EQ(report.files.at(3).duts.at(0).end, ReplayEnd::exact);
  });
  replay(options({policy_}, {"xdp"}), exit_usage, [](const ReplayReport&) {});
  replay(options({empty}, {"xdp"}), exit_skipped, [](const ReplayReport&) {});
}

TEST_F(ReplayRoot, AHundredThousandPacketsWithDuplicatesAtMaxAndAtARate) {
  const auto file = write("large.pcap", mixed_packets(100'000));
  ReplayOptions replayed = options({file}, {"xdp", "nft"});
  const auto all_are_judged = [](const ReplayReport& report) {
    for (const DutReplay& dut : report.files.at(0).duts) {
      EXPECT_EQ(dut.end, ReplayEnd::exact) << dut.dut;
      EXPECT_EQ(dut.ledger.planned, report.loop * report.files.at(0).capture.records) << dut.dut;
      EXPECT_EQ(dut.delivery.passed + dut.delivery.dropped + dut.delivery.open, dut.ledger.planned) << dut.dut;
      EXPECT_EQ(dut.ledger.unaccounted, 0) << dut.dut;
    }
  };
  replay(replayed, exit_ok, all_are_judged);
  replayed.duts = {find_dut("xdp")};
  replayed.loop = 2;
  replayed.speed = {.pace = ReplayPace::rate, .pps = 200'000};
  replay(replayed, exit_ok, [&](const ReplayReport& report) {
    all_are_judged(report);
    ASSERT_TRUE(report.files.at(0).duts.at(0).timing);
    EXPECT_EQ(report.files.at(0).duts.at(0).timing->n, report.files.at(0).duts.at(0).ledger.planned);
  });
}

}  // namespace
}  // namespace fwbench
