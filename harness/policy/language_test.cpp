// SPDX-License-Identifier: BSD-2-Clause
/// Chains, maps, concatenations, masks: how they are read, and what is said of them when they are wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/oracle.h"
#include "policy/policy.h"
#include "policy/test_packet.h"

namespace fwbench {
namespace {

using namespace test;  // NOLINT: the packet words are the language of these tests
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kBase = "type filter hook ingress device \"d0\" priority 0; policy drop;\n";

std::shared_ptr<const Policy> parse(const std::string& text) {
  const ParsedPolicy parsed = parse_policy(text, "t.nft");
  EXPECT_TRUE(parsed.diagnostics.empty()) << render(parsed.diagnostics, false);
  return parsed.policy;
}

std::vector<std::string> messages(const std::string& text) {
  std::vector<std::string> lines;
  for (const Diagnostic& d : parse_policy(text, "t.nft").diagnostics) {
    lines.push_back(
        fmt::format("{}:{} {}{}{}", d.pos.line, d.pos.column, d.message, d.hint.empty() ? "" : " | ", d.hint));
  }
  return lines;
}

/// `rules` in the base chain from line 4 on, `others` behind it.
std::string with_chains(const std::string& rules, const std::string& others) {
  return fmt::format("table netdev f {{\n chain base {{\n{}{}\n }}\n{}\n}}\n", kBase, rules, others);
}

std::string message_of(const std::string& rule, const std::string& sets = "") {
  const auto found = messages(policy_text(rule, "drop", sets));
  EXPECT_EQ(found.size(), 1U) << rule << "\n" << testing::PrintToString(found);
  return found.empty() ? "" : found.front();
}

Judgement judge(const std::shared_ptr<const Policy>& policy, const Bytes& frame) {
  return policy ? judge_frame(*policy, frame) : Judgement{};
}

std::string show(const IntervalSet& values) {
  std::string text;
  for (const Interval& interval : values) {
    text += fmt::format("{}{:x}", text.empty() ? "" : ",", static_cast<uint64_t>(interval.first));
    if (interval.last != interval.first) text += fmt::format("-{:x}", static_cast<uint64_t>(interval.last));
  }
  return text;
}

/// Values of a rule's last match.
std::string values_of(const std::string& rule) {
  const auto policy = parse(policy_text(rule + " accept"));
  if (!policy) return "";
  const Match& match = policy->rules.front().matches.back();
  return fmt::format("{} {}{}", field_name(match.field), match.negated ? "!" : "", show(*match.values));
}

std::string fields_of_rule(const std::string& rule) {
  const auto policy = parse(policy_text(rule + " accept"));
  std::string text;
  if (!policy) return text;
  for (const Match& match : policy->rules.front().matches) {
    text += fmt::format("{}{} {}", text.empty() ? "" : " · ", field_name(match.field), show(*match.values));
  }
  return text;
}

TEST(Chains, JumpComesBackGotoDoesNotAndReturnLeaves) {
  const auto policy = parse(with_chains("tcp dport 80-89 jump web\n tcp dport 90 goto web\n accept",
                                        "chain web {\n tcp dport 81 return\n tcp dport 82 goto deep\n"
                                        " tcp dport 83 drop\n continue\n }\n chain deep {\n counter\n }"));
  ASSERT_TRUE(policy);
  ASSERT_EQ(policy->chains.size(), 3U);
  EXPECT_EQ(policy->base_chain, 0U);
  EXPECT_EQ(policy->chains[1].first_rule, 3U);
  EXPECT_EQ(policy->chains[1].rule_count, 4U);
  EXPECT_EQ(policy->rules[0].outcome, (Outcome{Action::jump, 1}));
  EXPECT_EQ(policy->rules[4].outcome, (Outcome{Action::go_to, 2}));
  const auto to = [&](uint16_t port) { return judge(policy, tcp4({}, {.dport = port})); };
  EXPECT_EQ(to(80), (Judgement{Verdict::accept, 2}));
  EXPECT_EQ(to(81), (Judgement{Verdict::accept, 2}));  // return: to behind the jump
  EXPECT_EQ(to(82), (Judgement{Verdict::accept, 2}));  // the end of a chain that was gone to: behind the last jump
  EXPECT_EQ(to(83), (Judgement{Verdict::drop, 5}));
  EXPECT_EQ(to(90), (Judgement{Verdict::drop, -1}));  // nobody jumped: the policy
}

TEST(Chains, TheBaseChainMayStandAnywhere) {
  const auto policy = parse(fmt::format(
      "table netdev f {{\n chain a {{\n accept\n }}\n chain base {{\n policy drop\n type filter hook ingress device d0 "
      "priority 0\n tcp dport 1 jump a\n }}\n}}\n"));
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->base_chain, 1U);
  EXPECT_EQ(judge(policy, tcp4({}, {.dport = 1})), (Judgement{Verdict::accept, 0}));
  EXPECT_EQ(judge(policy, tcp4({}, {.dport = 2})), (Judgement{Verdict::drop, -1}));
}

TEST(Chains, ReportLoopsDepthAndNames) {
  EXPECT_THAT(messages(with_chains("jump a", "chain a {\n jump b\n }\n chain b {\n tcp dport 1 goto a\n }")),
              ElementsAre("10:19 the chains call each other in a loop: a -> b -> a | nft refuses loops"));
  EXPECT_THAT(messages(with_chains("jump a", "chain a {\n tcp dport vmap { 1 : jump a }\n }")),
              ElementsAre("7:28 the chains call each other in a loop: a -> a | nft refuses loops"));
  EXPECT_THAT(
      messages(with_chains("jump base", "")),
      ElementsAre("4:6 'base' is the base chain | nft refuses it: only chains without a hook can be jumped to"));
  EXPECT_THAT(messages(with_chains("goto web", "chain webs {\n accept\n }")),
              ElementsAre("4:6 there is no chain 'web' | did you mean 'webs'?",
                          "6:7 no rule leads to the chain 'webs' | jump or goto to it, or leave it out"));
  EXPECT_THAT(messages(with_chains("accept", "chain base {\n accept\n }")),
              ElementsAre("6:7 the chain 'base' is there twice | the first is in line 2"));
  EXPECT_THAT(messages(with_chains("accept", fmt::format("chain b {{\n {}\n }}", kBase))),
              ElementsAre("6:7 no rule leads to the chain 'b' | jump or goto to it, or leave it out",
                          "7:2 a second base chain | supported: one chain with a hook; 'base' is in line 2"));
  EXPECT_THAT(messages(with_chains("jump b", "chain b {\n policy drop\n accept\n }")),
              ElementsAre("6:7 the chain 'b' has a policy but no hook"));
  EXPECT_THAT(message_of("jump"), HasSubstr("4:5 'jump' wants a chain's name, got the end of the line"));
}

std::string chain_of_calls(int calls) {
  std::string chains;
  for (int i = 1; i < calls; ++i) chains += fmt::format("chain c{} {{\n jump c{}\n }}\n", i, i + 1);
  return with_chains("jump c1", chains + fmt::format("chain c{} {{\n accept\n }}", calls));
}

TEST(Chains, FifteenCallsAreTheDeepest) {
  EXPECT_TRUE(parse(chain_of_calls(15)));
  EXPECT_THAT(messages(chain_of_calls(16)),
              ElementsAre(HasSubstr("49:7 'c16' would be called 16 deep | nft allows 15")));
}

TEST(Concatenations, HoldWhenAllTheFieldsDo) {
  const auto policy = parse(policy_text("ip saddr . tcp dport { 10.0.0.0/8 . 80-90, 1.2.3.4 . 22 } accept"));
  ASSERT_TRUE(policy);
  const Rule& rule = policy->rules.front();
  EXPECT_EQ(rule.matches.size(), 2U);  // meta protocol ip, meta l4proto tcp
  ASSERT_EQ(rule.tuple_matches.size(), 1U);
  EXPECT_THAT(rule.tuple_matches[0].fields, ElementsAre(Field::ip_saddr, Field::th_dport));
  EXPECT_EQ(rule.tuple_matches[0].tuples->size(), 2U);
  const auto accepts = [&](const char* source, uint16_t port) {
    return judge(policy, tcp4({.saddr = source}, {.dport = port})).rule == 0;
  };
  EXPECT_TRUE(accepts("10.255.0.1", 90));
  EXPECT_FALSE(accepts("10.255.0.1", 22));
  EXPECT_TRUE(accepts("1.2.3.4", 22));
  EXPECT_FALSE(accepts("1.2.3.4", 80));
}

TEST(Concatenations, ComeFromNamedSetsWithTypeAndTypeof) {
  const std::string sets =
      "set a { type ipv4_addr . inet_service; flags interval; elements = { 10.0.0.0/8 . 80, 11.0.0.0/8 . 1-9 } }\n"
      "set b { typeof ip saddr . ip dscp; elements = { 10.0.0.1 . ef } }\n";
  const auto policy =
      parse(policy_text("ip saddr . tcp dport @a accept\n ip daddr . tcp sport != @a accept\n"
                        " ip saddr . ip dscp @b accept\n ip daddr . udp sport @a drop",
                        "drop", sets));
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->rules[0].tuple_matches[0].tuples->size(), 2U);
  EXPECT_TRUE(policy->rules[1].tuple_matches[0].negated);
  const Tuple& marked = policy->rules[2].tuple_matches[0].tuples->front();
  EXPECT_EQ(marked[1], (Interval{0x2e << 2, 0x2e << 2 | 3}));
  EXPECT_TRUE(policy->sets.empty());
}

