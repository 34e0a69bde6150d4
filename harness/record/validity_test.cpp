// SPDX-License-Identifier: BSD-2-Clause
#include "record/validity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "record/sample_record.h"
#include "record/statistics.h"

namespace fwbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Nothing to complain about.
Record quiet() {
  Record record = sample_record();
  record.conditions = Conditions{.load_before = 0.1, .steal_share = 0};
  for (Trial& trial : record.trials) {
    trial.steal_share = 0;
    ++trial.round;  // the sample counts from 0
    if (trial.purpose == TrialPurpose::mrr && trial.dut == "null-afxdp") trial.rate_pps = *trial.rate_pps * 1.2;
  }
  summarise(record, {{"null-pass", ""}, {"xdp", "null-drop"}, {"xdp-skb", "null-drop"}, {"afxdp", "null-afxdp"}});
  record.warnings.clear();
  return record;
}

std::vector<std::string> ids(const Record& record) {
  std::vector<std::string> found;
  for (const Warning& warning : validity_warnings(record)) found.push_back(warning.id);
  return found;
}

TEST(Validity, AQuietRunHasNoWarnings) {
  EXPECT_THAT(ids(quiet()), IsEmpty());
}

TEST(Validity, EachDisturbanceHasItsIdAndAdvice) {
  const auto with = [](void (*change)(Record&)) {
    Record record = quiet();
    change(record);
    for (const Warning& warning : validity_warnings(record)) EXPECT_FALSE(warning.advice.empty());
    return ids(record);
  };
  EXPECT_THAT(with([](Record& r) { r.conditions->steal_share = 0.02; }), ElementsAre("cpu-steal"));
  EXPECT_THAT(with([](Record& r) { r.trials[9].steal_share = 0.06; }), ElementsAre("cpu-steal"));
  EXPECT_THAT(with([](Record& r) { r.trials[9].steal_share = 0.04; }), IsEmpty());
  EXPECT_THAT(with([](Record& r) { r.conditions->load_before = 1.5; }), ElementsAre("background-load"));
  EXPECT_THAT(with([](Record& r) { r.host.clock_source = "hpet"; }), ElementsAre("slow-clock"));
  EXPECT_THAT(with([](Record& r) { r.trials[9].ledger.foreign = 3; }), ElementsAre("foreign-frames"));
  EXPECT_THAT(with([](Record& r) { r.host.host_class = kMixedHosts; }), ElementsAre("mixed-hosts"));
  EXPECT_THAT(with([](Record& r) { std::erase_if(r.trials, [](const Trial& t) { return t.round > 3; }); }),
              ElementsAre("few-rounds"));
}

// Catches a rate shown as the DUT's own when it is the instrument's.
TEST(Validity, ADutAsFastAsItsNullDeviceIsALowerBound) {
  Record record = quiet();
  for (Trial& trial : record.trials) {
    // xdp at 1/1.08 of null-drop, in every round; 1/1.12 is enough headroom.
    if (trial.dut == "xdp" && trial.rate_pps) trial.rate_pps = 5e6 / 1.08;
    if (trial.dut == "xdp-skb" && trial.rate_pps) trial.rate_pps = 5e6 / 1.12;
    if (trial.dut == "null-drop" && trial.rate_pps) trial.rate_pps = 5e6;
  }
  summarise(record, {{"xdp", "null-drop"}, {"xdp-skb", "null-drop"}});
  const DutSummary& xdp = record.summary.at("xdp");
  EXPECT_NEAR(*xdp.headroom, 1.08, 1e-9);
  EXPECT_TRUE(*xdp.lower_bound);
  EXPECT_FALSE(*record.summary.at("xdp-skb").lower_bound);
  EXPECT_FALSE(record.summary.at("null-drop").lower_bound) << "it is the ceiling itself";
  ASSERT_THAT(ids(record), ElementsAre("lower-bound"));
  EXPECT_THAT(validity_warnings(record).front().text, HasSubstr("xdp (1.08 x)"));
}

// Catches a warning that a merged record does not have.
TEST(Validity, LoadsAndSearchesAreLookedAtInTheRecordItself) {
  Record record = quiet();
  record.trials[9].purpose = TrialPurpose::load;
  record.trials[9].load_pps = 2 * *record.trials[9].offered_pps;
  EXPECT_THAT(ids(record), ElementsAre("load-not-offered"));
  record.trials[9].load_pps = record.trials[9].offered_pps;
  EXPECT_THAT(ids(record), IsEmpty());

  RateSearch search;
  search.dut = "xdp";
  search.end = "complete";
  record.searches = {search};
  EXPECT_THAT(ids(record), IsEmpty());
  record.searches->front().end = "out_of_time";
  SearchedRate rate;
  rate.name = "ndr";
  rate.end = "at_max_load";
  record.searches->front().rates = {rate};
  EXPECT_THAT(ids(record), ElementsAre("search-unfinished", "lower-bound"));
  update_warnings(record);
  update_warnings(record);
  EXPECT_EQ(record.warnings.size(), 2U);
  EXPECT_THAT(record.warnings.back().text, HasSubstr("ndr of xdp"));
}

TEST(Validity, UpdatingTwiceSaysItOnceAndKeepsTheOthers) {
  Record record = quiet();
  record.warnings = {{"made-elsewhere", "x", "y"}, {"few-rounds", "of an earlier moment", ""}};
  record.conditions->load_before = 1.5;
  update_warnings(record);
  update_warnings(record);
  ASSERT_EQ(record.warnings.size(), 2U);
  EXPECT_EQ(record.warnings[0].id, "made-elsewhere");
  EXPECT_EQ(record.warnings[1].id, "background-load");
}

}  // namespace
}  // namespace fwbench
