// SPDX-License-Identifier: BSD-2-Clause
#include "record/record_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "record/sample_record.h"

namespace fwbench {
namespace {

using nlohmann::json;
using nlohmann::literals::operator""_json_pointer;
using testing::HasSubstr;

/// One trial with a value of its own in every member.
Record full_record() {
  Record record = sample_record();
  Trial trial;
  trial.dut = "x";
  trial.traffic_case = "size=60";
  trial.purpose = TrialPurpose::control;
  trial.round = -3;
  trial.placement = "p";
  trial.engine = "packet";
  trial.started_unix_ns = std::numeric_limits<uint64_t>::max();
  trial.window_ns = 2;
  trial.valid = false;
  trial.invalid_reason = "tab\t \"quote\" \xc3\xa9";
  trial.lossless = false;
  trial.rate_pps = 0.1;
  trial.offered_pps = 1e300;
  trial.ledger = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, -14};
  trial.verdicts = {1, 2, 3, 4, 5, 6};
  trial.delay = DelayStats{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, {{1, 0.1}, {2, 1.0}}};
  trial.mismatches = {{1, "attack", "drop", "passed 16 of 16", "edge.nft:41", "IPv4", 16}};
  trial.timeline = {{0.05, 1e6 / 3}};
  trial.counters = {{"a", 1}, {"b~/c", 2}};
  record.trials.push_back(trial);
  return record;
}

TEST(RecordJson, RoundTripKeepsEveryByte) {
  const std::string text = record_to_json(full_record());
  const auto back = record_from_json(text);
  ASSERT_TRUE(back) << back.error().to_string();
  EXPECT_EQ(record_to_json(*back), text);
}

TEST(RecordJson, RoundTripKeepsEveryMember) {
  const Record record = full_record();
  const auto back = record_from_json(record_to_json(record));
  ASSERT_TRUE(back) << back.error().to_string();
  EXPECT_EQ(back->plan_json, record.plan_json);
  EXPECT_EQ(back->duts, record.duts);
  EXPECT_EQ(back->host.versions, record.host.versions);
  EXPECT_EQ(back->started_utc, record.started_utc);
  EXPECT_EQ(back->complete, record.complete);
  const Trial& a = record.trials.back();
  const Trial& b = back->trials.back();
  EXPECT_EQ(b.purpose, a.purpose);
  EXPECT_EQ(b.round, a.round);
  EXPECT_EQ(b.started_unix_ns, a.started_unix_ns);
  EXPECT_EQ(b.invalid_reason, a.invalid_reason);
  EXPECT_EQ(b.rate_pps, a.rate_pps);
  EXPECT_EQ(b.offered_pps, a.offered_pps);
  EXPECT_EQ(b.ledger.unaccounted, a.ledger.unaccounted);
  EXPECT_EQ(b.ledger.foreign, a.ledger.foreign);
  EXPECT_EQ(b.verdicts.false_pass, a.verdicts.false_pass);
  EXPECT_EQ(b.delay->curve, a.delay->curve);
  EXPECT_EQ(b.delay->lateness_p99, a.delay->lateness_p99);
  EXPECT_EQ(b.mismatches[0].packets, a.mismatches[0].packets);
  EXPECT_EQ(b.timeline[0].pps, a.timeline[0].pps);
  EXPECT_EQ(b.counters, a.counters);
  EXPECT_EQ(back->summary.at("xdp").vs_null->high, record.summary.at("xdp").vs_null->high);
  EXPECT_EQ(back->summary.at("xdp").packet_ns, record.summary.at("xdp").packet_ns);
}

TEST(RecordJson, RoundTripKeepsASweep) {
  const Record record = sample_sweep_record();
  const std::string text = record_to_json(record);
  const auto back = record_from_json(text);
  ASSERT_TRUE(back) << back.error().to_string();
  EXPECT_EQ(record_to_json(*back), text);
  ASSERT_TRUE(back->sweep);
  EXPECT_EQ(back->sweep->reference, "policy.rules=10");
  EXPECT_EQ(back->sweep->cases.at(4).values.at("policy.rules"), "10000");
  const CaseSummary& last = back->summary.at("xdp").cases->at(4);
  EXPECT_EQ(last.traffic_case, "policy.rules=10000");
  EXPECT_EQ(last.vs_reference->median, record.summary.at("xdp").cases->at(4).vs_reference->median);
  EXPECT_EQ(last.service_ns->median, record.summary.at("xdp").cases->at(4).service_ns->median);
  const json document = json::parse(text);
  EXPECT_TRUE(document.contains("/summary/xdp/cases/4/mrr_pps/ci95"_json_pointer));
  EXPECT_FALSE(json::parse(record_to_json(sample_record())).contains("sweep"));
}

TEST(RecordJson, RoundTripKeepsSearches) {
  EXPECT_FALSE(json::parse(record_to_json(sample_record())).contains("searches"));
  const Record record = sample_search_record();
  const std::string text = record_to_json(record);
  const auto back = record_from_json(text);
  ASSERT_TRUE(back) << back.error().to_string();
  EXPECT_EQ(record_to_json(*back), text);
  EXPECT_EQ(back->searches->at(0).trials.at(1).void_reason, "the generator was 90.0 ms late");
  const DutSummary& xdp = back->summary.at("xdp");
  ASSERT_TRUE(xdp.ndr && xdp.pdr);
  EXPECT_EQ(xdp.ndr->upper, 2'500'000U);
  EXPECT_EQ(xdp.pdr->throughput, 2'990'000);
  EXPECT_FALSE(xdp.pdr->upper);
  EXPECT_FALSE(back->summary.at("null-drop").ndr);
}

TEST(RecordJson, RoundTripKeepsRatios) {
  Record record = sample_record();
  EXPECT_FALSE(json::parse(record_to_json(record)).contains("ratios"));
  record.ratios = {{.name = "xdp_null",
                    .of = "xdp",
                    .to = "null-drop",
                    .traffic_case = "policy.rules=10",
                    .published = 5.0,
                    .source = "a paper",
                    .at_least = 3.0,
                    .at_most = std::nullopt,
                    .measured = {.median = 4, .low = 3.5, .high = 4.5, .n = 7},
                    .dut_side = Interval95{.median = 6, .low = 5.5, .high = 6.5, .n = 7},
                    .verdict = "reproduced"}};
  const std::string text = record_to_json(record);
  const json ratio = json::parse(text)["ratios"][0];
  EXPECT_EQ(ratio["ci95"], json::array({3.5, 4.5})) << "flat: no object of its own";
  EXPECT_FALSE(ratio.contains("at_most"));
  const auto back = record_from_json(text);
  ASSERT_TRUE(back) << back.error().to_string();
  EXPECT_EQ(record_to_json(*back), text);
  EXPECT_EQ(back->ratios->at(0).measured.high, 4.5);
  EXPECT_EQ(back->ratios->at(0).published, 5.0);
  EXPECT_EQ(back->ratios->at(0).traffic_case, "policy.rules=10");
  EXPECT_EQ(back->ratios->at(0).dut_side->low, 5.5);
}

TEST(RecordJson, NamesOfTheContract) {
  const json document = json::parse(record_to_json(sample_record()));
  const auto has = [&](const char* pointer) { return document.contains(json::json_pointer(pointer)); };
  for (const char* pointer : {"/schema_version",
                              "/fwbench_version",
                              "/scenario/name",
                              "/scenario/sha256",
                              "/scenario/purpose",
                              "/plan/scenario",
                              "/host/kernel",
                              "/warnings/0/advice",
                              "/valid",
                              "/complete",
                              "/trials/0/ledger/planned",
                              "/summary/xdp/mrr_pps/median",
                              "/summary/xdp/mrr_pps/ci95/1",
                              "/summary/xdp/mrr_pps/n",
                              "/summary/xdp/service_ns/median",
                              "/summary/xdp/service_ns/ci95/0",
                              "/summary/xdp/vs_null/median",
                              "/summary/xdp/packet_ns",
                              "/summary/xdp/delay_ns/p999",
                              "/summary/xdp/delay_ns/load",
                              "/summary/xdp/delay_idle_ns/p50",
                              "/summary/xdp/verdicts/false_pass",
                              "/summary/xdp/ledger/unaccounted"}) {
    EXPECT_TRUE(has(pointer)) << pointer;
  }
  EXPECT_EQ(document["summary"]["xdp"]["delay_ns"]["load"], 1'950'000);
}

TEST(RecordJson, NumbersThatDoNotExistAreAbsent) {
  Record record;
  record.duts = {"a"};
  record.summary["a"].packet_ns = std::nan("");
  record.summary["a"].mrr_pps = Interval95{std::numeric_limits<double>::infinity(), 1, 2, 7};
  record.summary["a"].vs_null = Interval95{0.5, 0.5, 0.5, 1};
  const std::string text = record_to_json(record);
  const json summary = json::parse(text)["summary"]["a"];
  EXPECT_FALSE(summary.contains("packet_ns"));
  EXPECT_FALSE(summary.contains("mrr_pps"));
  EXPECT_FALSE(summary.contains("service_ns"));
  EXPECT_FALSE(summary.contains("delay_ns"));
  EXPECT_FALSE(summary["vs_null"].contains("ci95")) << "one round has no interval";
  EXPECT_THAT(text, testing::Not(HasSubstr("null,")));
  EXPECT_FALSE(record_from_json(text)->summary.at("a").packet_ns);
}

TEST(RecordJson, AnIntervalNamesItsCoverage) {
  Record record;
  record.summary["a"].mrr_pps = Interval95{2, 1, 3, 3};
  EXPECT_EQ(json::parse(record_to_json(record))["summary"]["a"]["mrr_pps"]["coverage"], 0.75);
}

TEST(RecordJson, BadUtf8AndBadPlansDoNotThrow) {
  Record record;
  record.purpose = "\xff\xfe";
  record.plan_json = "{not json";
  const json document = json::parse(record_to_json(record));
  EXPECT_EQ(document["scenario"]["purpose"], "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_FALSE(document.contains("plan"));
}

std::string error_of(std::string_view text) {
  const auto record = record_from_json(text);
  return record ? "" : record.error().to_string();
}

TEST(RecordJson, SyntaxErrorsNameTheByte) {
  EXPECT_THAT(error_of(R"({"schema_version": 1,, })"), HasSubstr("syntax error at byte 22"));
  EXPECT_THAT(error_of(""), HasSubstr("ends too early"));
}

TEST(RecordJson, ForeignAndFutureFilesAreRefused) {
  EXPECT_THAT(error_of("[1, 2]"), HasSubstr("no \"schema_version\""));
  EXPECT_THAT(error_of(R"({"context": {}})"), HasSubstr("no \"schema_version\""));
  EXPECT_THAT(error_of(R"({"schema_version": "1"})"), HasSubstr("no \"schema_version\""));
  EXPECT_THAT(error_of(R"({"schema_version": 2})"), HasSubstr("schema version 2, this fwbench reads version 1"));
  EXPECT_THAT(error_of(R"({"schema_version": 2})"), HasSubstr("remedy"));
}

/// The error for a sample record with one value replaced.
std::string error_with(const char* pointer, const json& value) {
  static const json valid = json::parse(record_to_json(shortened(sample_record(), 4)));
  EXPECT_EQ(error_of(valid.dump()), "");
  json document = valid;
  document[json::json_pointer(pointer)] = value;
  return error_of(document.dump());
}

TEST(RecordJson, WrongMembersAreNamedByPath) {
  EXPECT_THAT(error_with("/trials/3/ledger/planned", -1), HasSubstr("\"/trials/3/ledger/planned\" expected a whole"));
  EXPECT_THAT(error_with("/trials/0/round", 1e10), HasSubstr("\"/trials/0/round\" expected a whole number"));
  EXPECT_THAT(error_with("/trials/0/round", 1'000'000'000'000), HasSubstr("\"/trials/0/round\" is out of range"));
  EXPECT_THAT(error_with("/trials/0/purpose", "fun"), HasSubstr("is not a purpose"));
  EXPECT_THAT(error_with("/summary/xdp/mrr_pps/ci95", json::array({1})), HasSubstr("not [low, high]"));
  EXPECT_THAT(error_with("/summary/xdp/mrr_pps/n", 2'000'000'000), HasSubstr("no run could have"));
  EXPECT_THAT(error_with("/summary/xdp/delay_ns/curve/0", json::array({1, 2, 3})), HasSubstr("curve/0\" expected"));
  EXPECT_THAT(error_with("/host", 7), HasSubstr("\"/host\" expected an object, found number"));
  EXPECT_THAT(error_with("/plan", "text"), HasSubstr("\"/plan\" expected an object"));
  EXPECT_THAT(error_with("/counters", 1), "") << "unknown members are left alone";
  json document = json::parse(record_to_json(shortened(sample_record(), 4)));
  document["trials"][2].erase("valid");
  EXPECT_THAT(error_of(document.dump()), HasSubstr("\"/trials/2/valid\" is missing"));
}

TEST(RecordJson, KeysOfAForeignFileCannotWriteToTheTerminal) {
  json document = json::parse(record_to_json(sample_record()));
  document["summary"]["\x1b[2J"] = 1;
  EXPECT_THAT(error_of(document.dump()), HasSubstr("\\u001b"));
}

TEST(RecordJson, EveryTruncationIsAnErrorNotACrash) {
  const std::string text = record_to_json(shortened(full_record(), 2));
  for (size_t length = 0; length + 2 < text.size(); length += 97) {
    ASSERT_THAT(error_of(std::string_view(text).substr(0, length)), HasSubstr("ends too early")) << length;
  }
}

TEST(RecordJson, ArbitraryBytesAreAnErrorNotACrash) {
  std::mt19937_64 random(4711);
  const std::string valid = record_to_json(shortened(full_record(), 2));
  for (int i = 0; i < 200; ++i) {
    std::string noise(random() % 1024, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    EXPECT_NE(error_of(noise), "");
  }
  // Damage to a valid record either leaves a record or is refused.
  for (int i = 0; i < 300; ++i) {
    std::string damaged = valid;
    for (int hits = 0; hits < 4; ++hits) damaged[random() % damaged.size()] = static_cast<char>(random());
    if (const auto record = record_from_json(damaged)) {
      EXPECT_FALSE(record_to_json(*record).empty());
    }
  }
  EXPECT_THAT(error_of(std::string(1'000'000, '[')), HasSubstr("not a fwbench record"));
  EXPECT_THAT(error_of(std::string(200'000, '[') + std::string(200'000, ']')), HasSubstr("nested deeper"));
  EXPECT_THAT(error_of(R"({"schema_version": 1e999})"), HasSubstr("not a fwbench record"));
}

/// Every member of a gate comes back.
TEST(RecordJson, AGateIsKept) {
  const Record record = sample_gate_record();
  const std::string text = record_to_json(record);
  const auto back = record_from_json(text);
  ASSERT_TRUE(back) << back.error().to_string();
  EXPECT_EQ(record_to_json(*back), text);
  EXPECT_EQ(back->gate->metrics.at(0).more_pairs, record.gate->metrics.at(0).more_pairs);
  EXPECT_EQ(back->trials.at(0).side, "base");
}

}  // namespace
}  // namespace fwbench
