// SPDX-License-Identifier: BSD-2-Clause
#include "doctor/doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "core/tool.h"
#include "core/unique_fd.h"
#include "doctor/host_checks.h"

namespace fwbench {
namespace {

using ::testing::HasSubstr;

const std::vector<Check> kSample = {
    {.id = "veth", .title = "veth pair", .status = Check::Status::ok, .detail = "made", .remedy = "", .required = true},
    {.id = "tool-nft",
     .title = "nft",
     .status = Check::Status::warn,
     .detail = "not installed",
     .remedy = "apt-get install nftables",
     .required = false},
};

std::vector<Check> with_status(bool required, Check::Status status) {
  std::vector<Check> checks = kSample;
  checks.front().required = required;
  checks.front().status = status;
  return checks;
}

TEST(Checks, OnlyARequiredFailureStopsFwbench) {
  EXPECT_TRUE(can_run(kSample));
  EXPECT_TRUE(can_run(with_status(true, Check::Status::warn)));
  EXPECT_TRUE(can_run(with_status(false, Check::Status::fail)));
  EXPECT_FALSE(can_run(with_status(true, Check::Status::fail)));
}

TEST(Checks, TextShowsEachRemedyUnderItsCheckAndEndsWithTheAnswer) {
  EXPECT_EQ(render_checks(kSample, false),
            "ok    veth pair  made\n"
            "warn  nft        not installed\n"
            "                 -> apt-get install nftables\n"
            "\n"
            "0 failures, 1 warning: fwbench can run here.\n");
  EXPECT_THAT(render_checks(with_status(true, Check::Status::fail), false),
              HasSubstr("1 failure, 1 warning: fwbench cannot run here.\n"));
}

TEST(Checks, JsonSaysTheSame) {
  const auto json = nlohmann::json::parse(checks_to_json(kSample));
  EXPECT_EQ(json["can_run"], true);
  EXPECT_EQ(json["checks"][0],
            (nlohmann::json{
                {"id", "veth"}, {"title", "veth pair"}, {"status", "ok"}, {"required", true}, {"detail", "made"}}));
  EXPECT_EQ(json["checks"][1]["status"], "warn");
  EXPECT_EQ(json["checks"][1]["remedy"], "apt-get install nftables");
}

TEST(Checks, JsonSurvivesTextThatIsNotUtf8) {
  std::vector<Check> checks = kSample;
  checks.front().detail = "\xff\xfe";
  EXPECT_TRUE(nlohmann::json::accept(checks_to_json(checks)));
}

TEST(Privileges, NamesEveryMissingCapability) {
  const Check nobody = privilege_check(65534, 0);
  EXPECT_EQ(nobody.status, Check::Status::fail);
  EXPECT_EQ(nobody.detail, "user 65534 without CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_NET_RAW, CAP_BPF");
  EXPECT_TRUE(nobody.required);
  EXPECT_THAT(nobody.remedy, HasSubstr("sudo"));
}

TEST(Privileges, SysAdminIncludesBpf) {
  const uint64_t enough = 1ULL << CAP_SYS_ADMIN | 1ULL << CAP_NET_ADMIN | 1ULL << CAP_NET_RAW;
  EXPECT_EQ(privilege_check(0, enough).status, Check::Status::ok);
  // Root in an ordinary container.
  EXPECT_THAT(privilege_check(0, enough & ~(1ULL << CAP_SYS_ADMIN)).detail, HasSubstr("CAP_SYS_ADMIN, CAP_BPF"));
}

TEST(Tools, AMissingProgramIsAnErrorAndAFailingOneSaysWhy) {
  EXPECT_FALSE(find_tool("no-such-program-of-fwbench"));
  EXPECT_TRUE(run_tool_or_fail("sh", {"-c", "grep -q word"}, "a word\n"));
  const auto failed = run_tool_or_fail("sh", {"-c", "echo it is broken >&2; exit 3"}, "");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "sh failed: it is broken");
  EXPECT_FALSE(run_tool_or_fail("no-such-program-of-fwbench", {}, ""));
}

/// checks_to_json(run_checks()) of a process that gave up root.
std::string checks_of_nobody() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return "";
  const UniqueFd in(ends[0]);
  UniqueFd out(ends[1]);
  const pid_t pid = ::fork();
  if (pid == 0) {
    constexpr unsigned kNobody = 65534;
    if (::getuid() == 0 && (::setresgid(kNobody, kNobody, kNobody) != 0 || ::setresuid(kNobody, kNobody, kNobody) != 0))
      ::_exit(1);
    const std::string text = checks_to_json(run_checks());
    ::_exit(::write(out.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  out.reset();
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t size = 0; (size = ::read(in.get(), buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<size_t>(size));
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status == 0 ? text : "";
}

TEST(Doctor, WithoutRootItSaysWhatIsMissingAndTriesNothingElse) {
  const std::string text = checks_of_nobody();
  ASSERT_FALSE(text.empty()) << "the doctor crashed";
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json["can_run"], false);
  int seen = 0;
  for (const auto& check : json["checks"]) {
    if (check["id"] == "privileges" || check["id"] == "namespaces") {
      ++seen;
      EXPECT_EQ(check["status"], "fail") << check;
      EXPECT_THAT(check["remedy"].get<std::string>(), HasSubstr("root"));
    }
    if (check["id"] == "xdp-native") {
      ++seen;
      EXPECT_EQ(check["detail"], "not tried: needs namespaces");
    }
  }
  EXPECT_EQ(seen, 3);
}

}  // namespace
}  // namespace fwbench