TEST(Concatenations, ReportWhatIsWrong) {
  EXPECT_EQ(message_of("ip saddr . tcp dport 1.2.3.4 . 80 accept"),
            "4:22 several fields want a set of values | such as 'ip saddr . tcp dport { 198.18.0.1 . 80 }', or a set's "
            "name with '@'");
  EXPECT_EQ(message_of("ip saddr . tcp dport { 1.2.3.4 } accept"), "4:32 expected '.' and 1 more of 2 values, got '}'");
  EXPECT_EQ(message_of("ip saddr . tcp dport { 10.0.0.0/8 . 80, 10.1.0.0/16 . 1-90 } accept"),
            "4:41 overlaps the element at 4:24 | make the elements disjoint, or write a rule for each");
  EXPECT_EQ(message_of("ip saddr . tcp dport < { 1.2.3.4 . 80 } accept"),
            "4:24 a set can only be compared with == and != | such as 'ip saddr . tcp dport { 198.18.0.1 . 80 }', or a "
            "set's name with '@'");
  EXPECT_EQ(message_of("th dport . tcp dport { 1 . 1 } accept"),
            "4:12 'th dport' and 'tcp dport' in a concatenation are the same field | write a match for one of them");
  EXPECT_THAT(message_of("ip6 saddr . ip6 dscp { ::1 . ef } accept"),
              HasSubstr("4:13 'ip6 dscp' in a concatenation is not supported"));
  EXPECT_THAT(message_of("tcp flags . tcp dport { syn . 1 } accept"),
              HasSubstr("4:1 'tcp flags' in a concatenation is not supported"));
  EXPECT_EQ(message_of("ip saddr . tcp dport @s accept", "set s { type ipv4_addr; }\n"),
            "5:22 the set 's' is of type ipv4_addr, the match needs ipv4_addr . inet_service");
  EXPECT_EQ(message_of("accept", "set s { type ipv4_addr . inet_service; elements = { 10.0.0.0/8 . 1 } }\n"),
            "2:53 a prefix or range in a set without 'flags interval' | add 'flags interval;' to the set");
  EXPECT_THAT(message_of("accept", "set s { type ipv4_addr . inet_service; auto-merge; }\n"),
              HasSubstr("2:40 'auto-merge' is for sets of single values"));
  EXPECT_THAT(message_of("ip saddr . ip6 saddr { 1.2.3.4 . ::1 } accept"),
              HasSubstr("4:12 'ip6 saddr' contradicts what the rule says before"));
}

