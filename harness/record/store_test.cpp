// SPDX-License-Identifier: BSD-2-Clause
#include "record/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/file.h"
#include "record/record_json.h"
#include "record/sample_record.h"

namespace fwbench {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class StoreTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(runs_); }
  void TearDown() override { fs::remove_all(runs_); }

  fs::path runs_ = fs::path(testing::TempDir()) / fmt::format("fwbench_store_test_{}", ::getpid());
  Record record_ = sample_record();
};

TEST_F(StoreTest, FoldersAreNamedByScenarioAndTime) {
  EXPECT_EQ(create_run_folder(runs_, record_).value(), runs_ / "syn_flood" / "20260131T120000Z");
  EXPECT_EQ(create_run_folder(runs_, record_).value(), runs_ / "syn_flood" / "20260131T120000Z-02");
}

TEST_F(StoreTest, AScenarioNameCannotLeaveTheStore) {
  for (const char* name : {"", "..", ".", "../../etc", "a/b"}) {
    record_.scenario_name = name;
    EXPECT_FALSE(create_run_folder(runs_, record_)) << name;
  }
}

TEST_F(StoreTest, FindsAFileARunAndTheNewestRunOfAScenario) {
  for (const char* time : {"2026-01-31T12:00:00Z", "2026-02-01T00:00:00Z", "2025-12-31T23:59:59Z"}) {
    record_.started_utc = time;
    ASSERT_TRUE(save_record(record_, create_run_folder(runs_, record_).value()));
  }
  fs::create_directory(runs_ / "syn_flood" / "99991231T000000Z");  // a run that wrote nothing
  const fs::path newest = runs_ / "syn_flood" / "20260201T000000Z" / "record.json";
  EXPECT_EQ(find_record(newest).value(), newest);
  EXPECT_EQ(find_record(newest.parent_path()).value(), newest);
  EXPECT_EQ(find_record(runs_ / "syn_flood").value(), newest);
  EXPECT_EQ(load_record(runs_ / "syn_flood")->started_utc, "2026-02-01T00:00:00Z");
}

TEST_F(StoreTest, SavingAgainReplacesTheRecordAndLeavesNothingElse) {
  const fs::path folder = create_run_folder(runs_, record_).value();
  ASSERT_TRUE(save_record(record_, folder));
  record_.trials.clear();
  ASSERT_TRUE(save_record(record_, folder));
  EXPECT_TRUE(load_record(folder)->trials.empty());
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1);
}

TEST_F(StoreTest, ErrorsNameWhatWasLookedFor) {
  EXPECT_THAT(find_record(runs_ / "none").error().to_string(), HasSubstr("there is no '"));
  EXPECT_THAT(find_record(runs_).error().to_string(), HasSubstr("no record in"));
  const fs::path broken = runs_ / "record.json";
  ASSERT_TRUE(write_file_atomically(broken, "{"));
  EXPECT_THAT(load_record(broken).error().to_string(), HasSubstr(broken.string() + ": not a fwbench record"));
}

}  // namespace
}  // namespace fwbench
