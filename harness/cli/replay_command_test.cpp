// SPDX-License-Identifier: BSD-2-Clause
/// `fwbench replay` as its users start it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/test_process.h"
#include "core/file.h"
#include "traffic/packet.h"
#include "traffic/pcap_file.h"

namespace fwbench {
namespace {

using ::testing::HasSubstr;

constexpr const char* kEdge = FWBENCH_SOURCE_DIR "/scenarios/policies/edge.nft";

class ReplayCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_ / "captures");
    const std::vector<PcapPacket> packets = {{.time_ns = 1, .bytes = Ethernet{} / Arp{}},
                                             {.time_ns = 2, .bytes = Ethernet{} / IPv4{} / Udp{}},
                                             {.time_ns = 3, .bytes = std::vector<std::byte>(4'000)}};
    ASSERT_TRUE(write_pcap(folder_ / "captures" / "a.pcap", packets));
    ASSERT_TRUE(write_file_atomically(folder_ / "captures" / "notes.txt", "no capture"));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string file(const std::string& name) const { return (folder_ / name).string(); }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / fmt::format("fwbench_replay_command_{}", ::getpid());
};

TEST_F(ReplayCommand, WrongUsageIsSaidBeforeAnythingRuns) {
  const std::string capture = file("captures/a.pcap");
  const auto err_of = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"replay", capture, "--policy", kEdge};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProcessResult result = run_fwbench(arguments);
    EXPECT_EQ(result.exit_code, exit_usage) << result.err;
    return result.err;
  };
  EXPECT_THAT(err_of({"--dut", "tarot"}), HasSubstr("no DUT 'tarot'"));
  EXPECT_THAT(err_of({"--speed", "fast"}), HasSubstr("'fast' is no speed"));
  EXPECT_THAT(err_of({"--oversize", "pad"}), HasSubstr("not too small but too large"));
  EXPECT_THAT(err_of({"--truncated", "guess"}), HasSubstr("skip, pad, cut or fail"));
  EXPECT_THAT(err_of({"--loop", "0"}), HasSubstr("nothing to replay"));
  EXPECT_THAT(err_of({"--write-passed", file("x.pcap")}), HasSubstr("one capture and one DUT"));
  EXPECT_EQ(run_fwbench({"replay", file("no-such-folder/"), "--policy", file("no.nft")}).exit_code, exit_usage);
}

TEST_F(ReplayCommand, AFolderIsReplayedAndSaidAsJson) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root: sends real packets";
  const ProcessResult result =
      run_fwbench({"replay", file("captures"), "--policy", kEdge, "--dut", "xdp", "--json", "-", "--out", file("out")});
  ASSERT_EQ(result.exit_code, exit_ok) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  ASSERT_EQ(json["files"].size(), 2U);
  const auto& replayed = json["files"][0];
  EXPECT_EQ(replayed["capture"]["packets"], 3);
  EXPECT_EQ(replayed["capture"]["faults"][0]["skipped"], 1);
  EXPECT_EQ(replayed["capture"]["faults"][0]["first_packet"], 3);
  EXPECT_EQ(replayed["duts"][0]["outcome"], "exact");
  EXPECT_EQ(replayed["duts"][0]["delivery"]["passed"], 1);
  EXPECT_EQ(replayed["duts"][0]["delivery"]["dropped"], 1);
  EXPECT_EQ(replayed["duts"][0]["ledger"]["unaccounted"], 0);
  EXPECT_THAT(json["files"][1]["refused"].get<std::string>(), HasSubstr("notes.txt' is no capture"));
  const ProcessResult table = run_fwbench({"replay", file("captures/a.pcap"), "--policy", kEdge, "--dut", "xdp"});
  EXPECT_THAT(table.out, HasSubstr("first packet 3 at offset"));
  EXPECT_EQ(run_fwbench({"replay", file("captures/notes.txt"), "--policy", kEdge, "--dut", "xdp"}).exit_code,
            exit_usage);
}

TEST_F(ReplayCommand, ACaptureIsTheTrafficOfARunToo) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root: sends real packets";
  std::vector<PcapPacket> packets;
  for (uint16_t i = 0; i < 600; ++i) {
    const uint16_t port = i % 3 == 0 ? 22 : 80;
    const auto size = static_cast<size_t>(i % 7 * 200);
    packets.push_back(
        {.bytes = Ethernet{} / IPv4{} / Tcp{.dport = port, .seq = i, .flags = kTcpAck} / Payload{.size = size}});
    if (i % 5 == 0) packets.push_back(packets.back());
  }
  ASSERT_TRUE(write_pcap(folder_ / "run.pcap", packets));
  ASSERT_TRUE(write_file_atomically(folder_ / "p.nft",
                                    "table netdev t {\n  chain c {\n"
                                    "    type filter hook ingress device \"d0\" priority 0; policy accept;\n"
                                    "    tcp dport 22 drop\n  }\n}\n"));
  ASSERT_TRUE(
      write_file_atomically(folder_ / "captured.ini",
                            "[policy]\nfile = p.nft\n[dut]\nlist = xdp, tc-bpf, nft, nft-forward, fault-prefix\n"
                            "[traffic]\npcap = run.pcap\n[trial]\nrounds = 1\nduration = 50ms\ndelay_duration = 0s\n"));
  const ProcessResult result =
      run_fwbench({"run", file("captured.ini"), "--no-plots", "--json", "-", "--out", file("runs")});
  ASSERT_EQ(result.exit_code, exit_ok) << result.err << result.out;
  const auto json = nlohmann::json::parse(result.out);
  for (const char* const dut : {"xdp", "tc-bpf", "nft"}) {
    const auto& summary = json["summary"][dut];
    EXPECT_EQ(summary["ledger"]["unaccounted"], 0) << dut;
    EXPECT_EQ(summary["verdicts"]["false_pass"], 0) << dut;
    EXPECT_EQ(summary["verdicts"]["false_drop"], 0) << dut;
    EXPECT_GT(summary["verdicts"]["passed"], 1'000) << dut;
    EXPECT_GT(summary["verdicts"]["dropped"], 1'000) << dut;
  }
  EXPECT_THAT(json["summary"]["nft-forward"]["skipped"].get<std::string>(), HasSubstr("fwbench replay"));
}

}  // namespace
}  // namespace fwbench