TEST(VerdictMaps, DecideByTheValue) {
  const auto policy =
      parse(with_chains("tcp dport vmap { 22 : accept, 80-90 : jump web, 91 : continue, 92 : return }\n"
                        " ip saddr . tcp dport vmap @services\n accept",
                        "chain web {\n tcp dport 81 drop\n }\n"
                        "map services { type ipv4_addr . inet_service : verdict; flags interval\n"
                        " elements = { 198.18.0.0/24 . 80 : drop, 198.18.0.0/24 . 91-99 : goto web } }"));
  ASSERT_TRUE(policy);
  const Rule& rule = policy->rules.front();
  ASSERT_TRUE(rule.verdict_map);
  EXPECT_EQ(rule.verdict_map->entries->size(), 4U);
  EXPECT_EQ(rule.verdict_map->entries->at(1).outcome, (Outcome{Action::jump, 1}));
  const auto to = [&](uint16_t port) { return judge(policy, tcp4({}, {.dport = port})); };
  EXPECT_EQ(to(22), (Judgement{Verdict::accept, 0}));
  EXPECT_EQ(to(80), (Judgement{Verdict::drop, 1}));
  EXPECT_EQ(to(81), (Judgement{Verdict::drop, 3}));
  EXPECT_EQ(to(82), (Judgement{Verdict::accept, 2}));
  EXPECT_EQ(to(91), (Judgement{Verdict::drop, -1}));  // gone to web, whose end is the end
  EXPECT_EQ(to(92), (Judgement{Verdict::drop, -1}));  // return in the base chain: the policy
  EXPECT_EQ(to(100), (Judgement{Verdict::accept, 2}));
  EXPECT_EQ(judge(policy, ethernet(kArp, zeros(28))), (Judgement{Verdict::accept, 2}));
}

