// SPDX-License-Identifier: BSD-2-Clause
/// JSON exports against schemas written from the formats' own descriptions, and as jq reads them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "export/export.h"
#include "export/test_records.h"
#include "record/json_schema.h"

namespace fwbench {
namespace {

using nlohmann::json;

/// "" when the document obeys the schema.
std::string complaints(const std::string& schema_name, const json& document) {
  const auto schema = JsonSchema::load(FWBENCH_SOURCE_DIR "/harness/export/schemas/" + schema_name);
  return schema ? schema->complaints(document) : schema.error().to_string();
}

TEST(GhaBenchmark, ObeysTheFormatAndKeepsDirectionsApart) {
  for (const Record& record : {sample_record(), sample_sweep_record(), broken_record()}) {
    for (const auto& text : {gha_bigger_json(record), gha_smaller_json(record)}) {
      const json document = json::parse(text);
      EXPECT_EQ(complaints("gha-benchmark.json", document), "");
      EXPECT_FALSE(document.empty());
    }
  }
  json broken = json::parse(gha_bigger_json(sample_record()));
  broken[0]["value"] = "fast";
  EXPECT_NE(complaints("gha-benchmark.json", broken), "");

  const Record record = sample_record();
  const std::string rate = R"(.[] | select(.name == "syn_flood/xdp mrr_pps") | .value)";
  EXPECT_DOUBLE_EQ(std::stod(read_with("jq", {rate}, gha_bigger_json(record))),
                   record.summary.at("xdp").mrr_pps->median);
  EXPECT_EQ(read_with("jq", {rate}, gha_smaller_json(record)), "") << "a rate is better when it is bigger";
  EXPECT_EQ(read_with("jq", {"-r", R"jq(.[] | select(.name == "syn_flood/xdp delay_ns.p99") | "\(.value) \(.unit)")jq"},
                      gha_smaller_json(record)),
            fmt::format("{} ns\n", record.summary.at("xdp").delay_load->p99));
  EXPECT_EQ(read_with("jq", {R"([.[].name] | length == (unique | length))"}, gha_bigger_json(sample_sweep_record())),
            "true\n");
}

TEST(Bencher, ObeysTheFormat) {
  for (const Record& record : {sample_record(), sample_sweep_record(), broken_record()}) {
    EXPECT_EQ(complaints("bmf.json", json::parse(bencher_json(record))), "");
  }
  json broken = json::parse(bencher_json(sample_record()));
  broken["syn_flood/xdp"]["Vs Null"] = {{"value", 1}};
  EXPECT_NE(complaints("bmf.json", broken), "") << "no slug";

  const Record record = sample_record();
  const Interval95& mrr = *record.summary.at("xdp").mrr_pps;
  const std::string text = bencher_json(record);
  const auto number = [&](const std::string& path) { return std::stod(read_with("jq", {path}, text)); };
  EXPECT_DOUBLE_EQ(number(R"(."syn_flood/xdp".throughput.lower_value)"), mrr.low);
  EXPECT_DOUBLE_EQ(number(R"(."syn_flood/xdp".throughput.upper_value)"), mrr.high);
  EXPECT_DOUBLE_EQ(number(R"(."syn_flood/xdp"."delay-idle-ns-p99".value)"),
                   static_cast<double>(record.summary.at("xdp").delay_idle->p99));
  EXPECT_DOUBLE_EQ(number(R"(."syn_flood/xdp".headroom.value)"), *record.summary.at("xdp").headroom);
}

TEST(GoogleBenchmark, ObeysTheFormatAndHasEveryRoundAsARepetition) {
  for (const Record& record : {sample_record(), sample_sweep_record(), broken_record()}) {
    EXPECT_EQ(complaints("google-benchmark.json", json::parse(google_benchmark_json(record))), "");
  }
  json broken = json::parse(google_benchmark_json(sample_record()));
  broken["benchmarks"][0].erase("repetition_index");
  EXPECT_NE(complaints("google-benchmark.json", broken), "");

  // As tools/compare.py takes them: repetitions by name, and the median of them.
  const Record record = sample_record();
  const std::string text = google_benchmark_json(record);
  EXPECT_EQ(
      read_with("jq", {R"([.benchmarks[] | select(.name == "syn_flood/xdp" and .run_type == "iteration")] | length)"},
                text),
      "7\n");
  const double median = std::stod(read_with(
      "jq", {R"(.benchmarks[] | select(.run_name == "syn_flood/xdp" and .aggregate_name == "median") | .real_time)"},
      text));
  EXPECT_NEAR(median, *record.summary.at("xdp").packet_ns, 1e-6);
  EXPECT_EQ(read_with("jq", {R"([.benchmarks[] | select(.label == "lower bound")] | length)"},
                      google_benchmark_json(broken_record())),
            "10\n")
      << "7 rounds, mean, median, deviation";
}

TEST(GoogleBenchmark, OfMixedHostsHasNoRates) {
  Record record = sample_record();
  record.host.host_class = kMixedHosts;
  EXPECT_EQ(read_with("jq", {".benchmarks | length"}, google_benchmark_json(record)), "0\n");
}

}  // namespace
}  // namespace fwbench
