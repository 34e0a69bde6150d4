// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/captured_traffic.h"

#include "scenario/test_scenario.h"
#include "traffic/frame.h"
#include "traffic/packet.h"
#include "traffic/pcap_file.h"

namespace fwbench::scenario_test {
namespace {

using testing::HasSubstr;

constexpr std::string_view kCaptured = R"([policy]
file = p.nft
[dut]
list = xdp
[traffic]
pcap = web.pcap
[trial]
delay_duration = 0s
)";

constexpr std::string_view kProbes = R"([class.probes]
weight = 0
saddr = 198.18.0.1
daddr = 198.19.0.1
dport = 80
)";

class CapturedTraffic : public ScenarioTest {
 protected:
  void SetUp() override {
    ScenarioTest::SetUp();
    write("p.nft", kPolicy);
    const std::vector<PcapPacket> packets = {{.time_ns = 1, .bytes = kFrame},
                                             {.time_ns = 2, .bytes = std::vector<std::byte>(5'000)},
                                             {.time_ns = 3, .bytes = kFrame}};
    ASSERT_TRUE(write_pcap(folder_ / "web.pcap", packets));
  }
  [[nodiscard]] std::string error_of(const std::string& text) const {
    const PlannedScenario planned = plan(text);
    EXPECT_FALSE(planned.plan);
    return render(planned.diagnostics, false);
  }

  const std::vector<std::byte> kFrame = Ethernet{} / IPv4{} / Tcp{};
};

TEST_F(CapturedTraffic, FramesAreThePacketsAsTheyAre) {
  const PlannedScenario planned = plan(kCaptured);
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  const auto table = build_frames(planned.plan->traffic, 7);
  ASSERT_TRUE(table) << table.error().to_string();
  ASSERT_EQ(table->frames.size(), 2U);
  EXPECT_EQ(table->frames[1].bytes, kFrame);
  EXPECT_EQ(table->contents[0], table->contents[1]);
  EXPECT_TRUE(table->probes.empty());
  EXPECT_THAT(plan_to_text(*planned.plan), HasSubstr("web.pcap: 2 packets (EN10MB), 1 left out"));
  EXPECT_THAT(plan_to_json(*planned.plan), HasSubstr("\"left_out\": 1"));
}

TEST_F(CapturedTraffic, AClassOfNoWeightIsForProbes) {
  const std::string with_probes =
      replaced(replaced(std::string(kCaptured) + std::string(kProbes), "delay_duration = 0s", ""), "pcap = web.pcap",
               "pcap = web.pcap\nprobe_class = probes");
  const PlannedScenario planned = plan(with_probes);
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  const auto table = build_frames(planned.plan->traffic, 7);
  ASSERT_TRUE(table) << table.error().to_string();
  EXPECT_EQ(table->frames.size(), 2U);
  EXPECT_EQ(table->probes.size(), planned.plan->traffic.probe_templates);
  EXPECT_THAT(error_of(replaced(with_probes, "weight = 0", "weight = 1")), HasSubstr("class probes beside a capture"));
}

TEST_F(CapturedTraffic, WhatIsWrongIsSaidWhereTheFileIsNamed) {
  const std::string text(kCaptured);
  EXPECT_THAT(error_of(replaced(text, "web.pcap", "no.pcap")), HasSubstr("s.ini:6:8: error: cannot read"));
  EXPECT_THAT(error_of(replaced(text, "web.pcap", "p.nft")), HasSubstr("is no capture"));
  ASSERT_TRUE(write_pcap(folder_ / "empty.pcap", {}));
  EXPECT_THAT(error_of(replaced(text, "web.pcap", "empty.pcap")), HasSubstr("has no packet that can be sent"));
}

}  // namespace
}  // namespace fwbench::scenario_test