TEST(VerdictMaps, APartOfAFieldMayTakeSeveralEntries) {
  const auto policy =
      parse(policy_text("ip ecn vmap { ce : drop, ect0 : accept }\n exthdr frag vmap { exists : accept }"));
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->rules[0].verdict_map->entries->size(), 128U);
  EXPECT_EQ(judge(policy, tcp4({.tos = 0xff}, {})), (Judgement{Verdict::drop, 0}));
  EXPECT_EQ(judge(policy, tcp4({.tos = 0x06}, {})), (Judgement{Verdict::accept, 0}));
  EXPECT_EQ(judge(policy, tcp4({.tos = 0x05}, {})), (Judgement{Verdict::drop, -1}));
  EXPECT_EQ(judge(policy, ethernet(kIp6, ipv6({.next_header = 44}, fragment6(6, 0, true, tcp({}))))).rule, 1);
}

TEST(VerdictMaps, ReportWhatIsWrong) {
  EXPECT_EQ(message_of("tcp dport vmap { 80-90 : drop, 85 : accept }"),
            "4:32 overlaps the element at 4:18 | make the elements disjoint, or write a rule for each");
  EXPECT_EQ(message_of("tcp dport vmap { 80 : drop, 80 : accept }"),
            "4:29 overlaps the element at 4:18 | nft refuses one element with two verdicts");
  EXPECT_TRUE(parse(policy_text("tcp dport vmap { 80 : drop, 80 : drop }")));
  EXPECT_EQ(message_of("ip saddr . tcp dport vmap { 1.2.3.4 . 1-9 : drop, 1.2.3.0/24 . 5 : accept }"),
            "4:51 overlaps the element at 4:29 | make the elements disjoint, or write a rule for each");
  EXPECT_EQ(message_of("tcp dport vmap { 22 : acept }"),
            "4:23 expected a verdict, got 'acept' | supported: accept, drop, jump CHAIN, goto CHAIN, return, continue");
  EXPECT_EQ(message_of("tcp dport vmap { 22 }"), "4:21 expected ':' and a verdict, got '}'");
  EXPECT_EQ(message_of("tcp dport vmap { 22 : accept } counter"),
            "4:32 'counter' behind the vmap has no effect | put "
            "the verdict last; begin a new rule on a new line or "
            "behind ';'");
  EXPECT_THAT(message_of("counter tcp dport vmap { 22 : accept }"), HasSubstr("4:9 'tcp dport' behind the counter"));
  EXPECT_THAT(message_of("tcp dport vmap 22"), HasSubstr("4:16 expected '{' or a map's name with '@', got '22'"));
  EXPECT_EQ(message_of("tcp dport vmap { 22 : jump web }"), "4:28 there is no chain 'web'");
  EXPECT_EQ(message_of("tcp dport vmap @m"), "4:16 there is no map 'm'");
  EXPECT_EQ(message_of("tcp dport vmap @s", "set s { type inet_service; }\n"), "5:16 's' is a set");
  EXPECT_EQ(message_of("tcp dport @m drop", "map m { type inet_service : verdict; }\n"), "5:11 'm' is a map");
  EXPECT_THAT(message_of("accept", "map m { type inet_service; }\n"), HasSubstr("2:26 a map wants ': verdict'"));
  EXPECT_THAT(message_of("accept", "map m { type inet_service : mark; }\n"),
              HasSubstr("2:29 unsupported map to 'mark'"));
  EXPECT_THAT(message_of("accept", "set m { type inet_service : verdict; }\n"),
              HasSubstr("2:27 a set has no verdicts"));
}

