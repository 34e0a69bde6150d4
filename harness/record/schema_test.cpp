// SPDX-License-Identifier: BSD-2-Clause
/// The schema in results/schema is what other people's programs rely on: whole records obey it, broken ones do not.

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "core/file.h"
#include "record/json_schema.h"
#include "record/record_json.h"
#include "record/sample_record.h"
#include "record/thresholds.h"

namespace fwbench {
namespace {

using nlohmann::json;

class SchemaTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(schema_) << schema_.error().to_string(); }

  /// "" when the document obeys the schema.
  std::string complaints(const json& document) { return schema_->complaints(document); }

  /// What the schema says about the sample record with one member changed.
  std::string complaints_with(const char* pointer, const json& value) {
    json document = sample();
    document[json::json_pointer(pointer)] = value;
    return complaints(document);
  }

  /// A few trials are enough to be broken; whole records are what the other tests are about.
  static const json& sample() {
    static const json document = json::parse(record_to_json(shortened(sample_record(), 4)));
    return document;
  }

  Result<JsonSchema> schema_ = JsonSchema::load(FWBENCH_SOURCE_DIR "/results/schema/record.v1.json");
};

TEST_F(SchemaTest, AWholeRecordObeys) {
  Record record = sample_record();
  record.trials[0].mismatches = {{1, "attack", "drop", "passed 16 of 16", "edge.nft:41", "IPv4", 16}};
  record.trials[0].valid = false;
  record.trials[0].invalid_reason = "unaccounted 5";
  record.trials[0].steal_share = 0.01;
  record.trials[0].shard = 1;
  record.conditions = Conditions{.load_before = 0.1, .steal_share = 0.01};
  EXPECT_EQ(complaints(json::parse(record_to_json(record))), "");
}

TEST_F(SchemaTest, ARecordOfTheFirstMomentObeys) {
  Record record = sample_record();
  record.complete = false;
  record.trials.clear();
  record.summary.clear();
  EXPECT_EQ(complaints(json::parse(record_to_json(record))), "");
}

TEST_F(SchemaTest, ASearchObeys) {
  json document = json::parse(record_to_json(sample_search_record()));
  EXPECT_EQ(complaints(document), "");
  document["searches"][0]["rates"][0]["end"] = "x";
  EXPECT_NE(complaints(document), "");
}

TEST_F(SchemaTest, ASweepObeys) {
  json document = json::parse(record_to_json(sample_sweep_record()));
  EXPECT_EQ(complaints(document), "");
  document["summary"]["xdp"]["cases"][0].erase("case");
  EXPECT_NE(complaints(document), "");
  document = json::parse(record_to_json(sample_sweep_record()));
  document["sweep"]["cases"][0]["label"] = "x";
  EXPECT_NE(complaints(document), "") << "unknown members of a case";
}

TEST_F(SchemaTest, RatiosObey) {
  Record record = sample_record();
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
  json document = json::parse(record_to_json(record));
  EXPECT_EQ(complaints(document), "");
  document["ratios"][0]["verdict"] = "yes";
  EXPECT_NE(complaints(document), "");
}

TEST_F(SchemaTest, ThresholdsObey) {
  Record record = sample_record();
  record.thresholds = decide_thresholds(
      record, {{"xdp", "vs_null", ">=", 0.8}, {"*", "false_pass", "==", 0}, {"*", "swap.mixed", "==", 0}});
  json document = json::parse(record_to_json(record));
  EXPECT_EQ(complaints(document), "");
  document["thresholds"][0]["verdict"] = "yes";
  EXPECT_NE(complaints(document), "");
}

TEST_F(SchemaTest, GatesObey) {
  json document = json::parse(record_to_json(sample_gate_record()));
  EXPECT_EQ(complaints(document), "");
  EXPECT_TRUE(document["trials"][0].contains("side"));
  document["gate"]["answer"] = "maybe";
  EXPECT_NE(complaints(document), "");
}

TEST_F(SchemaTest, BrokenRecordsAreRefused) {
  ASSERT_EQ(complaints(sample()), "") << "or all below would be refused for another reason";
  EXPECT_NE(complaints_with("/schema_version", 2), "");
  EXPECT_NE(complaints_with("/trials/0/ledger/planned", -1), "");
  EXPECT_NE(complaints_with("/trials/0/ledger/planned", 1.5), "");
  EXPECT_NE(complaints_with("/trials/0/ledger/plannned", 1), "") << "unknown members of a ledger";
  EXPECT_NE(complaints_with("/trials/0/purpose", "fun"), "");
  EXPECT_NE(complaints_with("/trials/0/engine", 5), "");
  EXPECT_NE(complaints_with("/summary/xdp/mrr_pps/ci95", json::array({1})), "");
  EXPECT_NE(complaints_with("/summary/xdp/mrr_pps/median", nullptr), "");
  EXPECT_NE(complaints_with("/summary/xdp/ndr", 1), "");
  EXPECT_NE(complaints_with("/scenario/sha256", "abc"), "");
  EXPECT_NE(complaints_with("/started_utc", "yesterday"), "");
  EXPECT_NE(complaints_with("/summary/xdp/delay_ns/curve/0", json::array({1, 1.5})), "");
  EXPECT_NE(complaints_with("/warnings/0/advise", "x"), "");
  for (const char* member : {"plan", "host", "trials", "summary", "valid", "complete", "scenario", "duts"}) {
    json document = sample();
    document.erase(member);
    EXPECT_NE(complaints(document), "") << member;
  }
}

/// Every object type names its members, and every member says what it is: the schema is the documentation.
TEST_F(SchemaTest, EveryMemberIsDescribed) {
  const json schema =
      json::parse(read_file(std::string(FWBENCH_SOURCE_DIR) + "/results/schema/record.v1.json").value());
  const std::function<void(const json&, const std::string&)> check = [&](const json& node, const std::string& path) {
    const json properties = node.value("properties", json::object());
    const json definitions = node.value("definitions", json::object());
    for (const auto& [name, property] : properties.items()) {
      EXPECT_TRUE(property.contains("description") || property.contains("$ref")) << path << "/" << name;
      check(property, path + "/" + name);
    }
    for (const auto& [name, definition] : definitions.items()) {
      EXPECT_TRUE(definition.contains("description")) << "definitions/" << name;
      check(definition, "definitions/" + name);
    }
  };
  check(schema, "");
}

}  // namespace
}  // namespace fwbench
