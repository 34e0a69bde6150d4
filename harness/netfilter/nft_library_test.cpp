// SPDX-License-Identifier: BSD-2-Clause
/// Rulesets of ours and of the policies, loaded by the real library into the real kernel.
#include "netfilter/nft_library.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "lab/lab.h"
#include "netfilter/nft_counters.h"
#include "netfilter/nft_lookup.h"
#include "netfilter/nft_ruleset.h"
#include "policy/test_packet.h"
#include "scenario/generate.h"

namespace fwbench {
namespace {

using test::policy_text;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr NftHook kHooks[] = {NftHook::ingress, NftHook::prerouting, NftHook::forward};

class NftSessions : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root for a network namespace";
    ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
    auto lab = Lab::build({});
    ASSERT_TRUE(lab) << lab.error().to_string();
    lab_.emplace(std::move(*lab));
  }

  void expect_loads(const std::string& text) {
    const auto no = nft_load("flush ruleset; " + text);
    EXPECT_FALSE(no) << no->text;
  }

  std::optional<Lab> lab_;
};

Policy parse(const std::string& text) {
  const ParsedPolicy parsed = parse_policy(text, "test.nft");
  EXPECT_TRUE(parsed.policy) << render(parsed.diagnostics, false);
  return parsed.policy ? *parsed.policy : Policy{};
}

TEST_F(NftSessions, SaysItsVersion) {
  EXPECT_THAT(nft_version(), MatchesRegex("[0-9]+\\.[0-9.]+"));
}

