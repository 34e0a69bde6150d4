// SPDX-License-Identifier: BSD-2-Clause
#include "core/paths.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace fwbench {
namespace {

namespace fs = std::filesystem;

class Paths : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "fwbench_paths_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }

  fs::path folder(const std::string& name) const {
    fs::create_directories(root_ / name);
    return root_ / name;
  }

  fs::path root_;
};

TEST_F(Paths, AnInstalledProgramUsesTheShareFolderOfItsOwnPrefix) {
  folder("opt/share/fwbench/scenarios");
  const auto found = locate_share(folder("opt/bin") / "fwbench", "");
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(found->scenarios, root_ / "opt/share/fwbench/scenarios");
  EXPECT_EQ(found->schema, root_ / "opt/share/fwbench/schema");
  EXPECT_EQ(found->gnuplot, root_ / "opt/share/fwbench/gnuplot");
}

TEST_F(Paths, ABuildFolderUsesTheSourceTreeAboveIt) {
  folder("src/scenarios");
  folder("src/build/scenarios");  // not a source tree: must not be taken
  std::ofstream(root_ / "src/CMakePresets.json") << "{}";
  const auto found = locate_share(folder("src/build/release/harness/cli") / "fwbench", "");
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(found->root, root_ / "src");
  EXPECT_EQ(found->schema, root_ / "src/results/schema");
}

TEST_F(Paths, TheOverrideWinsAndIsNotIgnoredWhenItIsWrong) {
  folder("opt/share/fwbench/scenarios");
  folder("mine/scenarios");
  const fs::path executable = folder("opt/bin") / "fwbench";
  EXPECT_EQ(locate_share(executable, root_ / "mine").value().scenarios, root_ / "mine/scenarios");
  EXPECT_FALSE(locate_share(executable, root_ / "missing"));
}

TEST_F(Paths, NothingFoundSaysWhereItLooked) {
  const auto found = locate_share(folder("lost/bin") / "fwbench", "");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::environment);
  EXPECT_NE(found.error().message.find((root_ / "lost/share/fwbench").string()), std::string::npos);
  EXPECT_NE(found.error().remedy.find("FWBENCH_SHARE"), std::string::npos);
}

TEST(SharePathsOfThisProgram, AreTheSourceTree) {
  const auto found = share_paths();
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_TRUE(fs::equivalent(found->root, FWBENCH_SOURCE_DIR));
}

TEST_F(Paths, AnInstalledHelperStandsBesideTheProgramAndNowhereElse) {
  const fs::path bin = folder("opt/bin");
  std::ofstream(root_ / "opt/helper") << "not this one";
  EXPECT_FALSE(locate_program(bin / "fwbench", "helper"));
  std::ofstream(bin / "helper") << "#!";
  const auto found = locate_program(bin / "fwbench", "helper");
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(*found, bin / "helper");
}

TEST_F(Paths, ATestFindsAHelperInTheBuildFolderAboveIt) {
  const fs::path test = folder("src/build/dev/harness/x") / "x_test";
  std::ofstream(folder("src") / "CMakePresets.json") << "{}";
  std::ofstream(root_ / "helper") << "not this one";
  const auto missing = locate_program(test, "helper");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::environment);
  std::ofstream(root_ / "src/build/dev/helper") << "#!";
  const auto found = locate_program(test, "helper");
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(*found, root_ / "src/build/dev/helper");
}

}  // namespace
}  // namespace fwbench
