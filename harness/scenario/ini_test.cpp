// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/ini.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace fwbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> messages(std::string_view text) {
  std::vector<std::string> out;
  for (const Diagnostic& d : parse_ini(text, "x.ini").diagnostics) {
    out.push_back(fmt::format("{}:{}: {}", d.pos.line, d.pos.column, d.message));
  }
  return out;
}

TEST(Ini, KeepsThePlaceOfSectionsKeysAndValues) {
  const ParsedIni ini = parse_ini("# head\n\n[trial]\n  rounds =  7  ; not more\n", "x.ini");
  ASSERT_TRUE(ini.diagnostics.empty());
  ASSERT_EQ(ini.sections.size(), 1U);
  EXPECT_EQ(ini.sections[0].name.text, "trial");
  EXPECT_EQ(ini.sections[0].name.pos, (SourcePos{3, 2, 5}));
  ASSERT_EQ(ini.sections[0].entries.size(), 1U);
  EXPECT_EQ(ini.sections[0].entries[0].key.pos, (SourcePos{4, 3, 6}));
  EXPECT_EQ(ini.sections[0].entries[0].value.text, "7");
  EXPECT_EQ(ini.sections[0].entries[0].value.pos, (SourcePos{4, 13, 1}));
}

TEST(Ini, ACommentNeedsABlankInFront) {
  const ParsedIni ini = parse_ini("[a]\nx = p#1;2 # rest\n;all\n", "x.ini");
  ASSERT_TRUE(ini.diagnostics.empty());
  EXPECT_EQ(ini.sections.at(0).entries.at(0).value.text, "p#1;2");
}

TEST(Ini, TakesWindowsLineEndsAndAByteOrderMark) {
  const ParsedIni ini = parse_ini("\xEF\xBB\xBF[a]\r\nx = 1\r\n", "x.ini");
  ASSERT_TRUE(ini.diagnostics.empty());
  EXPECT_EQ(ini.sections.at(0).entries.at(0).value.text, "1");
}

TEST(Ini, TakesAValueWithEqualsAndUtf8) {
  const ParsedIni ini = parse_ini("[a]\nx = a=b \xC3\xA9\n", "x.ini");
  ASSERT_TRUE(ini.diagnostics.empty());
  EXPECT_EQ(ini.sections.at(0).entries.at(0).value.text, "a=b \xC3\xA9");
}

TEST(Ini, NamesEveryKindOfBadLineInOnePass) {
  EXPECT_THAT(messages("early = 1\n[a]\nnonsense\n= 3\nb ? = 2\nc =\n[open\n[]\n"),
              ElementsAre("1:1: key 'early' stands before any section", "3:1: expected 'key = value' or '[section]'",
                          "4:1: expected a key in front of '='", "5:1: expected a key in front of '='",
                          "6:1: key 'c' has no value", "7:1: section header without ']'",
                          "8:1: section name must be letters, digits, '_', '-' and '.'"));
}

TEST(Ini, NamesDuplicatesAndWhereTheFirstOneStands) {
  const ParsedIni ini = parse_ini("[a]\nx = 1\nx = 2\n[b]\ny = 1\n[a]\nz = 1\n", "x.ini");
  ASSERT_EQ(ini.diagnostics.size(), 2U);
  EXPECT_EQ(render(ini.diagnostics[0], false),
            "x.ini:3:1: error: key 'x' appears twice in this section\n  x = 2\n  ^\n  it was set in line 2\n");
  EXPECT_EQ(ini.diagnostics[1].pos, (SourcePos{6, 2, 1}));
  EXPECT_THAT(ini.diagnostics[1].message, HasSubstr("section [a] appears twice"));
  EXPECT_EQ(ini.sections.size(), 2U);
}

TEST(Ini, ANulByteEndsTheReading) {
  EXPECT_THAT(messages(std::string_view("[a]\nx\0y = 1\njunk\n", 16)),
              ElementsAre("2:2: NUL byte: this is not a text file"));
}

TEST(Ini, BadBytesAreNamedAndNeverReachTheTerminal) {
  const ParsedIni ini = parse_ini("[a]\nx = \x1b[31m\xff\n", "x.ini");
  ASSERT_EQ(ini.diagnostics.size(), 1U);
  EXPECT_EQ(ini.diagnostics[0].message, "byte 0x1b is neither printable nor UTF-8");
  EXPECT_EQ(ini.diagnostics[0].source_line, "x = ?[31m?");
  EXPECT_EQ(ini.diagnostics[0].pos, (SourcePos{2, 5, 1}));
}

TEST(Ini, RefusesOverlongAndBrokenUtf8) {
  for (const char* const bad : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC3"}) {
    EXPECT_EQ(messages(fmt::format("[a]\nx = {}\n", bad)).size(), 1U);
  }
}

TEST(Ini, RefusesOverlongLinesAndReadsOn) {
  EXPECT_THAT(messages(fmt::format("[a]\nx = {}\njunk\n", std::string(kMaxIniLine, 'y'))),
              ElementsAre(HasSubstr("line is longer than 4096 bytes"), HasSubstr("3:1: expected")));
  EXPECT_TRUE(messages(fmt::format("[a]\nx = {}\n", std::string(kMaxIniLine - 4, 'y'))).empty());
}

TEST(Ini, SplitsListsAndKeepsColumns) {
  const std::vector<IniText> parts = split_list({"a, bb ,,c", {1, 10, 9}});
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_EQ(parts[1].text, "bb");
  EXPECT_EQ(parts[1].pos, (SourcePos{1, 13, 2}));
  EXPECT_EQ(parts[2].text, "");
  EXPECT_EQ(parts[3].pos.column, 18);
}

/// Bytes that are likely to reach the reader's branches, and any others now and then.
std::string random_text(std::mt19937& random) {
  constexpr std::string_view kLikely = "[]==..\n\n\r\t  #;abc019,@!-\xC3\xA9";
  std::string text(random() % 200, '\0');
  for (char& c : text) {
    c = random() % 50 == 0 ? static_cast<char>(random() % 256) : kLikely[random() % kLikely.size()];
  }
  return text;
}

TEST(Ini, NoBytesMakeItFail) {
  std::mt19937 random(1);  // fixed: the same texts in every run
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = random_text(random);
    const ParsedIni ini = parse_ini(text, "x.ini");
    for (const Diagnostic& d : ini.diagnostics) {
      ASSERT_GE(d.pos.line, 1);
      ASSERT_LE(static_cast<size_t>(d.pos.line), ini.source.lines.size());
      ASSERT_GE(d.pos.column, 1);
      ASSERT_FALSE(render(d, false).empty());
    }
    for (const IniSection& section : ini.sections) {
      ASSERT_FALSE(section.name.text.empty());
      for (const IniEntry& entry : section.entries) {
        const std::string& line = ini.source.lines.at(static_cast<size_t>(entry.value.pos.line) - 1);
        ASSERT_EQ(line.substr(static_cast<size_t>(entry.value.pos.column) - 1, entry.value.text.size()),
                  entry.value.text);
      }
    }
  }
}

}  // namespace
}  // namespace fwbench