// A sweep has many labs. libnftables waits with select(), which takes no descriptor from 1024 on.
TEST_F(NftSessions, LoadsBesideThousandsOfOpenFiles) {
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit room = before;
  room.rlim_cur = std::max<rlim_t>(before.rlim_cur, 4096);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &room), 0);
  std::vector<UniqueFd> files;
  while (files.empty() || files.back().get() < FD_SETSIZE + 100) {
    files.emplace_back(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    ASSERT_GE(files.back().get(), 0);
  }
  expect_loads("table inet t { chain c { type filter hook input priority 0; policy accept; counter; }; }");
  files.clear();
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST_F(NftSessions, RefusalsOfTheParserAndOfTheKernelHaveTheLine) {
  const auto syntax = nft_load("table netdev t {\n chain c {\n  no such thing\n }\n}\n");
  ASSERT_TRUE(syntax);
  EXPECT_EQ(syntax->line, 3) << syntax->text;
  EXPECT_THAT(syntax->message, HasSubstr("syntax error"));
  const auto evaluation =
      nft_load("table inet t {\n chain c {\n  type filter hook forward priority 0;\n  fwd to \"d1\"\n }\n}\n");
  ASSERT_TRUE(evaluation);
  EXPECT_EQ(evaluation->message, "unsupported family");
  EXPECT_EQ(evaluation->line, 4) << evaluation->text;
  const auto kernel = nft_load("table netdev t {\n}\ndelete table netdev nix\n");
  ASSERT_TRUE(kernel);
  EXPECT_THAT(kernel->message, HasSubstr("No such file or directory"));
  EXPECT_EQ(kernel->line, 3) << kernel->text;
  // What was refused leaves nothing, and the next is not told of it.
  EXPECT_FALSE(nft_load("create table netdev t"));
}

TEST_F(NftSessions, WhatTheHookDoesNotHaveIsUnsupportedWithThePolicysLine) {
  const Policy policy = parse(policy_text("tcp dport 1 drop\nvlan id 5 drop\n"));
  // nft knows `fwd` in netdev only.
  std::string text = nft_ruleset_at(policy, NftHook::forward) + nft_books(NftHook::forward, NftTracking::off);
  text.replace(text.find("vlan id 5 drop"), 14, "fwd to \"d1\"");
  const auto no = nft_load(text);
  ASSERT_TRUE(no);
  const Error error = refused(policy, *no).value();
  EXPECT_EQ(error.kind, ErrorKind::unsupported);
  EXPECT_THAT(error.message, HasSubstr("cannot run this policy: test.nft:5: nft: unsupported family"));
}

TEST_F(NftSessions, EveryPolicyLoadsAtEveryHookWithItsBooks) {
  for (const char* const name : {"edge", "home_router", "web_frontend", "datacenter_edge"}) {
    const ParsedPolicy parsed = load_policy(fmt::format("{}/scenarios/policies/{}.nft", FWBENCH_SOURCE_DIR, name));
    ASSERT_TRUE(parsed.policy) << render(parsed.diagnostics, false);
    for (const NftHook hook : kHooks) {
      SCOPED_TRACE(fmt::format("{} at hook {}", name, static_cast<int>(hook)));
      expect_loads(nft_ruleset_at(*parsed.policy, hook) + nft_books(hook, NftTracking::off));
    }
  }
}

TEST_F(NftSessions, PoliciesOfEveryFamilyLoadAtEveryHook) {
  for (const char* const family : {"inet", "ip", "ip6"}) {
    const Policy policy =
        parse(fmt::format("table {0} t\ndelete table {0} t\ntable {0} t {{\n chain c {{\n"
                          "  type filter hook input priority 0; policy drop;\n  tcp dport 1 accept\n }}\n}}\n",
                          family));
    for (const NftHook hook : kHooks) expect_loads(nft_ruleset_at(policy, hook) + nft_books(hook, NftTracking::off));
  }
  expect_loads(nft_books(NftHook::forward, NftTracking::on));
}

TEST_F(NftSessions, LookupsLoadAndAreReadAsRulesWouldBe) {
  const Policy plain = parse(generate_policy({.generator = PolicyGenerator::five_tuples, .rules = 1000}));
  const auto exact = nft_lookup_ruleset(plain);
  ASSERT_TRUE(exact) << exact.error().message;
  expect_loads(*exact);
  const auto ranges =
      nft_lookup_ruleset(parse(policy_text("ip saddr 10.0.0.0/8 tcp dport 1-7 drop\n"
                                           "ip saddr 11.0.0.0/8 udp dport { 1, 3-9 } accept\n")));
  ASSERT_TRUE(ranges) << ranges.error().message;
  expect_loads(*ranges);
}

TEST_F(NftSessions, CountersOfOneTableAreReadPastAnother) {
  expect_loads(policy_text("tcp dport 1 counter packets 5 bytes 0 drop\n") +
               nft_books(NftHook::ingress, NftTracking::off));
  auto reader = NftCounterReader::open();
  ASSERT_TRUE(reader);
  for (int i = 0; i < 2; ++i) {
    const auto books = reader->read("netdev", kNftBooksTable);
    ASSERT_TRUE(books) << books.error().to_string();
    EXPECT_EQ(*books, (NftCounters{{kNftArrived, {0}}, {kNftPassed, {0}}}));
    const auto policy = reader->read("netdev", "filter");
    ASSERT_TRUE(policy);
    EXPECT_EQ(*policy, (NftCounters{{"ingress", {5}}}));
  }
}

/// 4 ms for 10,000 rules were it to read them: only the table's own are looked at.
TEST_F(NftSessions, TenThousandRulesLoadInSecondsAndTheBooksBesideThemAreReadAtOnce) {
  const std::string text = generate_policy({.generator = PolicyGenerator::five_tuples, .rules = 10'000});
  const auto begin = std::chrono::steady_clock::now();
  expect_loads(text + nft_books(NftHook::ingress, NftTracking::off));
  const auto loaded = std::chrono::steady_clock::now();
  auto reader = NftCounterReader::open();
  ASSERT_TRUE(reader);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(reader->read("netdev", kNftBooksTable));
  const auto read = std::chrono::steady_clock::now();
  const std::chrono::duration<double> load_s = loaded - begin, read_s = (read - loaded) / 100;
  RecordProperty("load_ms", static_cast<int>(load_s.count() * 1e3));
  RecordProperty("read_us", static_cast<int>(read_s.count() * 1e6));
  std::printf("loaded in %.2f s, read in %.0f us\n", load_s.count(), read_s.count() * 1e6);
  EXPECT_LT(load_s.count(), 60);
  EXPECT_LT(read_s.count(), 0.004);
}

}  // namespace
}  // namespace fwbench
