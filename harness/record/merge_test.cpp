// SPDX-License-Identifier: BSD-2-Clause
#include "record/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record/record_json.h"
#include "record/sample_record.h"
#include "record/statistics.h"

namespace fwbench {
namespace {

using testing::HasSubstr;

constexpr const char* kPlan = R"({"ratios":[{"name":"r","of":"xdp","to":"null-drop","source":"","at_least":0.1}],)"
                              R"("thresholds":[{"dut":"xdp","metric":"vs_null","comparison":">=","bound":0.5},)"
                              R"({"dut":"*","metric":"mrr_pps","comparison":">=","bound":1000}]})";

/// The whole campaign, rounds from 1.
Record whole() {
  Record record = sample_record();
  record.plan_json = kPlan;
  record.warnings.clear();
  for (Trial& trial : record.trials) {
    if (trial.purpose == TrialPurpose::mrr) ++trial.round;
  }
  return record;
}

const std::map<std::string, std::string> kNulls = {
    {"xdp", "null-drop"}, {"xdp-skb", "null-drop"}, {"afxdp", "null-afxdp"}};

/// As a run with --shard index/count would have recorded it.
Record shard_of(const Record& all, int index, int count) {
  Record record = all;
  record.shard = Shard{index, count};
  std::map<std::string, size_t> dealt;
  for (const std::string& dut : all.duts) dealt.emplace(dut, dealt.size());
  std::erase_if(record.trials, [&](const Trial& t) {
    if (t.purpose == TrialPurpose::correctness) return false;
    return !is_dealt(record.shard, t.round > 0 ? static_cast<size_t>(t.round) - 1 : dealt.at(t.dut));
  });
  summarise(record, kNulls);
  return record;
}

std::vector<Record> shards_of(const Record& all, int count) {
  std::vector<Record> shards;
  for (int index = count; index >= 1; --index) shards.push_back(shard_of(all, index, count));
  return shards;
}

std::string complaint(std::vector<Record> shards, const MergeOptions& options = {}) {
  const auto merged = merge_shards(std::move(shards), options);
  return merged ? "" : merged.error().to_string();
}

TEST(Shards, DealEverythingOnce) {
  for (size_t nth = 0; nth < 20; ++nth) {
    int owners = 0;
    for (int index = 1; index <= 3; ++index) owners += is_dealt(Shard{index, 3}, nth) ? 1 : 0;
    EXPECT_EQ(owners, 1) << nth;
    EXPECT_TRUE(is_dealt(std::nullopt, nth));
  }
}

TEST(Merge, GivesTheNumbersOfAnUndividedRun) {
  const Record all = whole();
  const auto merged = merge_shards(shards_of(all, 3), {});
  ASSERT_TRUE(merged) << merged.error().to_string();
  for (const auto& [dut, summary] : all.summary) {
    const DutSummary& got = merged->summary.at(dut);
    EXPECT_EQ(got.mrr_pps->median, summary.mrr_pps->median) << dut;
    EXPECT_EQ(got.mrr_pps->low, summary.mrr_pps->low) << dut;
    EXPECT_EQ(got.mrr_pps->n, 7) << dut;
    EXPECT_EQ(got.vs_null.has_value(), summary.vs_null.has_value()) << dut;
    if (summary.vs_null) {
      EXPECT_EQ(got.vs_null->median, summary.vs_null->median) << dut;
    }
    EXPECT_EQ(got.delay_load.has_value(), summary.delay_load.has_value()) << dut;
    if (summary.delay_load) {
      EXPECT_EQ(got.delay_load->p99, summary.delay_load->p99) << dut;
    }
    EXPECT_EQ(got.description, summary.description);
  }
  EXPECT_FALSE(merged->shard);
  ASSERT_EQ(merged->merged->size(), 3U);
  EXPECT_EQ(merged->ratios->front().measured.n, 7);
  EXPECT_EQ(merged->thresholds->size(), 1U + all.duts.size());
  EXPECT_EQ(merged->thresholds->front().verdict, "pass");
  int round = 0;
  for (const Trial& trial : merged->trials) {
    ASSERT_TRUE(trial.shard);
    if (trial.purpose == TrialPurpose::correctness) {
      EXPECT_EQ(round, 0) << "first of all";
    }
    if (trial.purpose != TrialPurpose::mrr) continue;
    EXPECT_GE(trial.round, round);
    round = trial.round;
    EXPECT_EQ((trial.round - 1) % 3, *trial.shard - 1);
  }
  EXPECT_TRUE(record_from_json(record_to_json(*merged)));
}

TEST(Merge, RefusesWhatIsNotOneCampaign) {
  const Record all = whole();
  const auto changed = [&](void (*change)(Record&)) {
    std::vector<Record> shards = shards_of(all, 3);
    change(shards[1]);
    return complaint(std::move(shards));
  };
  EXPECT_THAT(changed([](Record& r) { r.scenario_sha256[0] = 'b'; }), HasSubstr("shard 2/3 is of another scenario"));
  EXPECT_THAT(changed([](Record& r) { r.plan_json = "{}"; }), HasSubstr("another plan"));
  EXPECT_THAT(changed([](Record& r) { r.fwbench_version = "9"; }), HasSubstr("another version of fwbench, 9"));
  EXPECT_THAT(changed([](Record& r) { r.trials[0].engine = "packet"; }), HasSubstr("another TX engine"));
  EXPECT_THAT(changed([](Record& r) { r.complete = false; }), HasSubstr("did not come to its end"));
  EXPECT_THAT(changed([](Record& r) { r.shard->index = 1; }), HasSubstr("shard 1/3 is there twice"));
  EXPECT_THAT(changed([](Record& r) { r.shard->count = 4; }), HasSubstr("shards of 3 and of 4 parts"));
  EXPECT_THAT(changed([](Record& r) { r.shard.reset(); }), HasSubstr("is not a shard"));
  EXPECT_THAT(changed([](Record& r) { r.summary["xdp"].skipped = "no"; }), HasSubstr("xdp is left out"));
  EXPECT_THAT(changed([](Record& r) { r.summary["xdp"].version = "2"; }), HasSubstr("another version of xdp"));
  EXPECT_THAT(changed([](Record& r) { r.host.host_class = "desktop"; }), HasSubstr("--allow-mixed-hosts"));
  std::vector<Record> two = shards_of(all, 3);
  two.pop_back();
  EXPECT_THAT(complaint(std::move(two)), HasSubstr("shard 1/3 is missing"));
  EXPECT_THAT(complaint({}), HasSubstr("nothing to merge"));
}

TEST(Merge, GathersTheSearchesOfAllShards) {
  std::vector<Record> shards = shards_of(whole(), 3);
  RateSearch search;
  search.dut = "afxdp";
  shards[0].searches = {search};
  search.dut = "xdp";
  shards[2].searches = {search};
  const auto merged = merge_shards(shards, {});
  ASSERT_TRUE(merged) << merged.error().to_string();
  ASSERT_TRUE(merged->searches);
  ASSERT_EQ(merged->searches->size(), 2U);
  EXPECT_EQ(merged->searches->front().dut, "xdp") << "in the order of the shards";
  EXPECT_EQ(merged->searches->back().dut, "afxdp");
}

// Catches a median over the rates of two kinds of machine.
TEST(Merge, OfMixedHostsKeepsRatiosOnly) {
  std::vector<Record> shards = shards_of(whole(), 2);
  shards[0].host.host_class = "desktop";
  const auto merged = merge_shards(std::move(shards), {.mixed_hosts = true});
  ASSERT_TRUE(merged) << merged.error().to_string();
  const DutSummary& xdp = merged->summary.at("xdp");
  EXPECT_EQ(xdp.vs_null->n, 7);
  EXPECT_FALSE(xdp.mrr_pps || xdp.service_ns || xdp.packet_ns || xdp.delay_load || xdp.delay_idle);
  EXPECT_GT(xdp.verdicts.expect_drop, 0U);
  EXPECT_EQ(merged->host.host_class, kMixedHosts);
  EXPECT_EQ(merged->warnings.back().id, "mixed-hosts");
  for (const Threshold& t : *merged->thresholds) {
    EXPECT_EQ(t.verdict, t.metric == "mrr_pps" ? "inconclusive" : "pass") << t.metric;
  }
}

}  // namespace
}  // namespace fwbench
