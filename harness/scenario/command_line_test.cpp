// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fwbench {
namespace {

using Commands = std::vector<CommandWords>;

Commands split(const std::string& text, std::vector<Diagnostic>* messages = nullptr) {
  const SourceText source{"s.ini", {"command = " + text}};
  std::vector<Diagnostic> own;
  Commands commands = split_commands(source, {text, {1, 11, 1}}, messages == nullptr ? own : *messages);
  EXPECT_TRUE(messages != nullptr || own.empty()) << render(own, false);
  return commands;
}

std::string error_of(const std::string& text) {
  std::vector<Diagnostic> messages;
  static_cast<void>(split(text, &messages));
  return messages.empty() ? "" : fmt::format("{}: {}", messages.front().pos.column, messages.front().message);
}

TEST(CommandLine, WordsAreCutAtBlanksAndQuotesHoldThemTogether) {
  EXPECT_EQ(split("./fw --iface {iface}"), (Commands{{"./fw", "--iface", "{iface}"}}));
  EXPECT_EQ(split(R"(a 'b c' "d \" \\ \n" e\ f ''  g"h"'i')"),
            (Commands{{"a", "b c", R"(d " \ \n)", "e f", "", "ghi"}}));
  EXPECT_EQ(split("a $HOME * > x | y"), (Commands{{"a", "$HOME", "*", ">", "x", "|", "y"}})) << "there is no shell";
}

TEST(CommandLine, TwoAmpersandsEndACommandUnlessQuoted) {
  EXPECT_EQ(split("a b && c '&&' d&&e"), (Commands{{"a", "b"}, {"c", "&&", "d&&e"}}));
  EXPECT_EQ(error_of("&& a"), "11: a command is missing in front of '&&'");
  EXPECT_EQ(error_of("a &&"), "14: a command is missing here");
}

TEST(CommandLine, WhatIsWrongIsPointedAt) {
  EXPECT_EQ(error_of("a 'b"), "13: the quote ' is not closed");
  EXPECT_EQ(error_of("a \\"), "13: nothing behind the backslash");
  EXPECT_EQ(error_of("a x{ifcae}"), "14: there is nothing to fill in for {ifcae}");
  std::vector<Diagnostic> messages;
  static_cast<void>(split("a {ifcae}", &messages));
  EXPECT_EQ(messages.front().hint, "did you mean '{iface}'?");
  EXPECT_EQ(error_of(R"(a '{"json": {}, {}}' {X})"), "") << "braces that are no placeholder are the command's own";
}

TEST(CommandLine, PlaceholdersAreFilledInOnce) {
  const CommandWords words = {"{iface}:{ifindex}", "{workdir}/x", "{other}", "{"};
  EXPECT_EQ(fill_in(words, {{"iface", "{ifindex}"}, {"ifindex", "7"}, {"workdir", "/w"}}),
            (CommandWords{"{ifindex}:7", "/w/x", "{other}", "{"}));
  EXPECT_TRUE(uses_placeholder(words, "workdir"));
  EXPECT_FALSE(uses_placeholder(words, "policy"));
}

}  // namespace
}  // namespace fwbench
