// SPDX-License-Identifier: BSD-2-Clause
/// Every message of the parser, with its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/policy.h"
#include "policy/test_packet.h"

namespace fwbench {
namespace {

using test::policy_text;
using testing::ElementsAre;
using testing::HasSubstr;

/// "line:col message | hint" of each error; the text must be refused.
std::vector<std::string> errors_in(const std::string& text) {
  const ParsedPolicy parsed = parse_policy(text, "t.nft");
  EXPECT_FALSE(parsed.policy);
  std::vector<std::string> errors;
  for (const Diagnostic& d : parsed.diagnostics) {
    if (d.severity != Diagnostic::Severity::error) continue;
    errors.push_back(
        fmt::format("{}:{} {}{}{}", d.pos.line, d.pos.column, d.message, d.hint.empty() ? "" : " | ", d.hint));
  }
  return errors;
}

/// The one error of a rule, which stands in line 4 of a sound policy.
std::string error_of(const std::string& rule) {
  const auto errors = errors_in(policy_text(rule));
  EXPECT_EQ(errors.size(), 1U) << rule << "\n" << testing::PrintToString(errors);
  return errors.empty() ? "" : errors.front();
}

std::string set_error(const std::string& set) {
  const auto errors = errors_in(policy_text("accept", "drop", set + "\n"));
  EXPECT_EQ(errors.size(), 1U) << set << "\n" << testing::PrintToString(errors);
  return errors.empty() ? "" : errors.front();
}

TEST(ParserErrors, ShowFilePlaceLineCaretAndHint) {
  const auto parsed = parse_policy(policy_text("    tcp dprt 22 accept"), "edge.nft");
  EXPECT_EQ(render(parsed.diagnostics, false),
            "edge.nft:4:9: error: unsupported expression 'tcp dprt'\n"
            "      tcp dprt 22 accept\n"
            "          ^~~~\n"
            "  did you mean 'tcp dport'?\n");
}

TEST(ParserErrors, AllOfThemInOnePassInTheOrderOfTheLines) {
  EXPECT_THAT(
      errors_in("define A = $B\n"
                "table netdev f {\n"
                "  set s { type ipv4_adr; elements = { x } }\n"
                "  set t { type inet_service; elements = { 1, x, 70000, 3 } }\n"
                "  chain c {\n"
                "    type filter hook ingress device \"d0\" priority 0; policy drp\n"
                "    ip saddr @u drop\n"
                "    tpc dport 1 drop; udp dport { 70000, y } drop\n"
                "    tcp dport { 22, 23 drop\n"
                "    jump other\n"
                "  }\n"
                "  chain d { accept; }\n"
                "}\n"),
      ElementsAre("1:12 '$B' is not defined | define it before it is used",
                  "3:16 unsupported type 'ipv4_adr' | did you mean 'ipv4_addr'?", HasSubstr("4:46 'x' is not a port"),
                  "4:49 70000 is out of range for a port | 0 to 65535", "6:61 expected 'accept' or 'drop', got 'drp'",
                  "7:14 there is no set 'u'", "8:5 unknown expression or statement 'tpc' | did you mean 'tcp'?",
                  "8:35 70000 is out of range for a port | 0 to 65535", HasSubstr("8:42 'y' is not a port"),
                  "9:24 expected ',' or '}' in the set, got 'drop' | the set opens in line 9",
                  "10:10 there is no chain 'other'"));
}

TEST(ParserErrors, NameTheUnsupportedExpressionAndWhatToUseInstead) {
  EXPECT_EQ(error_of("ct state new accept"),
            "4:1 unsupported expression 'ct state' | fwbench's firewalls are stateless: match the packet itself");
  EXPECT_EQ(error_of("ip id 5 accept"),
            "4:4 unsupported expression 'ip id' | supported behind 'ip': saddr, daddr, protocol, dscp, ecn, length, "
            "frag-off, ttl");
  EXPECT_EQ(error_of("frag id 5 accept"), "4:1 unsupported expression 'frag' | use 'exthdr frag exists'");
  EXPECT_EQ(error_of("ip6 nexthdrs tcp accept"),
            "4:5 unsupported expression 'ip6 nexthdrs' | did you mean 'ip6 nexthdr'?");
  EXPECT_EQ(error_of("ip"),
            "4:1 'ip' wants the name of a field, got the end of the line | supported behind 'ip': saddr, "
            "daddr, protocol, dscp, ecn, length, frag-off, ttl");
  EXPECT_EQ(
      error_of("frobnicate"),
      "4:1 unknown expression or statement 'frobnicate' | supported: meta, ether, vlan, ip, ip6, exthdr, tcp, udp, "
      "sctp, dccp, udplite, th, icmp, icmpv6, counter, comment, accept, drop, jump, goto, return, continue");
  EXPECT_EQ(error_of("tcp dport 1 acept"), "4:13 unknown expression or statement 'acept' | did you mean 'accept'?");
  EXPECT_EQ(error_of("tcp dport 1 log accept"),
            "4:13 unsupported expression 'log' | supported: counter, comment, accept, drop, jump, goto, return, "
            "continue");
  EXPECT_THAT(error_of("\"tcp\" dport 1"), HasSubstr("4:1 expected a match or a statement, got '\"tcp\"'"));
  EXPECT_THAT(error_of("counter name x"), HasSubstr("4:9 named counters are not supported"));
}

TEST(ParserErrors, PointAtBadValues) {
  EXPECT_EQ(error_of("ip saddr 10.0.0.300 drop"),
            "4:10 '10.0.0.300' is not an IPv4 address | write four decimal numbers without leading zeros, such as "
            "198.18.0.1");
  EXPECT_EQ(error_of("ip saddr 2001:2::1 drop"),
            "4:10 '2001:2::1' is not an IPv4 address | it is an IPv6 address: match it with 'ip6'");
  EXPECT_EQ(error_of("ip6 saddr 1.2.3.4 drop"),
            "4:11 '1.2.3.4' is not an IPv6 address | it is an IPv4 address: match it with 'ip'");
  EXPECT_EQ(error_of("ip6 saddr 1::2::3 drop"),
            "4:11 '1::2::3' is not an IPv6 address | write it as RFC 4291 does, such as 2001:2::1");
  EXPECT_EQ(error_of("ip saddr 10.0.0.0/33 drop"), "4:19 bad prefix length '33' | an IPv4 address has 0 to 32");
  EXPECT_EQ(error_of("ip saddr 10.0.0.0/ drop"), "4:20 bad prefix length 'drop' | an IPv4 address has 0 to 32");
  EXPECT_EQ(error_of("ip saddr 1.0.0.9-1.0.0.1 drop"), "4:10 the range runs backwards | write the smaller value first");
  EXPECT_EQ(error_of("tcp dport 65536 drop"), "4:11 65536 is out of range for a port | 0 to 65535");
  EXPECT_EQ(error_of("tcp dport 99999999999999999999 drop"),
            "4:11 '99999999999999999999' is not a port | write it as a number");
  EXPECT_EQ(error_of("tcp dport 022 drop"),
            "4:11 '022' is not a port | nft reads a leading 0 as octal: write it without");
  EXPECT_EQ(error_of("tcp dport telnt drop"), "4:11 'telnt' is not a port | did you mean 'telnet'?");
  EXPECT_EQ(error_of("tcp dport ssh-http drop"),
            "4:11 'ssh-http' is not a port | a name may hold '-': put blanks around the '-' of a range");
  EXPECT_EQ(error_of("tcp dport 80/8 drop"), "4:14 a port has no prefix length");
  EXPECT_EQ(error_of("tcp dport 22,23 drop"), "4:13 a list of values wants braces | write { a, b }");
  EXPECT_EQ(error_of("tcp dport"), "4:1 'tcp dport' wants a value");
  EXPECT_EQ(error_of("tcp dport ;"), "4:11 'tcp dport' wants a value");
  EXPECT_EQ(error_of("tcp dport { } drop"), "4:11 empty set | nft wants at least one element in '{ }'");
  EXPECT_EQ(error_of("tcp dport { 22 : accept } drop"),
            "4:16 a verdict in a set | verdicts are for maps: write 'vmap'");
  EXPECT_EQ(error_of("tcp dport { 1 . 5 } drop"),
            "4:15 too many values in an element | name as many fields in front of the set, with '.'");
  EXPECT_EQ(error_of("tcp dport { 1 timeout 5s } drop"),
            "4:15 unsupported element option 'timeout' | supported: comment \"...\"");
  EXPECT_EQ(error_of("tcp dport { 1 comment x } drop"), "4:23 a comment wants a string in double quotes");
  EXPECT_EQ(error_of("meta protocol 4 drop"), "4:15 4 is a length, not an Ethernet type | types begin at 0x0600");
  EXPECT_THAT(error_of("icmp type ping drop"), HasSubstr("4:11 'ping' is not an ICMP type | known names: echo-reply"));
  EXPECT_EQ(error_of("tcp dport < 1-5 drop"), "4:13 only a single value can be compared with <, >, <= and >=");
  EXPECT_EQ(error_of("tcp dport > { 1 } drop"), "4:13 only a single value can be compared with <, >, <= and >=");
  EXPECT_EQ(error_of("tcp dport ! 5 drop"), "4:13 '!' is for 'tcp flags' only | write '!='");
  EXPECT_EQ(error_of("tcp dport = 5 drop"), "4:11 expected a port, got '='");
}

TEST(ParserErrors, PointAtBadFlags) {
  EXPECT_EQ(error_of("tcp flags syn / syn drop"),
            "4:17 the mask behind '/' must be a list of flags with ',' | or write '& (mask) == flags'");
  EXPECT_EQ(error_of("tcp flags & syn drop"),
            "4:17 a mask wants a comparison | such as 'tcp flags & (syn|ack) == syn'");
  EXPECT_EQ(error_of("tcp flags & syn|ack == ack drop"),
            "4:13 a mask of several flags without parentheses | nft reads it as (flags & a) | b: write '& (a|b)'");
  EXPECT_EQ(error_of("tcp flags & (syn,ack) == ack drop"),
            "4:17 expected ')', got ',' | flags in parentheses are joined with '|'");
  EXPECT_EQ(error_of("tcp flags sin drop"), "4:11 'sin' is not a TCP flag | did you mean 'fin'?");
  EXPECT_EQ(error_of("tcp flags syn/syn,ack drop"),
            "4:11 'syn/syn' is not a TCP flag | a name may hold '/': put blanks around it");
  EXPECT_EQ(error_of("tcp flags < { syn } drop"), "4:13 a set can only be compared with == and !=");
  EXPECT_EQ(error_of("tcp flags < syn / syn,ack drop"), "4:13 a value with a mask can only be compared with == and !=");
}

TEST(ParserErrors, RefuseWhatNftRefuses) {
  EXPECT_EQ(
      error_of("tcp dport 1 udp sport 2 drop"),
      "4:13 'udp sport' contradicts what the rule says before: tcp, not udp | nft refuses it: the rule could never "
      "match");
  EXPECT_EQ(
      error_of("ip saddr 1.2.3.4 ip6 daddr ::1 drop"),
      "4:18 'ip6 daddr' contradicts what the rule says before: ip, not ip6 | nft refuses it: the rule could never "
      "match");
  EXPECT_EQ(
      error_of("meta l4proto { tcp, udp } tcp dport 1 drop"),
      "4:27 'tcp dport' behind a set of several protocols | nft refuses it: leave out the set, or use 'th sport' and "
      "'th dport'");
  EXPECT_EQ(error_of("accept counter"),
            "4:8 'counter' behind the verdict has no effect | put the verdict last; begin a new rule on a new line or "
            "behind ';'");
  EXPECT_EQ(error_of("tcp dport 1 comment \"x\" accept"),
            "4:25 'accept' behind the comment | nft wants the comment at the end of the rule");
  EXPECT_EQ(error_of("tcp dport 1 comment x"), "4:21 a comment wants a string in double quotes");
  EXPECT_EQ(error_of("tcp dport 1 counter packets x"), "4:29 expected the number of packets, got 'x'");
  // nft takes this one, but its counter would count other packets than ours.
  EXPECT_THAT(error_of("counter tcp dport 1 drop"), HasSubstr("4:9 'tcp dport' behind the counter"));
}

TEST(ParserErrors, PointAtNames) {
  EXPECT_EQ(error_of("ip saddr $NOPE drop"),
            "4:10 '$NOPE' is not defined | define it before it is used: define NOPE = ...");
  EXPECT_THAT(errors_in(policy_text("define PORTS = 1\n th dport $PORT drop")),
              ElementsAre("5:11 '$PORT' is not defined | did you mean '$PORTS'?"));
  EXPECT_THAT(
      errors_in(policy_text("define P = 1, 2\n th dport $P drop")),
      ElementsAre("5:11 '$P' stands for more than one value | its definition in line 4 goes on with ','; put several "
                  "values in braces { }"));
  EXPECT_THAT(errors_in(policy_text("define P = 1\n define P = 2")), ElementsAre("5:9 'P' is defined twice"));
  EXPECT_THAT(
      errors_in(policy_text("define P =\n define 5")),
      ElementsAre("4:11 expected a value, got the end of the line", HasSubstr("5:10 expected 'define NAME = VALUE'")));
  EXPECT_EQ(error_of("ip saddr @nope drop"), "4:10 there is no set 'nope'");
  const std::string set = "set bad4 { type ipv4_addr; }\n";
  EXPECT_THAT(errors_in(policy_text("ip saddr @bad drop\n tcp dport @bad4 drop\n ip saddr < @bad4 drop", "drop", set)),
              ElementsAre("5:10 there is no set 'bad' | did you mean '@bad4'?",
                          "6:12 the set 'bad4' is of type ipv4_addr, the match needs inet_service",
                          "7:13 a set can only be compared with == and !="));
}

TEST(ParserErrors, CheckNamedSetsAsNftDoes) {
  EXPECT_EQ(set_error("set s { type ipv4_addr; elements = { 10.0.0.0/8 } }"),
            "2:38 a prefix or range in a set without 'flags interval' | add 'flags interval;' to the set");
  EXPECT_EQ(set_error("set s { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 9.0.0.0, 10.1.1.1 } }"),
            "2:75 overlaps the element at 2:54 | nft refuses overlapping elements: add 'auto-merge;' to the set");
  EXPECT_EQ(set_error("set s { type inet_service; flags interval; elements = { 50, 1-100, 200 } }"),
            "2:61 overlaps the element at 2:57 | nft refuses overlapping elements: add 'auto-merge;' to the set");
  EXPECT_EQ(set_error("set s { type ipv4_addr; size 1; elements = { 1.1.1.1, 2.2.2.2 } }"),
            "2:46 2 elements in a set of size 1");
  EXPECT_THAT(set_error("set s { elements = { 1.1.1.1 } }"), HasSubstr("2:20 elements in front of the set's type"));
  EXPECT_THAT(set_error("set s { auto-merge; }"), HasSubstr("2:5 the set 's' has no type | supported: ipv4_addr, "));
  EXPECT_EQ(set_error("set s { type ipv4_addr; flags timeout; }"),
            "2:31 unsupported set flag 'timeout' | supported: interval, constant");
  EXPECT_EQ(set_error("set s { type ipv4_addr; element = { 1.1.1.1 } }"),
            "2:25 unsupported 'element' in a set | did you mean 'elements'?");
  EXPECT_EQ(set_error("set s { type ipv4_addr; gc-interval 5s; }"),
            "2:25 unsupported 'gc-interval' in a set | supported: type, typeof, flags, auto-merge, elements, size, "
            "policy, comment");
  EXPECT_EQ(set_error("set s { type ipv4_addr; elements { 1.1.1.1 } }"), "2:34 expected '=', got '{'");
  EXPECT_EQ(set_error("set s { type ipv4_addr; elements = 1.1.1.1; }"), "2:36 expected '{', got '1.1.1.1'");
  EXPECT_EQ(set_error("set s { type ipv4_addr }"), "2:24 expected a line end or ';', got '}'");
  EXPECT_EQ(set_error("set s { type ipv4_addr; size x; }"), "2:30 expected a number, got 'x'");
  EXPECT_EQ(set_error("set s { type ipv4_addr; }\nset s { type ipv4_addr; }"),
            "3:5 the set 's' is there twice | the first is in line 2");
  EXPECT_EQ(set_error("flowtable f { hook ingress priority 0; }"),
            "2:1 unsupported 'flowtable' in a table | supported: set, map, chain, define, comment");
  EXPECT_EQ(set_error("sett m { type ipv4_addr; }"), "2:1 unexpected 'sett' in a table | did you mean 'set'?");
}

TEST(ParserErrors, CheckTheChain) {
  const auto chain = [](const std::string& hook) {
    return errors_in("table netdev f {\n chain c {\n" + hook + "\n }\n}\n");
  };
  EXPECT_THAT(chain("accept"),
              ElementsAre("2:8 no chain has a hook: nothing would reach the rules | write: type filter "
                          "hook ingress device \"d0\" priority 0;"));
  EXPECT_THAT(
      chain("type nat hook ingress device d0 priority 0"),
      ElementsAre("3:6 expected 'filter', got 'nat' | supported: type filter hook ingress device \"d0\" priority 0"));
  EXPECT_THAT(chain("type filter hook egress device d0 priority 0"),
              ElementsAre("3:18 unsupported hook 'egress' | supported in a table of family netdev: ingress"));
  EXPECT_THAT(
      chain("type filter hook ingress priority 0"),
      ElementsAre("3:26 expected 'device', got 'priority' | an ingress hook belongs to a device: device \"d0\""));
  EXPECT_THAT(chain("type filter hook ingress devices = { a, b } priority 0"),
              ElementsAre("3:34 several devices are not supported | supported: device \"d0\""));
  EXPECT_THAT(chain("type filter hook ingress device d0"),
              ElementsAre("3:35 expected 'priority', got the end of the line"));
  EXPECT_THAT(chain("type filter hook ingress device d0 priority x"),
              ElementsAre("3:45 expected a priority, got 'x' | a number, or 'filter'"));
  const std::string good = "type filter hook ingress device d0 priority 0\n";
  EXPECT_THAT(chain(good + "policy reject"), ElementsAre("4:8 expected 'accept' or 'drop', got 'reject'"));
  EXPECT_THAT(chain(good + "policy drop\n policy drop"), ElementsAre("5:9 the chain's policy is there twice"));
  EXPECT_THAT(chain(good + good), ElementsAre("4:1 a second hook for the chain"));
  EXPECT_THAT(errors_in("table netdev f {\n chain c { " + good + " accept }\n}\n"),
              ElementsAre("3:9 expected a line end or ';', got '}' | nft wants one in front of '}' too"));
}

TEST(ParserErrors, CheckTheFile) {
  EXPECT_THAT(errors_in(""), ElementsAre(HasSubstr("0:0 there is no table | write: table netdev")));
  EXPECT_THAT(errors_in("table netdev f {\n}\n"), ElementsAre(HasSubstr("1:14 the table has no chain | write: chain")));
  EXPECT_THAT(errors_in("table arp f {\n}\n"),
              ElementsAre("0:0 there is no table | write: table netdev filter { chain ingress { ... } }",
                          "1:7 unsupported family 'arp' | supported: table netdev|inet|ip|ip6 NAME"));
  const std::string good = policy_text("accept");
  EXPECT_THAT(errors_in(good + "table netdev g {\n}\n"),
              ElementsAre("7:14 a second table | supported: one table; 'netdev filter' is in line 1"));
  EXPECT_THAT(errors_in(good + "flush ruleset\n"),
              ElementsAre("7:7 'flush ruleset' behind the rules would remove them | put "
                          "it first"));
  EXPECT_THAT(errors_in(good + "}\n"), ElementsAre("7:1 this '}' closes nothing"));
  EXPECT_THAT(errors_in(good + "include \"x\"\n"),
              ElementsAre(HasSubstr("7:1 an include that is not on a line of its own, or in a text that is no file")));
  EXPECT_THAT(errors_in(good + "tabel netdev x\n"), ElementsAre("7:1 unexpected 'tabel' | did you mean 'table'?"));
  EXPECT_THAT(errors_in("table netdev f\n{\n}\n"), testing::Contains(HasSubstr("2:1 unexpected '{'")));
  EXPECT_THAT(errors_in(good.substr(0, good.size() - 2)), ElementsAre("1:14 the block of 'filter' is never closed"));
  EXPECT_THAT(errors_in(good + "\x01\xff`"),
              ElementsAre("7:1 unexpected byte 0x01", "7:2 unexpected byte 0xff", "7:3 unexpected character '`'"));
  EXPECT_THAT(errors_in(policy_text("tcp dport 1 accept\r\n tcp dport 2 accept\r")),
              ElementsAre(HasSubstr("4:19 carriage return: nft wants lines that end in a line feed only")));
  EXPECT_THAT(errors_in(policy_text("accept comment \"x")),
              ElementsAre("4:16 the string is not closed | close it with '\"' on the same line",
                          "4:18 a comment wants a string in double quotes"));
  EXPECT_THAT(errors_in(policy_text("ip saddr @ drop")), testing::Contains("4:10 a name must follow '@'"));
}

TEST(ParserErrors, GiveUpWhenTheTextIsNoPolicyAtAll) {
  const auto errors = errors_in(std::string(100'000, '?'));
  ASSERT_EQ(errors.size(), 51U);
  EXPECT_THAT(errors, testing::Contains("0:0 gave up after 50 errors"));
}

TEST(ParserErrors, AWarningAloneDoesNotRefuse) {
  const auto parsed =
      parse_policy("table netdev f {\n chain c {\n type filter hook ingress device eth0 priority 0\n }\n}\n", "t");
  EXPECT_TRUE(parsed.policy);
  ASSERT_EQ(parsed.diagnostics.size(), 1U);
  EXPECT_EQ(parsed.diagnostics[0].message, "the device is 'eth0'");
  EXPECT_EQ(parsed.diagnostics[0].pos, (SourcePos{3, 34, 4}));
}

}  // namespace
}  // namespace fwbench
