// SPDX-License-Identifier: BSD-2-Clause
/// Firewalls of the user's own as a user meets them: what works, and what is said of one that does not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/test_process.h"
#include "core/result.h"
#include "record/record_json.h"

namespace fwbench {
namespace {

using ::testing::HasSubstr;

const std::string kLoader = FWBENCH_CUSTOM_LOADER;
const std::string kObject = FWBENCH_CUSTOM_OBJECT;

/// Behind the section [dut.mine].
constexpr const char* kRest = R"(
[traffic]
frames = 4096
[trial]
rounds = 1
duration = 20ms
ramp = 0s
delay_duration = 0s
repeats = 1
[class.good]
saddr = 198.18.0.0/16
daddr = 198.19.0.1
dport = 443
expect = pass
[class.bad]
saddr = 203.0.113.0/24
daddr = 198.19.0.1
dport = 443
expect = drop
)";

class Custom : public ::testing::Test {
 protected:
  Custom() : folder_(std::filesystem::temp_directory_path() / fmt::format("fwbench_custom_test_{}", ::getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~Custom() override { std::filesystem::remove_all(folder_); }
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: sends real packets";
  }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  /// A scenario whose only DUT is described by these lines.
  std::vector<std::string> scenario(const std::string& lines) const {
    return {"run", write("s.ini", "[dut]\nlist = mine\n[dut.mine]\n" + lines + kRest), "--out",
            (folder_ / "runs").string(), "--no-plots"};
  }
  /// Runs it and holds that nothing is left.
  ProcessResult run(const std::string& lines, const std::vector<std::string>& more = {}) const {
    const KernelObjects before = kernel_objects();
    std::vector<std::string> arguments = scenario(lines);
    arguments.insert(arguments.end(), more.begin(), more.end());
    ProcessResult result = run_fwbench(arguments);
    EXPECT_EQ(left_behind(before), "") << result.err;
    return result;
  }
  static std::string command(const std::string& behaviour, const std::string& program = "is_right") {
    return fmt::format("kind = command\ncommand = {} {} {{iface}} {} {}\n", kLoader, behaviour, kObject, program);
  }

  std::filesystem::path folder_;
};

// ---- what works

TEST_F(Custom, ALoaderThatStaysIsMeasuredAndJudged) {
  const ProcessResult result = run(command("attach"), {"--json", "-"});
  ASSERT_EQ(result.exit_code, exit_ok) << result.err;
  const auto record = record_from_json(result.out);
  ASSERT_TRUE(record) << record.error().to_string();
  const DutSummary& mine = record->summary.at("mine");
  EXPECT_EQ(mine.ledger.unaccounted, 0);
  EXPECT_GT(mine.ledger.passed, 1000U);
  EXPECT_GT(mine.ledger.dropped_by_rule, 1000U);
  EXPECT_EQ(mine.verdicts.false_drop + mine.verdicts.false_pass, 0U);
  EXPECT_GT(mine.verdicts.expect_pass, 1000U);
  EXPECT_GT(mine.verdicts.expect_drop, 1000U);
  EXPECT_TRUE(mine.mrr_pps);
}

TEST_F(Custom, ALoaderThatEndsMayLeaveItsProgramAndFindsItsFoldersInTheEnvironment) {
  const ProcessResult result = run(
      fmt::format("kind = command\ncommand = sh -c 'touch $FWBENCH_WORKDIR/x && ls -d /sys/class/net/$FWBENCH_IFACE && "
                  "bpftool prog loadall {} $FWBENCH_PINS/p && "
                  "bpftool net attach xdp pinned {{pins}}/p/is_right dev {{iface}}'\n",
                  kObject));
  EXPECT_EQ(result.exit_code, exit_ok) << result.err;
}

TEST_F(Custom, ALineOfItsOutputOrADelayMayTellThatItIsReady) {
  EXPECT_EQ(run(command("attach") + "ready = line\nready_line = wall is\n").exit_code, exit_ok);
  EXPECT_EQ(run(command("attach") + "ready = delay\nready_delay = 400ms\n").exit_code, exit_ok);
}

TEST_F(Custom, AnObjectThatRedirectsIsSetUpThroughItsPinsAndSeenAtTheFarEnd) {
  const ProcessResult result =
      run(fmt::format("kind = xdp-object\nobject = {}\nprogram = redirects\nverdict = redirect\n"
                      "setup = test -d {{pins}} && bpftool map update pinned {{pins}}/egress key 0 0 0 0 "
                      "value {{out_ifindex}} 0 0 0\n",
                      kObject));
  EXPECT_EQ(result.exit_code, exit_ok) << result.err;
}

TEST_F(Custom, AnObjectInGenericModeIsTappedToo) {
  const ProcessResult result =
      run(fmt::format("kind = xdp-object\nobject = {}\nprogram = is_right\nmode = generic\n", kObject));
  EXPECT_EQ(result.exit_code, exit_ok) << result.err;
}

// ---- what does not

TEST_F(Custom, OneThatEndsEarlyIsReportedWithItsLastWords) {
  const ProcessResult result = run(command("exit"));
  EXPECT_EQ(result.exit_code, exit_environment);
  EXPECT_THAT(result.err, HasSubstr("the firewall 'mine' ended with status 7 before it was ready"));
  EXPECT_THAT(result.err, HasSubstr("| cannot open fw.conf"));
}

TEST_F(Custom, OneThatHangsIsEndedWithItsDaemons) {
  const ProcessResult result = run(command("hang") + "ready = line\nready_line = up\nready_timeout = 200ms\n");
  EXPECT_EQ(result.exit_code, exit_environment);
  EXPECT_THAT(result.err, HasSubstr("the firewall 'mine' did not print its ready_line within 200 ms"));
  EXPECT_THAT(result.err, HasSubstr("| starting"));
}

TEST_F(Custom, OneThatNeverAttachesIsNamed) {
  const ProcessResult waits = run("kind = command\ncommand = sleep 1000\nready_timeout = 200ms\n");
  EXPECT_EQ(waits.exit_code, exit_environment);
  EXPECT_THAT(waits.err, HasSubstr("attached no XDP program to its link within 200 ms; it printed nothing"));
  EXPECT_THAT(waits.err, HasSubstr("ready = line or ready = delay"));
  const ProcessResult ends = run("kind = command\ncommand = true\n");
  EXPECT_EQ(ends.exit_code, exit_environment);
  EXPECT_THAT(ends.err, HasSubstr("ended with status 0 and left no XDP program on its link"));
}

TEST_F(Custom, OneThatPrintsAGigabyteIsQuotedBriefly) {
  const ProcessResult result = run(command("talk") + "ready_timeout = 60s\n");
  EXPECT_EQ(result.exit_code, exit_environment);
  EXPECT_THAT(result.err, HasSubstr("ended with status 1 before it was ready"));
  EXPECT_THAT(result.err, HasSubstr("| out of ideas"));
  EXPECT_LT(result.err.size(), 10'000U);
}

TEST_F(Custom, OneThatCrashesUnderLoadMakesTheMeasurementInvalid) {
  const ProcessResult result = run(command("crash"), {"--set", "trial.duration=600ms"});
  EXPECT_EQ(result.exit_code, exit_invalid) << result.err;
  EXPECT_THAT(result.err, HasSubstr("was killed by signal 11 (Segmentation fault)"));
  EXPECT_THAT(result.err, HasSubstr("| firewall is up"));
}

TEST_F(Custom, OneThatPassesWhatItShouldDropIsCaughtWithTheFrames) {
  const ProcessResult result = run(command("attach", "passes_all"));
  EXPECT_EQ(result.exit_code, exit_verdict_mismatch) << result.err;
  EXPECT_THAT(result.out, HasSubstr("[class.bad] expect = drop"));
  EXPECT_THAT(result.err, HasSubstr("repro-mine/repro.pcap"));
}

TEST_F(Custom, OneThatAbortsIsNotTakenForOneThatDrops) {
  for (const std::string& lines :
       {command("attach", "aborts"),
        fmt::format("kind = xdp-object\nobject = {}\nprogram = aborts\nmode = generic\n", kObject)}) {
    const ProcessResult result = run(lines);
    EXPECT_EQ(result.exit_code, exit_invalid);
    EXPECT_THAT(result.err, ::testing::ContainsRegex("mine returns XDP_ABORTED on [0-9]+ frames of [0-9]+"));
  }
}

TEST_F(Custom, WhatCannotBeStartedOrLoadedIsSaid) {
  const ProcessResult missing = run("kind = command\ncommand = ./no-such-firewall\n");
  EXPECT_EQ(missing.exit_code, exit_environment);
  EXPECT_THAT(missing.err, HasSubstr("cannot start './no-such-firewall' in the folder"));
  EXPECT_THAT(missing.err, HasSubstr("No such file or directory"));

  const ProcessResult object = run("kind = xdp-object\nobject = no-such.o\n");
  EXPECT_EQ(object.exit_code, exit_environment);
  EXPECT_THAT(object.err, HasSubstr("cannot read the BPF object"));

  const ProcessResult which = run(fmt::format("kind = xdp-object\nobject = {}\n", kObject));
  EXPECT_EQ(which.exit_code, exit_environment);
  EXPECT_THAT(which.err, HasSubstr("is_right, passes_all, aborts, redirects"));
  EXPECT_THAT(which.err, HasSubstr("program = NAME"));

  const ProcessResult setup =
      run(fmt::format("kind = xdp-object\nobject = {}\nprogram = is_right\nsetup = true && ls /no-such\n", kObject));
  EXPECT_EQ(setup.exit_code, exit_environment);
  EXPECT_THAT(setup.err, HasSubstr("setup of the firewall 'mine': 'ls /no-such' ended with status 2"));
}

TEST_F(Custom, AnObjectWithLegacyMapsGetsTheRemedy) {
  const std::string source =
      write("legacy.bpf.c",
            "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"
            "struct { int type, key, value, entries, flags; } old SEC(\"maps\") = {2, 4, 4, 1, 0};\n"
            "SEC(\"xdp\") int fw(struct xdp_md* c) { int z = 0; return "
            "bpf_map_lookup_elem(&old, &z) ? 2 : 1; }\n");
  const std::string build =
      fmt::format("clang -O2 -g -target bpf -I/usr/include/$(uname -m)-linux-gnu -c {0} -o {0}.o", source);
  ASSERT_EQ(std::system(build.c_str()), 0);
  const ProcessResult result = run(fmt::format("kind = xdp-object\nobject = {}.o\n", source));
  EXPECT_EQ(result.exit_code, exit_environment);
  EXPECT_THAT(result.err, HasSubstr("use kind = command"));
}

/// Guards against a loader, or a daemon of one, that outlives its run.
TEST_F(Custom, KilledAtAnyTimeItLeavesNothing) {
  const KernelObjects before = kernel_objects();
  for (const std::string& lines :
       {command("attach"), command("hang") + "ready = line\nready_line = up\n", command("attach", "passes_all")}) {
    RunningProcess process = start_fwbench(scenario(lines));
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    process.signal(SIGKILL);
    static_cast<void>(process.wait());
  }
  EXPECT_EQ(left_behind(before), "");
}

// ---- the tutorial

/// The lines of the first `sh` block behind a heading of the README.
std::string block_behind(const std::string& heading) {
  std::ifstream file(FWBENCH_SOURCE_DIR "/README.md");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const size_t at = text.find(heading);
  const size_t begin = text.find("```sh\n", at);
  const size_t end = text.find("```\n", begin + 6);
  EXPECT_NE(at, std::string::npos) << heading;
  return at == std::string::npos ? "" : text.substr(begin + 6, end - begin - 6);
}

struct ShellResult {
  int exit_code = -1;
  std::string out;
};

/// In a folder that looks like a fresh clone after its build.
class Tutorial : public Custom {
 protected:
  void SetUp() override {
    Custom::SetUp();
    std::filesystem::create_directories(folder_ / "scenarios");
    std::filesystem::create_directories(folder_ / "scripts");
    std::filesystem::copy(FWBENCH_SOURCE_DIR "/scenarios/examples", folder_ / "scenarios/examples");
    // Stands in for the real one, which would build the release first.
    write("scripts/run", "#!/bin/sh\nexec " FWBENCH_BINARY " run \"$@\"\n");
    std::filesystem::permissions(folder_ / "scripts/run", std::filesystem::perms::owner_all);
  }
  ShellResult shell(const std::string& line) const {
    const std::string output = (folder_ / "output").string();
    const int status = std::system(fmt::format("cd {} && {{ {}\n}} > {} 2>&1", folder_.string(), line, output).c_str());
    std::ifstream file(output);
    return {WEXITSTATUS(status), std::string((std::istreambuf_iterator<char>(file)), {})};
  }
};

TEST_F(Tutorial, ItsLinesRunAsTheyStandAndTheBugIsCaught) {
  const KernelObjects before = kernel_objects();
  std::vector<std::string> lines;
  std::string line;
  std::istringstream block(block_behind("## Test your own firewall in five minutes"));
  while (std::getline(block, line)) lines.push_back(line);
  ASSERT_EQ(lines.size(), 4U) << "build, run, build with the bug, run";
  EXPECT_EQ(shell(lines[0]).exit_code, 0);
  const ShellResult right = shell(lines[1]);
  EXPECT_EQ(right.exit_code, exit_ok) << right.out;
  EXPECT_EQ(shell(lines[2]).exit_code, 0);
  const ShellResult wrong = shell(lines[3]);
  EXPECT_EQ(wrong.exit_code, exit_verdict_mismatch) << wrong.out;
  EXPECT_THAT(wrong.out, HasSubstr("(https)"));
  EXPECT_THAT(wrong.out, HasSubstr("repro-tiny/repro.pcap"));
  EXPECT_EQ(left_behind(before), "");
}

}  // namespace
}  // namespace fwbench