TEST(Masks, ComeToIntervals) {
  EXPECT_EQ(values_of("ip saddr & 255.255.0.0 == 10.1.0.0"), "ip saddr a010000-a01ffff");
  EXPECT_EQ(values_of("ip saddr & 255.255.0.0 != 10.1.0.0"), "ip saddr !a010000-a01ffff");
  EXPECT_EQ(values_of("ip frag-off & 0x1fff != 0"), "ip frag-off !0,2000,4000,6000,8000,a000,c000,e000");
  EXPECT_EQ(values_of("ip frag-off & 0x3fff == 0x2000"), "ip frag-off 2000,6000,a000,e000");
  EXPECT_EQ(values_of("ip frag-off & 0x1fff > 0x1ffd"),
            "ip frag-off 1ffe-1fff,3ffe-3fff,5ffe-5fff,7ffe-7fff,9ffe-9fff,"
            "bffe-bfff,dffe-dfff,fffe-ffff");
  EXPECT_EQ(values_of("tcp dport & (0xfff0) { 0x50, 0x60 }"), "th dport 50-6f");
  EXPECT_EQ(values_of("ip dscp & 0x30 == 0x10"), "ip tos 40-7f");
  EXPECT_EQ(values_of("meta l4proto & 0xfe == 6"), "meta l4proto 6-7");
}

TEST(Masks, ReportWhatIsTooMuch) {
  EXPECT_THAT(message_of("ip saddr & 0.0.0.255 == 0.0.0.1 drop"),
              HasSubstr("4:1 this mask on 'ip saddr' comes to more than 65536 ranges"));
  EXPECT_THAT(message_of("ip6 saddr & ::ff == ::1 drop"),
              HasSubstr("4:1 this mask on 'ip6 saddr' comes to more than 65536 ranges"));
  EXPECT_EQ(message_of("ip saddr & 255.255.0.0 == 10.1.2.3 drop"), "4:1 this 'ip saddr' matches no packet");
  EXPECT_THAT(message_of("ip6 dscp & 1 == 1 drop"), HasSubstr("4:10 a mask on 'ip6 dscp' is not supported"));
  EXPECT_THAT(message_of("ip saddr & 255.255.0.0 == 10.1.0.0/16 drop"), HasSubstr("4:27 a prefix behind a mask"));
  EXPECT_THAT(message_of("ip saddr & 255.0.0.0 | 1.1.1.1 == 1.1.1.1 drop"),
              HasSubstr("4:22 '|' behind a mask is not supported"));
  EXPECT_THAT(message_of("ip saddr & 255.0.0.0 @s drop", "set s { type ipv4_addr; }\n"),
              HasSubstr("5:22 a named set behind a mask is not supported"));
}

