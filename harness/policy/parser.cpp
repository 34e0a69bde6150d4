// SPDX-License-Identifier: BSD-2-Clause
/// The file: defines, the table, its sets, maps and chains.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "policy/hook_parser.h"
#include "policy/lexer.h"
#include "policy/parser.h"
#include "policy/policy.h"
#include "policy/resolver.h"
#include "policy/rule_parser.h"
#include "policy/set_parser.h"
#include "policy/source.h"
#include "policy/text_places.h"
#include "policy/value.h"

namespace fwbench {
namespace {

constexpr std::string_view kTopLevel = "supported: define, table, and flush or delete in front of the table";

class PolicyParser {
 public:
  PolicyParser(std::string_view text, std::string_view file, std::vector<TextPart> parts)
      : source_(text, file, std::move(parts)), tokens_(tokenize(source_)), cursor_(tokens_) {
    policy_.file = file;
    policy_.text = text;
    policy_.parts = source_.parts();
  }

  /// Of the policy that run() made of the text.
  [[nodiscard]] TextPlaces places(const Policy& policy) const;

  ParsedPolicy run() {
    parse_file();
    if (!source_.gave_up()) {
      check_complete();
      if (has_hook_) resolve_names(source_, sets_, pending_, policy_);
    }
    ParsedPolicy result;
    result.diagnostics = source_.take_diagnostics();
    if (!has_errors(result.diagnostics)) result.policy = std::make_shared<const Policy>(std::move(policy_));
    return result;
  }

 private:
  void parse_file();
  void parse_top_level();
  void parse_define();
  void parse_flush(std::string_view command);
  void parse_table();
  void parse_table_item();
  void parse_set(bool is_map);
  void parse_chain();
  void parse_chain_item();
  void parse_hook();
  void parse_chain_policy();
  void parse_rule();
  bool parse_block_comment();
  void check_complete();
  void note_table(const Token& family, const Token& name);
  [[nodiscard]] size_t offset_of(const Token& token) const {
    return static_cast<size_t>(token.raw.data() - source_.text().data());
  }
  [[nodiscard]] size_t end_of(const Token& token) const { return offset_of(token) + token.raw.size(); }
  [[nodiscard]] const Token& last_taken() const {
    return tokens_[static_cast<size_t>(&cursor_.peek() - tokens_.data()) - 1];
  }

  bool error_at(const Token& token, std::string message, std::string hint = {}) {
    source_.error(token.pos(), std::move(message), std::move(hint));
    return false;
  }
  bool expected(std::string_view what, std::string hint = {}) {
    return error_at(cursor_.peek(), fmt::format("expected {}, got {}", what, cursor_.peek().quoted_name()),
                    std::move(hint));
  }
  /// Takes a statement's end; a '}' needs one before it too (nft's grammar).
  void end_statement(int depth);
  bool open_block(std::string_view what);
  /// Takes '}' or reports that the block named `open` has none.
  void close_block(const Token& open);
  void skip_block_or_statement();

