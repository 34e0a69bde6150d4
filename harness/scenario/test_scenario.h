// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A folder for scenarios and the policies that they name, and a scenario to begin with.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "scenario/scenario.h"

namespace fwbench::scenario_test {

/// Empty, and gone after the test.
class ScenarioTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  [[nodiscard]] PlannedScenario plan(std::string_view text, const ScenarioOptions& options = {}) const {
    write("s.ini", text);
    return plan_scenario(folder_ / "s.ini", options);
  }
  /// `text` with one line replaced or, with `line` empty, added at the end.
  [[nodiscard]] static std::string replaced(std::string text, std::string_view line, std::string_view by) {
    if (line.empty()) return text.append(by).append("\n");
    const size_t at = text.find(line);
    EXPECT_NE(at, std::string::npos) << line;
    return text.replace(at, line.size(), by);
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / fmt::format("fwbench_scenario_test_{}", ::getpid());
};

inline constexpr std::string_view kPolicy = R"(table netdev t {
  set bad4 { type ipv4_addr; flags interval; elements = { 192.0.2.0/24, 203.0.113.0/24 } }
  set bad6 { type ipv6_addr; flags interval; elements = { 2001:db8::/32 } }
  set web { type inet_service; flags interval; elements = { 80, 443 } }
  chain in {
    type filter hook ingress device "d0" priority 0; policy drop;
    ip saddr @bad4 drop
    tcp dport @web accept
  }
}
)";

inline constexpr std::string_view kMinimal = R"([policy]
file = p.nft
[dut]
list = xdp, null-drop
[traffic]
probe_class = web
[class.web]
saddr = 198.18.0.0/16
daddr = 198.19.0.1
dport = 443
)";

inline constexpr std::string_view kTwoClasses = R"([scenario]
purpose = two classes
[policy]
file = p.nft
[dut]
list = xdp, null-drop
[traffic]
seed = 9
frames = 4096
engine = packet
probe_class = web
probe_templates = 8
[trial]
rounds = 2
duration = 250ms
[class.web]
weight = 1
saddr = 198.18.0.0/16
daddr = 198.19.0.1, 198.19.0.10-198.19.0.19
dport = @web
tcp_flags = syn, psh+ack
size = imix
[class.ping]
weight = 4
ip = 6
proto = icmpv6
saddr = @bad6
daddr = 2001:2::/48
ttl = 3
)";

/// kMinimal and its policy p.nft.
class PlanTest : public ScenarioTest {
 protected:
  void SetUp() override {
    ScenarioTest::SetUp();
    write("p.nft", kPolicy);
  }

  /// The folder is not the same in each run: messages and plans are compared without it.
  [[nodiscard]] std::string without_folder(std::string text) const {
    const std::string prefix = folder_.string() + "/";
    for (size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) text.erase(at, prefix.size());
    return text;
  }

  /// What the user sees; "" when there is a plan.
  [[nodiscard]] std::string errors(std::string_view text, const ScenarioOptions& options = {}) const {
    const PlannedScenario planned = plan(text, options);
    EXPECT_EQ(planned.plan.has_value(), !has_errors(planned.diagnostics));
    return without_folder(render(planned.diagnostics, false));
  }

  /// kMinimal with one line replaced or, with `line` empty, added at the end, in [class.web].
  [[nodiscard]] static std::string with(std::string_view line, std::string_view by) {
    return replaced(std::string(kMinimal), line, by);
  }
};

}  // namespace fwbench::scenario_test
