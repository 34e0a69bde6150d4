// SPDX-License-Identifier: BSD-2-Clause
/// [dut.NAME], and scenarios without a policy.
#include "scenario/test_scenario.h"

namespace fwbench::scenario_test {
namespace {

using testing::HasSubstr;

class UserDuts : public PlanTest {
 protected:
  /// kMinimal with a DUT `mine` that has these lines.
  [[nodiscard]] static std::string mine(std::string_view lines) {
    return replaced(with("list = xdp, null-drop", "list = mine"), "", fmt::format("[dut.mine]\n{}", lines));
  }
  [[nodiscard]] UserDut read(std::string_view lines) const {
    const PlannedScenario planned = plan(mine(lines), options_);
    EXPECT_TRUE(planned.plan) << render(planned.diagnostics, false);
    return planned.plan && !planned.plan->user_duts.empty() ? planned.plan->user_duts.front() : UserDut{};
  }
  [[nodiscard]] std::string error(std::string_view lines) const { return errors(mine(lines), options_); }

  const ScenarioOptions options_ = {.known_duts = {"xdp", "null-drop"}, .policy_duts = {"xdp"}};
};

TEST_F(UserDuts, ACommandHasItsWordsItsReadinessAndDefaults) {
  const UserDut dut = read(
      "kind = command\ncommand = ./fw --dev {iface} 'a b'\nready = line\nready_line = up\n"
      "ready_timeout = 3s\nsetup = a {pins} && b\nplacement = own-core\nverdict = redirect\n"
      "expect = drop\nnull_dut = xdp");
  EXPECT_EQ(dut.name, "mine");
  EXPECT_EQ(dut.command, (CommandWords{"./fw", "--dev", "{iface}", "a b"}));
  EXPECT_EQ(dut.ready, UserDutReady::line);
  EXPECT_EQ(dut.ready_line, "up");
  EXPECT_EQ(dut.ready_timeout_ns, 3'000'000'000U);
  EXPECT_EQ(dut.setup, (std::vector<CommandWords>{{"a", "{pins}"}, {"b"}}));
  EXPECT_EQ(dut.placement, UserDutPlacement::own_core);
  EXPECT_EQ(dut.verdict, UserDutVerdict::redirect);
  EXPECT_EQ(dut.expect, UserDutExpect::drop);
  EXPECT_EQ(dut.null_dut, "xdp");
  EXPECT_EQ(dut.folder, folder_.string());
  EXPECT_THAT(dut.summary, HasSubstr("./fw"));

  const UserDut plain = read("kind = command\ncommand = x");
  EXPECT_EQ(plain.ready, UserDutReady::attached);
  EXPECT_EQ(plain.ready_delay_ns, UserDut{}.ready_delay_ns);
  EXPECT_EQ(plain.ready_timeout_ns, UserDut{}.ready_timeout_ns);
  EXPECT_EQ(plain.null_dut, UserDut{}.null_dut);
  EXPECT_EQ(plain.verdict, UserDutVerdict::pass);
}

TEST_F(UserDuts, AnObjectIsLookedForInTheScenariosFolder) {
  const UserDut dut = read("kind = xdp-object\nobject = sub/../fw.o\nprogram = main\nmode = generic");
  EXPECT_EQ(dut.object, (folder_ / "fw.o").string());
  EXPECT_EQ(dut.program, "main");
  EXPECT_EQ(dut.mode, UserDutMode::generic);
}

TEST_F(UserDuts, WhatIsWrongIsSaidWhereItStands) {
  EXPECT_EQ(error("kind = comand"),
            "s.ini:12:8: error: unknown kind 'comand'\n  kind = comand\n         ^~~~~~\n"
            "  kind = command or xdp-object\n");
  EXPECT_THAT(error("command = x"), HasSubstr("s.ini:11:2: error: [dut.mine] needs 'kind'"));
  EXPECT_THAT(error("kind = command"), HasSubstr("s.ini:11:2: error: [dut.mine] needs 'command'"));
  EXPECT_THAT(error("kind = xdp-object"), HasSubstr("[dut.mine] needs 'object'"));
  EXPECT_THAT(error("kind = command\ncommand = x\nobject = y"),
              HasSubstr("s.ini:14:1: error: 'object' has no meaning for kind = command"));
  EXPECT_THAT(error("kind = xdp-object\nobject = y\nready = line"),
              HasSubstr("s.ini:14:1: error: 'ready' has no meaning for kind = xdp-object"));
  EXPECT_THAT(error("kind = command\ncommand = x {ifcae}"),
              HasSubstr("s.ini:13:13: error: there is nothing to fill in for {ifcae}"));
  EXPECT_THAT(error("kind = command\ncommand = x && y"), HasSubstr("s.ini:13:11: error: one command only"));
  EXPECT_THAT(error("kind = command\ncommand = x\nready = line"),
              HasSubstr("s.ini:14:9: error: ready = line needs 'ready_line'"));
  EXPECT_THAT(error("kind = command\ncommand = x\nready_delay = 1s"),
              HasSubstr("s.ini:14:1: error: 'ready_delay' has a meaning for ready = delay only"));
  EXPECT_THAT(error("kind = command\ncommand = x\nnull_dut = null-drip"),
              HasSubstr("s.ini:14:12: error: no other DUT 'null-drip'"));
  EXPECT_THAT(error("kind = command\ncommand = x\nnull_dut = mine"), HasSubstr("no other DUT 'mine'"));
  EXPECT_THAT(error("knd = command"), HasSubstr("unknown key 'knd' in [dut.mine]"));
}

TEST_F(UserDuts, NamesAreCheckedAndKnownOnTheCommandLine) {
  EXPECT_THAT(errors(with("", "[dut.xdp]\nkind = command\ncommand = x"), options_),
              HasSubstr("s.ini:11:2: error: 'xdp' is a DUT of fwbench's own"));
  EXPECT_THAT(errors(with("", "[dut.]\nkind = command"), options_), HasSubstr("a DUT of your own needs a name"));
  const std::string text = mine("kind = command\ncommand = x");
  ScenarioOptions options = options_;
  options.duts = {"mine", "xdp"};
  options.overrides = {"dut.mine.command=y z"};
  const PlannedScenario planned = plan(text, options);
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  EXPECT_EQ(planned.plan->user_duts.front().command, (CommandWords{"y", "z"}));
  EXPECT_THAT(errors(text, {.overrides = {"dut.mien.command=y"}, .known_duts = {"xdp"}}),
              HasSubstr("did you mean 'dut.mine'?"));
  EXPECT_THAT(errors(text, {.duts = {"mien"}, .known_duts = {"xdp"}}), HasSubstr("did you mean 'mine'?"));
}

TEST_F(UserDuts, ThePlanShowsThem) {
  const PlannedScenario planned = plan(mine("kind = command\ncommand = ./fw {iface}\nready = delay"), options_);
  ASSERT_TRUE(planned.plan);
  EXPECT_THAT(plan_to_text(*planned.plan), HasSubstr("dut mine: command\n    command   ./fw {iface}\n"
                                                     "    ready     after 500ms, within 10s\n"));
  EXPECT_THAT(plan_to_json(*planned.plan), HasSubstr("\"user_duts\""));
}

TEST_F(UserDuts, ClassesMayStandInForThePolicy) {
  const std::string bare = replaced(mine("kind = command\ncommand = x"), "[policy]\nfile = p.nft\n", "");
  EXPECT_THAT(errors(bare, options_), HasSubstr("[policy] needs 'file'")) << "no class says what is right";
  const std::string told = replaced(bare, "dport = 443\n", "dport = 443\nexpect = drop\n");
  const PlannedScenario planned = plan(told, options_);
  ASSERT_TRUE(planned.plan) << render(planned.diagnostics, false);
  EXPECT_TRUE(planned.plan->policy_is_absent);
  EXPECT_EQ(planned.plan->class_expects.front(), ClassExpect::drop);
  EXPECT_THAT(plan_to_text(*planned.plan), HasSubstr("policy     none"));
  EXPECT_THAT(plan_to_text(*planned.plan), HasSubstr("expect drop"));

  EXPECT_THAT(errors(replaced(told, "list = mine", "list = mine, xdp"), options_),
              HasSubstr("s.ini:2:8: error: DUT 'xdp' needs a [policy]"));
  EXPECT_THAT(errors(replaced(told, "command = x", "command = x {policy}"), options_),
              HasSubstr("{policy} stands here, and there is no [policy]"));
}

}  // namespace
}  // namespace fwbench::scenario_test