  Source source_;
  std::vector<Token> tokens_;
  Cursor cursor_;
  Defines defines_;
  Policy policy_;
  struct TableName {
    TextSpan family;
    std::string_view name;
  };
  std::vector<TableName> table_names_;
  TextSpan hook_;
  size_t base_chain_body_ = 0;
  SourcePos table_pos_;
  SourcePos first_chain_pos_;
  bool has_table_ = false;
  bool has_chain_ = false;
  bool has_hook_ = false;        ///< some chain has: the base chain
  bool chain_has_hook_ = false;  ///< the one being read
  bool chain_has_policy_ = false;
  std::map<std::string, int, std::less<>> chain_lines_;
  ParsedSets sets_;
  std::vector<PendingRule> pending_;
};

void PolicyParser::end_statement(int depth) {
  if (cursor_.peek().is_symbol("}")) {
    expected("a line end or ';'", "nft wants one in front of '}' too");
    return;
  }
  if (!cursor_.at_statement_end()) {
    expected("a line end or ';'");
    cursor_.skip_statement(depth);
  }
  if (!cursor_.peek().is_symbol("}")) cursor_.take();
}

bool PolicyParser::open_block(std::string_view what) {
  if (cursor_.accept("{")) return true;
  return expected(fmt::format("'{{' after {}", what), "nft wants it on the same line");
}

void PolicyParser::close_block(const Token& open) {
  if (cursor_.accept("}")) return;
  if (!source_.gave_up()) error_at(open, fmt::format("the block of '{}' is never closed", open.raw));
}

/// For things we do not know: to the end of the line, and over a block if one opens there.
void PolicyParser::skip_block_or_statement() {
  cursor_.skip_statement(cursor_.depth());
}

void PolicyParser::parse_file() {
  cursor_.skip_separators();
  while (!cursor_.at_end() && !source_.gave_up()) {
    parse_top_level();
    cursor_.skip_separators();
  }
}

void PolicyParser::parse_top_level() {
  const Token& token = cursor_.peek();
  if (token.is_symbol("}")) {
    error_at(cursor_.take(), "this '}' closes nothing");
  } else if (cursor_.accept_word("define")) {
    parse_define();
  } else if (token.is_word("flush") || token.is_word("delete")) {
    parse_flush(cursor_.take().raw);
  } else if (token.is_word("table") || (token.is_word("add") && cursor_.peek(1).is_word("table"))) {
    if (cursor_.take().is_word("add")) cursor_.take();
    parse_table();
  } else if (token.is_word("include")) {
    error_at(token, "an include that is not on a line of its own, or in a text that is no file",
             "write: include \"FILE\"");
    skip_block_or_statement();
  } else {
    constexpr std::array<std::string_view, 11> kKnown = {"add",      "create",   "insert", "replace", "list",  "reset",
                                                         "redefine", "undefine", "rename", "destroy", "import"};
    const bool known = std::find(kKnown.begin(), kKnown.end(), token.raw) != kKnown.end();
    const std::string near = known ? "" : nearest(token.raw, {"define", "table", "flush", "delete"});
    error_at(
        token,
        known ? fmt::format("unsupported command '{}'", token.raw) : fmt::format("unexpected {}", token.quoted_name()),
        near.empty() ? std::string(kTopLevel) : fmt::format("did you mean '{}'?", near));
    skip_block_or_statement();
    if (cursor_.peek().is_symbol("}")) cursor_.take();
  }
}

void PolicyParser::parse_define() {
  const int depth = cursor_.depth();
  const Token name = cursor_.take();
  if (name.kind != TokenKind::word || !cursor_.accept("=")) {
    error_at(name.kind == TokenKind::word ? cursor_.peek() : name, "expected 'define NAME = VALUE'");
    return cursor_.skip_statement(depth);
  }
  std::vector<Token> value;
  bool good = true;
  while (!cursor_.at_end() && (cursor_.depth() > depth || !cursor_.at_statement_end())) {
    const Token& token = cursor_.take();
    if (token.kind == TokenKind::variable && !defines_.contains(token.text())) {
      good = error_at(token, fmt::format("'{}' is not defined", token.raw), "define it before it is used");
    }
    value.push_back(token);
  }
  if (value.empty()) good = expected("a value");
  if (defines_.contains(name.raw)) good = error_at(name, fmt::format("'{}' is defined twice", name.raw));
  value.push_back({TokenKind::end, {}, cursor_.peek().line, cursor_.peek().column});
  // A bad value is kept as well: one message for it is enough.
  defines_.try_emplace(std::string(name.raw), std::move(value));
  if (!good) cursor_.skip_statement(depth);
}

void PolicyParser::parse_flush(std::string_view command) {
  // In front of the table it clears what the kernel has from before; behind it, it would take our rules away again.
  const Token what = cursor_.peek();
  const bool harmless = (what.is_word("ruleset") && command == "flush") || what.is_word("table");
  if (!harmless) {
    error_at(what, fmt::format("unsupported command '{} {}'", command, what.raw), std::string(kTopLevel));
  } else if (has_table_ && !policy_.rules.empty()) {
    error_at(what, fmt::format("'{} {}' behind the rules would remove them", command, what.raw), "put it first");
  } else if (what.is_word("table")) {
    note_table(cursor_.peek(1), cursor_.peek(2));
  }
  cursor_.skip_statement(cursor_.depth());
}

void PolicyParser::parse_table() {
  constexpr std::array<std::string_view, 4> kFamilies = {"netdev", "inet", "ip", "ip6"};
  const Token family = cursor_.take();
  const bool named_family = cursor_.peek().kind == TokenKind::word;
  if (std::find(kFamilies.begin(), kFamilies.end(), family.raw) == kFamilies.end()) {
    error_at(
        family,
        named_family ? fmt::format("unsupported family {}", family.quoted_name()) : "the table's family is missing",
        fmt::format("supported: table {} NAME", fmt::join(kFamilies, "|")));
    return skip_block_or_statement();
  }
  const Token name = cursor_.peek();
  if (name.kind != TokenKind::word) {
    expected("the table's name");
    return skip_block_or_statement();
  }
  cursor_.take();
  note_table(family, name);
  if (cursor_.at_statement_end() && !cursor_.peek().is_symbol("}")) return;  // a bare declaration
  if (has_table_ && (policy_.family != family.raw || policy_.table != name.raw)) {
    error_at(name, "a second table",
             fmt::format("supported: one table; '{} {}' is in {}", policy_.family, policy_.table,
                         source_.line_name(table_pos_.line)));
    return skip_block_or_statement();
  }
  if (!has_table_ && !family.is_word("netdev")) {
    source_.warning(family.pos(),
                    fmt::format("a chain of family {} is judged as if it stood at netdev ingress", family.raw),
                    fmt::format("the same for every valid {} packet; broken ones never reach most hooks, and other "
                                "protocols none: they are accepted",
                                family.is_word("ip")    ? "IPv4"
                                : family.is_word("ip6") ? "IPv6"
                                                        : "IP"));
  }
  has_table_ = true;
  table_pos_ = name.pos();
  policy_.family = family.raw;
  policy_.table = name.raw;
  if (!open_block("the table's name")) return skip_block_or_statement();
  cursor_.skip_separators();
  while (!cursor_.at_end() && !cursor_.peek().is_symbol("}") && !source_.gave_up()) {
    parse_table_item();
    cursor_.skip_separators();
  }
  close_block(name);
}

void PolicyParser::parse_table_item() {
  const Token& token = cursor_.peek();
  if (cursor_.accept_word("chain")) return parse_chain();
  if (cursor_.accept_word("set")) return parse_set(false);
  if (cursor_.accept_word("map")) return parse_set(true);
  if (cursor_.accept_word("define")) return parse_define();
  if (parse_block_comment()) return;
  constexpr std::array<std::string_view, 10> kKnown = {"flags",   "flowtable", "counter",  "quota",  "limit",
                                                       "secmark", "ct",        "synproxy", "tunnel", "include"};
  const bool known = std::find(kKnown.begin(), kKnown.end(), token.raw) != kKnown.end();
  const std::string near = known ? "" : nearest(token.raw, {"chain", "set", "map", "define", "comment"});
  error_at(token, fmt::format("{} {} in a table", known ? "unsupported" : "unexpected", token.quoted_name()),
           near.empty() ? "supported: set, map, chain, define, comment" : fmt::format("did you mean '{}'?", near));
  skip_block_or_statement();
}

bool PolicyParser::parse_block_comment() {
  if (!cursor_.peek().is_word("comment")) return false;
  cursor_.take();
  if (cursor_.peek().kind == TokenKind::quoted) {
    cursor_.take();
  } else {
    expected("a string in double quotes");
    cursor_.skip_statement(cursor_.depth());
  }
  return true;
}

void PolicyParser::parse_set(bool is_map) {
  const std::string_view kind = is_map ? "map" : "set";
  const Token name = cursor_.peek();
  if (name.kind != TokenKind::word) {
    expected(fmt::format("the {}'s name", kind));
    return skip_block_or_statement();
  }
  cursor_.take();
  if (!open_block(fmt::format("the {}'s name", kind))) return skip_block_or_statement();
  SetParser parser(source_, defines_, is_map);
  auto set = parser.parse(cursor_, name);
  close_block(name);
  if (const auto first = sets_.find(name.raw); first != sets_.end()) {
    error_at(name, fmt::format("the {} '{}' is there twice", kind, name.raw),
             fmt::format("the first is in {}", source_.line_name(first->second.set.pos.line)));
    return;
  }
  if (!is_map && set.types.size() == 1) policy_.sets.emplace(name.raw, set.set);
  sets_.emplace(name.raw, std::move(set));
}

void PolicyParser::parse_chain() {
  const Token name = cursor_.peek();
  if (name.kind != TokenKind::word) {
    expected("the chain's name");
    return skip_block_or_statement();
  }
  if (const auto [first, added] = chain_lines_.try_emplace(std::string(name.raw), name.line); !added) {
    error_at(name, fmt::format("the chain '{}' is there twice", name.raw),
             fmt::format("the first is in {}", source_.line_name(first->second)));
    return skip_block_or_statement();
  }
  cursor_.take();
  if (!has_chain_) first_chain_pos_ = name.pos();
  has_chain_ = true;
  chain_has_hook_ = chain_has_policy_ = false;
  policy_.chains.push_back({std::string(name.raw), static_cast<uint32_t>(policy_.rules.size()), 0, name.pos()});
  if (!open_block("the chain's name")) return skip_block_or_statement();
  const size_t body = end_of(last_taken());
  cursor_.skip_separators();
  while (!cursor_.at_end() && !cursor_.peek().is_symbol("}") && !source_.gave_up()) {
    parse_chain_item();
    cursor_.skip_separators();
  }
  close_block(name);
  if (chain_has_policy_ && !chain_has_hook_)
    error_at(name, fmt::format("the chain '{}' has a policy but no hook", name.raw));
  if (chain_has_hook_) base_chain_body_ = body;
  Chain& chain = policy_.chains.back();
  chain.rule_count = static_cast<uint32_t>(policy_.rules.size()) - chain.first_rule;
}

void PolicyParser::parse_chain_item() {
  const int depth = cursor_.depth();
  if (cursor_.peek().is_word("type")) {
    parse_hook();
  } else if (cursor_.accept_word("policy")) {
    parse_chain_policy();
  } else if (cursor_.accept_word("define")) {
    parse_define();
  } else if (cursor_.peek().is_word("comment") && cursor_.peek(1).kind == TokenKind::quoted) {
    parse_block_comment();
  } else {
    parse_rule();
  }
  // After an error the cursor may stand anywhere in the statement, even in a set's braces.
  if (cursor_.depth() != depth) cursor_.skip_statement(depth);
  end_statement(depth);
}

void PolicyParser::parse_hook() {
  const int depth = cursor_.depth();
  const Token type = cursor_.take();
  if (chain_has_hook_) {
    error_at(type, "a second hook for the chain");
  } else if (has_hook_) {
    const Chain& base = policy_.chains[policy_.base_chain];
    error_at(
        type, "a second base chain",
        fmt::format("supported: one chain with a hook; '{}' is in {}", base.name, source_.line_name(base.pos.line)));
  } else {
    policy_.base_chain = static_cast<uint32_t>(policy_.chains.size() - 1);
    if (!chain_has_policy_) policy_.default_pos = policy_.chains.back().pos;
  }
  has_hook_ = chain_has_hook_ = true;
  if (!HookParser(source_, defines_, policy_.family).parse(cursor_)) return cursor_.skip_statement(depth);
  hook_ = {offset_of(type), end_of(last_taken()) - offset_of(type)};
}

void PolicyParser::parse_chain_policy() {
  const Token verdict = cursor_.peek();
  if (!verdict.is_word("accept") && !verdict.is_word("drop")) {
    expected("'accept' or 'drop'");
    return cursor_.skip_statement(cursor_.depth());
  }
  cursor_.take();
  if (chain_has_policy_) error_at(verdict, "the chain's policy is there twice");
  chain_has_policy_ = true;
  policy_.default_verdict = verdict.is_word("drop") ? Verdict::drop : Verdict::accept;
  policy_.default_pos = verdict.pos();
}

void PolicyParser::parse_rule() {
  const int depth = cursor_.depth();
  RuleParser parser(source_, defines_, policy_.family);
  auto parsed = parser.parse(cursor_);
  if (!parsed) return cursor_.skip_statement(depth);
  pending_.push_back({.rule = policy_.rules.size(),
                      .verdict = parsed->verdict,
                      .references = std::move(parsed->references),
                      .map_expressions = std::move(parsed->map_expressions),
                      .map_elements = std::move(parsed->map_elements)});
  policy_.rules.push_back(std::move(parsed->rule));
}

void PolicyParser::note_table(const Token& family, const Token& name) {
  if (family.kind != TokenKind::word || name.kind != TokenKind::word) return;
  table_names_.push_back({{offset_of(family), family.raw.size()}, name.raw});
}

/// Other tables that the text clears or declares stay what they are.
TextPlaces PolicyParser::places(const Policy& policy) const {
  TextPlaces places = {.family_words = {}, .hook = hook_, .base_chain_body = base_chain_body_};
  for (const TableName& table : table_names_) {
    const std::string_view family = source_.text().substr(table.family.offset, table.family.length);
    if (family == policy.family && table.name == policy.table) places.family_words.push_back(table.family);
  }
  return places;
}

void PolicyParser::check_complete() {
  if (!has_table_) {
    source_.error({}, "there is no table", "write: table netdev filter { chain ingress { ... } }");
  } else if (!has_chain_) {
    source_.error(table_pos_, "the table has no chain",
                  "write: chain ingress { type filter hook ingress device \"d0\" priority 0; policy drop; ... }");
  } else if (!has_hook_) {
    source_.error(first_chain_pos_, "no chain has a hook: nothing would reach the rules",
                  "write: type filter hook ingress device \"d0\" priority 0;");
  }
}

}  // namespace

ParsedPolicy parse_text(std::string_view text, std::string_view file, std::vector<TextPart> parts) {
  return PolicyParser(text, file, std::move(parts)).run();
}

TextPlaces find_text_places(const Policy& policy) {
  PolicyParser parser(policy.text, policy.file, policy.parts);
  static_cast<void>(parser.run());  // it was free of errors when it became a policy
  return parser.places(policy);
}

}  // namespace fwbench
