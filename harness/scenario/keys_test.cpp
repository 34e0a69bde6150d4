// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "core/file.h"
#include "scenario/value_reader.h"

namespace fwbench {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Sets a key to a text; the messages that this gave.
std::vector<Diagnostic> set_key(const Key& key, std::string_view text, Draft& draft) {
  std::vector<Diagnostic> diagnostics;
  const SourceText source{"test", {std::string(text)}};
  const Value value{&source, {std::string(text), {1, 1, 1}}};
  ValueReader reader(key, value, diagnostics);
  key.set(reader, draft);
  return diagnostics;
}

TEST(Keys, EachHasASectionHelpAndAUniqueName) {
  std::set<std::string> names;
  for (const Key& key : all_keys()) {
    const std::string name = fmt::format("{}.{}", key.section, key.name);
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_FALSE(key.help.empty()) << name;
    EXPECT_TRUE(std::any_of(all_sections().begin(), all_sections().end(), [&](const KeySection& s) {
      return s.name == key.section;
    })) << name;
    EXPECT_EQ(find_key(key.section, key.name), &key);
  }
  EXPECT_EQ(find_key("trial", "seed"), nullptr);
}

TEST(Keys, DefaultsAndQuickValuesAreValid) {
  for (const Key& key : all_keys()) {
    for (const std::string_view text : {key.default_value, key.quick_value}) {
      Draft draft;
      EXPECT_TRUE(text.empty() || set_key(key, text, draft).empty()) << key.section << '.' << key.name;
    }
    EXPECT_FALSE(key.required && !key.default_value.empty()) << key.name;
  }
}

TEST(Keys, DefaultsAreThoseOfThePlan) {
  Draft draft;
  for (const Key& key : all_keys()) {
    EXPECT_TRUE(key.default_value.empty() || set_key(key, key.default_value, draft).empty());
  }
  const TrialPlan trial;
  EXPECT_EQ(draft.plan.trial.rounds, trial.rounds);
  EXPECT_EQ(draft.plan.trial.duration_ns, trial.duration_ns);
  EXPECT_EQ(draft.plan.trial.ramp_ns, trial.ramp_ns);
  EXPECT_EQ(draft.plan.trial.delay_duration_ns, trial.delay_duration_ns);
  EXPECT_EQ(draft.plan.trial.probe_rate_pps, trial.probe_rate_pps);
  EXPECT_EQ(draft.plan.trial.delay_load, trial.delay_load);
  EXPECT_EQ(draft.plan.trial.repeats, trial.repeats);
  EXPECT_EQ(draft.plan.fault_delay, Plan{}.fault_delay);
  const TrafficSpec traffic;
  EXPECT_EQ(draft.plan.traffic.seed, traffic.seed);
  EXPECT_EQ(draft.plan.traffic.frames, traffic.frames);
  EXPECT_EQ(draft.plan.traffic.engine, traffic.engine);
  EXPECT_EQ(draft.plan.traffic.probe_templates, traffic.probe_templates);
  EXPECT_EQ(draft.current.weight, TrafficClass{}.weight);
  EXPECT_EQ(draft.current.ttl, TrafficClass{}.ttl);
}

TEST(Keys, ImixInTheHelpIsTheImixThatIsSent) {
  const Key& key = *find_key("class", "size");
  Draft draft;
  ASSERT_TRUE(set_key(key, "imix", draft).empty());
  std::string text;
  for (const SizeWeight& s : draft.current.sizes) {
    text += fmt::format("{}{}:{}", text.empty() ? "" : ", ", s.bytes, s.weight);
  }
  EXPECT_THAT(std::string(key.help), HasSubstr(text));
}

TEST(Keys, NumbersAreExactAndStayInTheirRange) {
  Draft draft;
  const Key& seed = *find_key("traffic", "seed");
  EXPECT_TRUE(set_key(seed, "9007199254740991", draft).empty());
  EXPECT_EQ(draft.plan.traffic.seed, 9007199254740991U);
  const Key& rounds = *find_key("trial", "rounds");
  for (const char* const bad : {"0", "1001", "1.5", "-1", "x", "7s", "1e2", "18446744073709551617", "+3"}) {
    EXPECT_EQ(set_key(rounds, bad, draft).size(), 1U) << bad;
  }
  EXPECT_TRUE(set_key(*find_key("traffic", "frames"), "64k", draft).empty());
  EXPECT_EQ(draft.plan.traffic.frames, 64'000U);
  const Key& load = *find_key("trial", "delay_load");
  for (const char* const bad : {"0", "1.1", "nan", "inf", "-0.5", ".", "1e-1", "0.5x"}) {
    EXPECT_EQ(set_key(load, bad, draft).size(), 1U) << bad;
  }
  EXPECT_EQ(draft.plan.trial.rounds, TrialPlan{}.rounds) << "a wrong value must not be stored";
}

TEST(Keys, FlagsTypesAndSizesAreRead) {
  Draft draft;
  ASSERT_TRUE(set_key(*find_key("class", "tcp_flags"), "syn, psh+ack, none", draft).empty());
  EXPECT_EQ(draft.current.tcp_flags, (std::vector<uint8_t>{0x02, 0x18, 0}));
  ASSERT_TRUE(set_key(*find_key("class", "icmp_type"), "echo-request, 11-12, 0", draft).empty());
  EXPECT_EQ(draft.current.icmp_type, (IntervalSet{{0, 0}, {8, 8}, {11, 12}}));
  draft.current.ip = IpVersion::v6;
  ASSERT_TRUE(set_key(*find_key("class", "icmp_type"), "echo-request", draft).empty());
  EXPECT_EQ(draft.current.icmp_type, (IntervalSet{{128, 128}}));
  ASSERT_TRUE(set_key(*find_key("class", "size"), "60:7, 590 : 0.5, 1514", draft).empty());
  ASSERT_EQ(draft.current.sizes.size(), 3U);
  EXPECT_EQ(draft.current.sizes[1].bytes, 590);
  EXPECT_EQ(draft.current.sizes[1].weight, 0.5);
  EXPECT_EQ(draft.current.sizes[2].weight, 1);
  for (const char* const bad : {"59", "3499", "60:0", "60:", "60:x", "60-70", "imix, 60", ""}) {
    EXPECT_EQ(set_key(*find_key("class", "size"), bad, draft).size(), 1U) << bad;
  }
}

TEST(Explain, FindsEverythingASectionAKeyAndAUniqueName) {
  const std::string all = explain_keys("").value();
  for (const Key& key : all_keys()) EXPECT_THAT(all, HasSubstr(fmt::format("{}.{}", key.section, key.name)));
  EXPECT_EQ(explain_keys("all").value(), all);
  EXPECT_THAT(explain_keys("trial").value(), Not(HasSubstr("traffic.seed")));
  EXPECT_EQ(explain_keys("rounds").value(), explain_keys("trial.rounds").value());
  EXPECT_EQ(explain_keys("trial.rounds").value(),
            "trial.rounds\n"
            "  Trials of each DUT (and case) at full load, interleaved over DUTs and cases.\n"
            "  value: whole number, 1 to 1000, in trials; default 7\n"
            "  --quick: at most 3\n");
}

TEST(Explain, SuggestsForUnknownTopics) {
  const auto near = explain_keys("trial.rouns");
  ASSERT_FALSE(near);
  EXPECT_EQ(near.error().kind, ErrorKind::usage);
  EXPECT_EQ(near.error().message, "no section or key 'trial.rouns'");
  EXPECT_EQ(near.error().remedy, "did you mean 'trial.rounds'?");
  EXPECT_EQ(explain_keys("zzzzzzzz").error().remedy, "'fwbench explain' lists all of them");
}

TEST(KeysMarkdown, IsWhatIsCommitted) {
  const std::string path = FWBENCH_SOURCE_DIR "/scenarios/KEYS.md";
  // After a change of the table: FWBENCH_UPDATE=1 scenario_test --gtest_filter=KeysMarkdown.*
  if (std::getenv("FWBENCH_UPDATE") != nullptr) {
    ASSERT_TRUE(write_file_atomically(path, keys_markdown()));
  }
  const auto committed = read_file(path);
  ASSERT_TRUE(committed) << committed.error().message;
  EXPECT_EQ(keys_markdown(), *committed) << "see FWBENCH_UPDATE in this test";
}

}  // namespace
}  // namespace fwbench
