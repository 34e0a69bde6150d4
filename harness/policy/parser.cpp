// SPDX-License-Identifier: BSD-2-Clause
/// The file: defines, the table, its sets and its one base chain.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "policy/lexer.h"
#include "policy/policy.h"
#include "policy/rule_parser.h"
#include "policy/set_parser.h"
#include "policy/source.h"
#include "policy/value.h"

namespace fwbench {
namespace {

constexpr std::string_view kTopLevel = "supported: define, table, and flush or delete in front of the table";

struct PendingReference {
  size_t rule;
  SetReference reference;
};

class PolicyParser {
 public:
  PolicyParser(std::string_view text, std::string_view file)
      : source_(text, file), tokens_(tokenize(source_)), cursor_(tokens_) {
    policy_.file = file;
    policy_.text = text;
  }

  ParsedPolicy run() {
    parse_file();
    if (!source_.gave_up()) {
      resolve_references();
      check_complete();
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
  void parse_set();
  void parse_chain();
  void parse_chain_item();
  void parse_hook();
  bool parse_device();
  bool parse_priority();
  void parse_chain_policy();
  void parse_rule();
  bool parse_block_comment();
  void resolve_references();
  void check_complete();

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
  SourcePos table_pos_;
  SourcePos chain_pos_;
  bool has_table_ = false;
  bool has_chain_ = false;
  bool has_hook_ = false;
  bool has_policy_ = false;
  std::map<std::string, ValueType, std::less<>> set_types_;
  std::vector<PendingReference> references_;
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
  } else {
    constexpr std::array<std::string_view, 12> kKnown = {"add",      "create", "insert",  "replace",
                                                         "include",  "list",   "reset",   "redefine",
                                                         "undefine", "rename", "destroy", "import"};
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
  }
  cursor_.skip_statement(cursor_.depth());
}

void PolicyParser::parse_table() {
  const Token family = cursor_.take();
  const bool named_family = cursor_.peek().kind == TokenKind::word;
  if (!family.is_word("netdev") && !family.is_word("inet")) {
    error_at(
        family,
        named_family ? fmt::format("unsupported family {}", family.quoted_name()) : "the table's family is missing",
        "supported: table netdev NAME, table inet NAME");
    return skip_block_or_statement();
  }
  const Token name = cursor_.peek();
  if (name.kind != TokenKind::word) {
    expected("the table's name");
    return skip_block_or_statement();
  }
  cursor_.take();
  if (cursor_.at_statement_end() && !cursor_.peek().is_symbol("}")) return;  // a bare declaration
  if (has_table_ && (policy_.family != family.raw || policy_.table != name.raw)) {
    error_at(
        name, "a second table",
        fmt::format("supported: one table; '{} {}' is in line {}", policy_.family, policy_.table, table_pos_.line));
    return skip_block_or_statement();
  }
  if (!has_table_ && family.is_word("inet")) {
    source_.warning(family.pos(), "an inet chain is judged as if it stood at netdev ingress",
                    "the same for every valid IP packet; all others never reach most inet hooks");
  }
  has_table_ = true;
  table_pos_ = name.pos();
  policy_.family = family.raw;
  policy_.table = name.raw;
  if (!open_block("the table's name")) return skip_block_or_statement();
  const Token open = name;
  cursor_.skip_separators();
  while (!cursor_.at_end() && !cursor_.peek().is_symbol("}") && !source_.gave_up()) {
    parse_table_item();
    cursor_.skip_separators();
  }
  close_block(open);
}

void PolicyParser::parse_table_item() {
  const Token& token = cursor_.peek();
  if (cursor_.accept_word("chain")) return parse_chain();
  if (cursor_.accept_word("set")) return parse_set();
  if (cursor_.accept_word("define")) return parse_define();
  if (parse_block_comment()) return;
  constexpr std::array<std::string_view, 11> kKnown = {"map",     "flags", "flowtable", "counter", "quota",  "limit",
                                                       "secmark", "ct",    "synproxy",  "tunnel",  "include"};
  const bool known = std::find(kKnown.begin(), kKnown.end(), token.raw) != kKnown.end();
  const std::string near = known ? "" : nearest(token.raw, {"chain", "set", "define", "comment"});
  error_at(token, fmt::format("{} {} in a table", known ? "unsupported" : "unexpected", token.quoted_name()),
           near.empty() ? "supported: set, chain, define, comment" : fmt::format("did you mean '{}'?", near));
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

void PolicyParser::parse_set() {
  const Token name = cursor_.peek();
  if (name.kind != TokenKind::word) {
    expected("the set's name");
    return skip_block_or_statement();
  }
  cursor_.take();
  if (!open_block("the set's name")) return skip_block_or_statement();
  SetParser parser(source_, defines_);
  auto set = parser.parse(cursor_, name);
  close_block(name);
  if (policy_.sets.contains(name.raw)) {
    error_at(name, fmt::format("the set '{}' is there twice", name.raw),
             fmt::format("the first is in line {}", policy_.sets.find(name.raw)->second.pos.line));
    return;
  }
  set_types_.emplace(name.raw, set.type);
  policy_.sets.emplace(name.raw, std::move(set.set));
}

void PolicyParser::parse_chain() {
  const Token name = cursor_.peek();
  if (name.kind != TokenKind::word) {
    expected("the chain's name");
    return skip_block_or_statement();
  }
  if (has_chain_) {
    error_at(
        name, "a second chain",
        fmt::format("supported: one base chain; '{}' is in line {}", policy_.chains.front().name, chain_pos_.line));
    return skip_block_or_statement();
  }
  cursor_.take();
  has_chain_ = true;
  policy_.chains.push_back({std::string(name.raw), 0, 0, name.pos()});
  policy_.default_pos = chain_pos_ = name.pos();
  if (!open_block("the chain's name")) return skip_block_or_statement();
  cursor_.skip_separators();
  while (!cursor_.at_end() && !cursor_.peek().is_symbol("}") && !source_.gave_up()) {
    parse_chain_item();
    cursor_.skip_separators();
  }
  close_block(name);
  policy_.chains.back().rule_count = static_cast<uint32_t>(policy_.rules.size());
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
  if (has_hook_) error_at(type, "a second hook for the chain");
  has_hook_ = true;
  const auto read = [&] {
    if (!cursor_.accept_word("filter"))
      return expected("'filter'", "supported: type filter hook ingress device \"d0\" priority 0");
    if (!cursor_.accept_word("hook")) return expected("'hook'");
    const Token hook = cursor_.take();
    const bool netdev = policy_.family == "netdev";
    if (!hook.is_word("ingress") &&
        (netdev || !(hook.is_word("prerouting") || hook.is_word("forward") || hook.is_word("input")))) {
      return error_at(hook, fmt::format("unsupported hook {}", hook.quoted_name()),
                      netdev ? "supported in a netdev table: ingress"
                             : "supported in an inet table: ingress, prerouting, forward, input");
    }
    if (hook.is_word("ingress") && !parse_device()) return false;
    return parse_priority();
  };
  if (!read()) cursor_.skip_statement(depth);
}

bool PolicyParser::parse_device() {
  if (cursor_.accept_word("devices")) {
    return error_at(cursor_.peek(), "several devices are not supported", "supported: device \"d0\"");
  }
  if (!cursor_.accept_word("device")) return expected("'device'", "an ingress hook belongs to a device: device \"d0\"");
  const Token device = cursor_.take();
  if (device.kind == TokenKind::variable) {
    if (defines_.contains(device.text())) return true;
    return error_at(device, fmt::format("'{}' is not defined", device.raw), "define it before it is used");
  }
  if (device.kind != TokenKind::word && device.kind != TokenKind::quoted) {
    return error_at(device, fmt::format("expected a device's name, got {}", device.quoted_name()));
  }
  if (device.text() != "d0") {
    source_.warning(
        device.pos(), fmt::format("the device is '{}'", device.text()),
        "the lab's device under test receives on 'd0': nft can load this policy there under that name only");
  }
  return true;
}

bool PolicyParser::parse_priority() {
  if (!cursor_.accept_word("priority")) return expected("'priority'");
  cursor_.accept("-");
  const Token value = cursor_.take();
  if (value.kind == TokenKind::variable) {
    if (defines_.contains(value.text())) return true;
    return error_at(value, fmt::format("'{}' is not defined", value.raw), "define it before it is used");
  }
  if (value.kind != TokenKind::word || (!parse_number(value.raw) && value.raw != "filter" && value.raw != "raw")) {
    return error_at(value, fmt::format("expected a priority, got {}", value.quoted_name()), "a number, or 'filter'");
  }
  if (cursor_.accept("+") || cursor_.accept("-")) {
    const Token offset = cursor_.take();
    if (!parse_number(offset.raw))
      return error_at(offset, fmt::format("expected a number, got {}", offset.quoted_name()));
  }
  return true;
}

void PolicyParser::parse_chain_policy() {
  const Token verdict = cursor_.peek();
  if (!verdict.is_word("accept") && !verdict.is_word("drop")) {
    expected("'accept' or 'drop'");
    return cursor_.skip_statement(cursor_.depth());
  }
  cursor_.take();
  if (has_policy_) error_at(verdict, "the chain's policy is there twice");
  has_policy_ = true;
  policy_.default_verdict = verdict.is_word("drop") ? Verdict::drop : Verdict::accept;
  policy_.default_pos = verdict.pos();
}

void PolicyParser::parse_rule() {
  const int depth = cursor_.depth();
  RuleParser parser(source_, defines_);
  auto parsed = parser.parse(cursor_);
  if (!parsed) return cursor_.skip_statement(depth);
  for (const SetReference& reference : parsed->references) references_.push_back({policy_.rules.size(), reference});
  policy_.rules.push_back(std::move(parsed->rule));
}

void PolicyParser::resolve_references() {
  std::vector<std::string_view> names;
  for (const auto& [name, set] : policy_.sets) names.push_back(name);
  for (const auto& [rule, reference] : references_) {
    const auto set = policy_.sets.find(reference.name);
    if (set == policy_.sets.end()) {
      const std::string near = nearest(reference.name, names);
      source_.error(reference.pos, fmt::format("there is no set '{}'", reference.name),
                    near.empty() ? std::string{} : fmt::format("did you mean '@{}'?", near));
      continue;
    }
    const ValueType type = set_types_.find(reference.name)->second;
    if (type != reference.type) {
      source_.error(reference.pos, fmt::format("the set '{}' is of type {}, the match needs {}", reference.name,
                                               value_type_info(type).name, value_type_info(reference.type).name));
      continue;
    }
    policy_.rules[rule].matches[reference.match].values = set->second.values;
  }
}

void PolicyParser::check_complete() {
  if (!has_table_) {
    source_.error({}, "there is no table", "write: table netdev filter { chain ingress { ... } }");
  } else if (!has_chain_) {
    source_.error(table_pos_, "the table has no chain",
                  "write: chain ingress { type filter hook ingress device \"d0\" priority 0; policy drop; ... }");
  } else if (!has_hook_) {
    source_.error(chain_pos_, "the chain has no hook: nothing would reach its rules",
                  "write: type filter hook ingress device \"d0\" priority 0;");
  }
}

}  // namespace

ParsedPolicy parse_policy(std::string_view text, std::string_view file_name) {
  return PolicyParser(text, file_name).run();
}

}  // namespace fwbench
