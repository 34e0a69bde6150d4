// SPDX-License-Identifier: BSD-2-Clause
/// include: positions in the right file, and never a file that is none of the policy's.
#include "policy/include.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "policy/oracle.h"
#include "policy/test_packet.h"

namespace fwbench {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class Include : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "fwbench_include_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    fs::create_directory(folder_ / "p");
    write("secret", "root:x:0:0\n");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
  [[nodiscard]] ParsedPolicy load() const { return load_policy(folder_ / "p/root.nft"); }
  /// "file:line:col message" of each, without the folder.
  [[nodiscard]] std::string errors() const {
    std::string text;
    const ParsedPolicy parsed = load();
    EXPECT_FALSE(parsed.policy);
    for (const Diagnostic& d : parsed.diagnostics) {
      text +=
          fmt::format("{}:{}:{} {}\n", d.file.substr(folder_.string().size() + 1), d.pos.line, d.pos.column, d.message);
    }
    return text;
  }
  [[nodiscard]] std::string refusal(const std::string& name) const {
    write("p/root.nft", fmt::format("# here\n include \"{}\"\n", name));
    return errors();
  }

  fs::path folder_;
};

TEST_F(Include, TakesTheLinesPlace) {
  fs::create_directory(folder_ / "p/lists");
  write("p/root.nft",
        "include \"names.nft\"\n" + test::policy_text("include \"lists/rules.nft\" ; # more\n tcp dport $WEB drop"));
  write("p/names.nft", "define WEB = 80\ndefine OTHER = 81");
  write("p/lists/rules.nft", "tcp dport 22 accept\ninclude \"more.nft\"\ntcp dport 24 accept\n");
  write("p/lists/more.nft", "\ntcp dport 23 accept\n");
  const ParsedPolicy parsed = load();
  ASSERT_TRUE(parsed.policy) << render(parsed.diagnostics, false);
  const Policy& policy = *parsed.policy;
  ASSERT_EQ(policy.rules.size(), 4U);
  EXPECT_THAT(policy.text, testing::Not(HasSubstr("include")));
  EXPECT_TRUE(parse_policy(policy.text, "again").policy);
  const auto place = [&](int rule) {
    return describe_judgement(policy, {Verdict::drop, rule}).substr(folder_.string().size() + 1);
  };
  EXPECT_EQ(place(0), "p/lists/rules.nft:1: tcp dport 22 accept");
  EXPECT_EQ(place(1), "p/lists/more.nft:2: tcp dport 23 accept");
  EXPECT_EQ(place(2), "p/lists/rules.nft:3: tcp dport 24 accept");
  EXPECT_EQ(place(3), "p/root.nft:6: tcp dport $WEB drop");
}

TEST_F(Include, MessagesNameTheFile) {
  write("p/root.nft", test::policy_text("include \"a.nft\"\n tcp dport y drop"));
  write("p/a.nft", "accept\ntcp dport x drop\nip saddr @s drop\n");
  EXPECT_EQ(errors(),
            "p/a.nft:2:11 'x' is not a port\n"
            "p/a.nft:3:10 there is no set 's'\n"
            "p/root.nft:5:12 'y' is not a port\n");
}

TEST_F(Include, NeverLeavesTheFolder) {
  EXPECT_THAT(refusal("../secret"), HasSubstr("p/root.nft:2:10 '../secret' leads out of the policy's folder"));
  EXPECT_THAT(refusal("x/../../secret"), HasSubstr("leads out of the policy's folder"));
  EXPECT_THAT(refusal("/etc/passwd"), HasSubstr("leads out of the policy's folder"));
  EXPECT_THAT(refusal(""), HasSubstr("leads out of the policy's folder"));
  fs::create_symlink(folder_ / "secret", folder_ / "p/link");
  EXPECT_THAT(refusal("link"), HasSubstr("'link' is a link that leads out of the policy's folder"));
  fs::create_directory_symlink(folder_, folder_ / "p/up");
  EXPECT_THAT(refusal("up/secret"), HasSubstr("is a link that leads out"));
  fs::create_directory(folder_ / "p2");
  write("p2/x", "accept\n");
  fs::create_symlink(folder_ / "p2/x", folder_ / "p/near");  // "p2" begins like "p"
  EXPECT_THAT(refusal("near"), HasSubstr("is a link that leads out"));
  for (const Diagnostic& d : load().diagnostics) EXPECT_THAT(d.source_line, testing::Not(HasSubstr("root:x")));
}

TEST_F(Include, RefusesWhatIsNoFile) {
  EXPECT_THAT(refusal("nope.nft"), HasSubstr("p/root.nft:2:10 cannot include 'nope.nft': No such file"));
  EXPECT_THAT(refusal("."), HasSubstr("'.' is"));
  fs::create_directory(folder_ / "p/dir");
  EXPECT_THAT(refusal("dir"), HasSubstr("'dir' is not a file"));
  EXPECT_THAT(refusal("*.nft"), HasSubstr("patterns in an include are not supported"));
  ASSERT_EQ(mkfifo((folder_ / "p/pipe").c_str(), 0600), 0);
  EXPECT_THAT(refusal("pipe"), HasSubstr("'pipe' is not a file"));
}

TEST_F(Include, RefusesLoopsAndDepth) {
  EXPECT_THAT(refusal("root.nft"), HasSubstr("'root.nft' includes itself"));
  write("p/a.nft", "include \"b.nft\"\n");
  write("p/b.nft", "\ninclude \"./a.nft\"\n");
  EXPECT_THAT(refusal("a.nft"), HasSubstr("p/b.nft:2:9 './a.nft' includes itself"));
  for (int i = 0; i < 18; ++i) write(fmt::format("p/{}.nft", i), fmt::format("include \"{}.nft\"\n", i + 1));
  EXPECT_THAT(refusal("0.nft"), HasSubstr("p/15.nft:1:9 includes are nested more than 16 deep"));
  for (int i = 0; i < 12; ++i) {
    write(fmt::format("p/{}.nft", i), fmt::format("include \"{0}.nft\"\ninclude \"{0}.nft\"\n", i + 1));
  }
  write("p/12.nft", "");
  EXPECT_THAT(refusal("0.nft"), HasSubstr("more than 1000 includes"));
}

TEST_F(Include, IsForFiles) {
  const ParsedPolicy parsed = parse_policy("include \"a.nft\"\n" + test::policy_text("accept"), "t");
  ASSERT_FALSE(parsed.policy);
  EXPECT_THAT(parsed.diagnostics.front().message, HasSubstr("an include that is not on a line of its own"));
}

}  // namespace
}  // namespace fwbench