TEST(Expressions, ArePartsOfFields) {
  EXPECT_EQ(values_of("ip dscp { cs1, ef, 3-5 }"), "ip tos c-17,20-23,b8-bb");
  EXPECT_EQ(values_of("ip6 dscp > 0x3e"), "ip6 class fc-ff");
  EXPECT_EQ(values_of("ip ttl < 2"), "ip ttl 0-1");
  EXPECT_EQ(values_of("meta length > 100"), "meta length 65-ffff");
  EXPECT_EQ(values_of("meta length < 70000"), "meta length 0-ffff");
  EXPECT_EQ(values_of("ether saddr 02:00:00:00:00:0a-2:0:0:0:0:ff"), "ether saddr 2000000000a-200000000ff");
  EXPECT_EQ(values_of("icmpv6 code policy-fail"), "icmp code 5");
  EXPECT_EQ(values_of("vlan id 100-4095"), "vlan id 64-fff");
  EXPECT_EQ(message_of("vlan id 4096 drop"), "4:9 4096 is out of range for a number of 12 bits | 0 to 4095");
  EXPECT_THAT(message_of("ether saddr 02:00:00:00:00 drop"), HasSubstr("'02:00:00:00:00' is not an Ethernet address"));
  EXPECT_THAT(message_of("ip dscp eff drop"), HasSubstr("4:9 'eff' is not a DSCP"));
  EXPECT_EQ(message_of("meta length > 70000 drop"), "4:1 this 'meta length' matches no packet");
}

TEST(Expressions, AddTheDependenciesThatNftAdds) {
  EXPECT_EQ(fields_of_rule("vlan id 5"), "ether type 8100 · vlan id 5");
  EXPECT_EQ(fields_of_rule("ether type 8021ad vlan id 5"), "ether type 88a8 · vlan id 5");
  EXPECT_EQ(fields_of_rule("vlan id 5 ip ttl 1"), "ether type 8100 · vlan id 5 · meta protocol 800 · ip ttl 1");
  EXPECT_EQ(fields_of_rule("ether type ip ip ttl 1"), "ether type 800 · ip ttl 1");
  EXPECT_EQ(fields_of_rule("ether saddr 2:0:0:0:0:1 ip ttl 1"), "ether saddr 20000000001 · ether type 800 · ip ttl 1");
  EXPECT_EQ(fields_of_rule("ip ttl 1 ether saddr 2:0:0:0:0:1 ip ttl 2"),
            "meta protocol 800 · ip ttl 1 · ether saddr 20000000001 · ip ttl 2");
  EXPECT_EQ(fields_of_rule("ip6 nexthdr tcp tcp dport 22"), "meta protocol 86dd · ip6 nexthdr 6 · th dport 16");
  EXPECT_EQ(fields_of_rule("icmp code 3"), "meta protocol 800 · meta l4proto 1 · icmp code 3");
  EXPECT_EQ(fields_of_rule("sctp dport 1"), "meta l4proto 84 · th dport 1");
  EXPECT_THAT(message_of("ip ttl 1 vlan id 5 drop"),
              HasSubstr("4:10 'vlan id' behind what says that the frame has no"));
  EXPECT_THAT(message_of("meta protocol ip exthdr frag exists drop"), HasSubstr("contradicts"));
  EXPECT_THAT(message_of("ether type { ip, ip6 } ip ttl 1 drop"), HasSubstr("behind a set of several protocols"));
}

