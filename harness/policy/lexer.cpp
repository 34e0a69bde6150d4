// SPDX-License-Identifier: BSD-2-Clause
#include "policy/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace fwbench {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name_start(char c) {
  return is_letter(c) || c == '_';
}
bool is_name_char(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == '/';
}
bool is_number_char(char c) {
  return is_letter(c) || is_digit(c) || c == '.';
}
bool is_address_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

constexpr std::array<std::string_view, 6> kTwoCharSymbols = {"==", "!=", "<=", ">=", "<<", ">>"};
constexpr std::string_view kOneCharSymbols = "{}(),;=!<>|&^~-+/:*.";

class Lexer {
 public:
  explicit Lexer(Source& source) : source_(source), text_(source.text()) {}

  std::vector<Token> run() {
    tokens_.reserve(text_.size() / 6);  // a long set of addresses has about one token in six bytes
    while (at_ < text_.size() && !source_.gave_up()) next();
    add(TokenKind::end, 0);
    return std::move(tokens_);
  }

 private:
  void next() {
    const char c = text_[at_];
    if (c == '\n') return newline();
    if (c == ' ' || c == '\t') return skip(1);
    if (c == '#') return skip(std::min(text_.find('\n', at_), text_.size()) - at_);
    if (c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') return continue_line();
    if (c == '"') return quoted();
    if (c == '$' || c == '@') return prefixed(c == '$' ? TokenKind::variable : TokenKind::set_name);
    if (const size_t length = address6_length(); length > 0) return add(TokenKind::word, length);
    if (is_name_start(c)) return add(TokenKind::word, run_length(is_name_char));
    if (is_digit(c)) return add(TokenKind::word, run_length(is_number_char));
    symbol();
  }

  template <typename Predicate>
  [[nodiscard]] size_t run_length(Predicate belongs, size_t offset = 0) const {
    size_t length = offset;
    while (at_ + length < text_.size() && belongs(text_[at_ + length])) ++length;
    return length;
  }

  /// Length of an IPv6 address here: hexadecimal digits with at least two colons; else 0.
  [[nodiscard]] size_t address6_length() const {
    if (!is_address_char(text_[at_]) || text_[at_] == '.') return 0;
    const size_t length = run_length(is_address_char);
    const std::string_view run = text_.substr(at_, length);
    return std::count(run.begin(), run.end(), ':') >= 2 ? length : 0;
  }

  void quoted() {
    const size_t close = text_.find_first_of("\"\n", at_ + 1);
    if (close == std::string_view::npos || text_[close] == '\n') {
      const size_t length = std::min(close, text_.size()) - at_;
      source_.error(pos(length), "the string is not closed", "close it with '\"' on the same line");
      return skip(length);
    }
    add(TokenKind::quoted, close + 1 - at_);
  }

  void prefixed(TokenKind kind) {
    const size_t length = run_length(is_name_char, 1);
    if (length > 1) return add(kind, length);
    source_.error(pos(1), fmt::format("a name must follow '{}'", text_[at_]));
    skip(1);
  }

  void symbol() {
    const std::string_view two = text_.substr(at_, 2);
    if (std::find(kTwoCharSymbols.begin(), kTwoCharSymbols.end(), two) != kTwoCharSymbols.end()) {
      return add(TokenKind::symbol, 2);
    }
    if (kOneCharSymbols.find(text_[at_]) != std::string_view::npos) return add(TokenKind::symbol, 1);
    unknown_character();
  }

  void unknown_character() {
    const char c = text_[at_];
    if (c == '\r') {
      if (!saw_return_) source_.error(pos(1), "carriage return: nft wants lines that end in a line feed only");
      saw_return_ = true;
    } else if (c >= ' ' && c <= '~') {
      source_.error(pos(1), fmt::format("unexpected character '{}'", c));
    } else {
      source_.error(pos(1), fmt::format("unexpected byte 0x{:02x}", static_cast<unsigned char>(c)));
    }
    skip(1);
  }

  [[nodiscard]] int column() const { return static_cast<int>(at_ - line_start_) + 1; }
  [[nodiscard]] SourcePos pos(size_t length) const { return {line_, column(), static_cast<int>(length)}; }

  void add(TokenKind kind, size_t length) {
    tokens_.push_back({kind, text_.substr(at_, length), line_, column()});
    at_ += length;
  }
  void skip(size_t length) { at_ += length; }
  void newline() {
    add(TokenKind::newline, 1);
    start_line();
  }
  void continue_line() {
    skip(2);
    start_line();
  }
  void start_line() {
    ++line_;
    line_start_ = at_;
  }

  Source& source_;
  std::string_view text_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  size_t line_start_ = 0;
  int line_ = 1;
  bool saw_return_ = false;
};

}  // namespace

std::string_view Token::text() const {
  if (kind == TokenKind::quoted) return raw.substr(1, raw.size() - 2);
  if (kind == TokenKind::variable || kind == TokenKind::set_name) return raw.substr(1);
  return raw;
}

SourcePos Token::pos() const {
  return {line, column, std::max(1, static_cast<int>(raw.size()))};
}

std::string Token::quoted_name() const {
  if (kind == TokenKind::end) return "the end of the text";
  if (kind == TokenKind::newline) return "the end of the line";
  return fmt::format("'{}'", raw);
}

std::vector<Token> tokenize(Source& source) {
  return Lexer(source).run();
}

const Token& Cursor::peek(size_t ahead) const {
  return (*tokens_)[std::min(at_ + ahead, tokens_->size() - 1)];
}

const Token& Cursor::take() {
  const Token& token = peek();
  if (token.kind != TokenKind::end) ++at_;
  if (token.is_symbol("{")) ++depth_;
  if (token.is_symbol("}")) --depth_;
  return token;
}

bool Cursor::accept(std::string_view symbol) {
  if (!peek().is_symbol(symbol)) return false;
  take();
  return true;
}

bool Cursor::accept_word(std::string_view word) {
  if (!peek().is_word(word)) return false;
  take();
  return true;
}

bool Cursor::at_statement_end() const {
  const Token& token = peek();
  return token.kind == TokenKind::end || token.kind == TokenKind::newline || token.is_symbol(";") ||
         token.is_symbol("}");
}

void Cursor::skip_newlines() {
  while (peek().kind == TokenKind::newline) take();
}

void Cursor::skip_separators() {
  while (peek().kind == TokenKind::newline || peek().is_symbol(";")) take();
}

void Cursor::skip_statement(int depth) {
  while (!at_end() && (depth_ > depth || !at_statement_end())) take();
}

}  // namespace fwbench
