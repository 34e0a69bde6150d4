// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/repro.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/file.h"
#include "traffic/packet.h"

namespace fwbench {
namespace {

TEST(Repro, FilesAndCommandFitTogether) {
  const auto root = std::filesystem::temp_directory_path() / fmt::format("fwbench repro {}", ::getpid());
  const auto folder = root / "a" / "xdp";
  const std::vector<PcapPacket> packets = {{.time_ns = 5, .bytes = Ethernet{} / IPv4{} / Udp{}}};
  const auto files = write_repro(folder, {.description = "two\nlines",
                                          .policy = "table",
                                          .packets = packets,
                                          .command = "fwbench replay {pcap} --policy {policy}"});
  ASSERT_TRUE(files) << files.error().to_string();
  EXPECT_EQ(files->command, fmt::format("fwbench replay '{}' --policy '{}'", (folder / "repro.pcap").string(),
                                        (folder / "repro.nft").string()));
  EXPECT_EQ(read_pcap(files->pcap).value(), packets);
  EXPECT_EQ(read_file(files->policy).value(), "table");
  EXPECT_EQ(read_file(folder / "repro.sh").value(), "# two?lines\n" + files->command + "\n");
  std::filesystem::remove_all(root);
}

TEST(Repro, WordsAreQuotedWhereTheyHaveToBe) {
  EXPECT_EQ(shell_word("out/a-1.pcap"), "out/a-1.pcap");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("it's; rm"), "'it'\\''s; rm'");
}

TEST(Repro, TimesThatDoNotFitAreTheNearestThatDo) {
  EXPECT_EQ(pcap_time(-1), 0U);
  EXPECT_EQ(pcap_time(7), 7U);
  EXPECT_EQ(pcap_time(INT64_MAX), 2'147'483'647'000'000'000U);
}

}  // namespace
}  // namespace fwbench