TEST(Families, AcceptWhatTheirChainsNeverSee) {
  const auto judge_in = [](const std::string& family, const Bytes& frame) {
    const auto parsed = parse_policy(
        fmt::format("table {} f {{\n chain c {{\n type filter hook forward priority 0; policy drop\n }}\n}}\n", family),
        "t");
    EXPECT_TRUE(parsed.policy) << render(parsed.diagnostics, false);
    EXPECT_EQ(parsed.diagnostics.size(), 1U) << family;
    return parsed.policy ? judge_frame(*parsed.policy, frame).verdict : Verdict::accept;
  };
  const Bytes arp = ethernet(kArp, zeros(28));
  EXPECT_EQ(judge_in("ip", tcp4({}, {})), Verdict::drop);
  EXPECT_EQ(judge_in("ip", ethernet(kVlan, tag(kIp, ipv4({}, tcp({}))))), Verdict::drop);
  EXPECT_EQ(judge_in("ip", tcp6({}, {})), Verdict::accept);
  EXPECT_EQ(judge_in("ip", arp), Verdict::accept);
  EXPECT_EQ(judge_in("ip6", tcp4({}, {})), Verdict::accept);
  EXPECT_EQ(judge_in("ip6", tcp6({}, {})), Verdict::drop);
  EXPECT_EQ(judge_in("inet", tcp4({}, {})), Verdict::drop);
  EXPECT_EQ(judge_in("inet", tcp6({}, {})), Verdict::drop);
  EXPECT_EQ(judge_in("inet", arp), Verdict::accept);
}

TEST(Families, HaveTheirOwnHooks) {
  const auto hook = [](const std::string& family, const std::string& name) {
    std::string found;
    for (const std::string& message : messages(
             fmt::format("table {} f {{\n chain c {{\n type filter hook {} priority 0\n }}\n}}\n", family, name))) {
      if (message.find("judged") == std::string::npos) found += message;
    }
    return found;
  };
  EXPECT_EQ(hook("ip", "prerouting"), "");
  EXPECT_EQ(hook("ip6", "input"), "");
  EXPECT_EQ(hook("inet", "ingress device d0"), "");
  EXPECT_EQ(hook("ip", "ingress device d0"),
            "3:19 unsupported hook 'ingress' | supported in a table of family ip: prerouting, forward, input");
  EXPECT_EQ(
      hook("inet", "output"),
      "3:19 unsupported hook 'output' | supported in a table of family inet: ingress, prerouting, forward, input");
}

TEST(Oracle, DropsATaggedFrameTooShortForTheKernel) {
  const auto policy = parse(policy_text("accept"));
  const Bytes frame = ethernet(kVlan, tag(kArp, zeros(2)));
  EXPECT_EQ(judge(policy, frame), (Judgement{Verdict::accept, 0}));
  EXPECT_EQ(judge(policy, cut(frame, frame.size() - 1)), (Judgement{Verdict::drop, -1}));
}

TEST(Oracle, FindsExtensionHeadersThatItCanRead) {
  const auto has = [](const std::string& name, const Bytes& frame) {
    const auto policy = parse(policy_text(fmt::format("exthdr {} exists accept", name)));
    return judge(policy, frame).rule == 0;
  };
  const Bytes behind_auth =
      ethernet(kIp6, ipv6({.next_header = 51}, extension(60, 1, zeros(4) + extension(135, 0, {}))));
  EXPECT_TRUE(has("dst", behind_auth));
  EXPECT_TRUE(has("mh", behind_auth));
  EXPECT_FALSE(has("rt", behind_auth));
  EXPECT_FALSE(has("hbh", ethernet(kIp6, ipv6({.next_header = 0}, zeros(1)))));
  EXPECT_TRUE(has("hbh", ethernet(kIp6, ipv6({.next_header = 0}, zeros(2)))));
  EXPECT_FALSE(has("rt", ethernet(kIp6, ipv6({.next_header = 43}, zeros(3)))));
  EXPECT_TRUE(has("rt", ethernet(kIp6, ipv6({.next_header = 43}, zeros(4)))));
  EXPECT_TRUE(has("mh", ethernet(kIp6, ipv6({.next_header = 135}, {}))));
  const Bytes later = ethernet(kIp6, ipv6({.next_header = 44}, fragment6(60, 1, false, extension(6, 0, {}))));
  EXPECT_TRUE(has("frag", later));
  EXPECT_FALSE(has("dst", later));
  EXPECT_TRUE(has("frag", ethernet(kIp6, ipv6({.next_header = 44, .version = 3}, fragment6(6, 0, true, {})))));
}

}  // namespace
}  // namespace fwbench
