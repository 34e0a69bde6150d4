// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Text to tokens, with nft's own idea of what a word is (nftables src/scanner.l): a name may hold '-', '.' and '/',
/// so "ssh-http" is one word, while "22-80" and "fe80::1-fe80::9" are ranges.

#include <string_view>
#include <vector>

#include "policy/source.h"

namespace fwbench {

enum class TokenKind : uint8_t {
  end,
  newline,
  word,      ///< a name, number or address
  quoted,    ///< "..."
  variable,  ///< $name
  set_name,  ///< @name
  symbol,    ///< punctuation and operators
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view raw;  ///< as in the file; empty for end
  int line = 0;
  int column = 0;

  /// Without quotes, '$' or '@'.
  [[nodiscard]] std::string_view text() const;
  [[nodiscard]] SourcePos pos() const;
  [[nodiscard]] bool is_symbol(std::string_view symbol) const { return kind == TokenKind::symbol && raw == symbol; }
  [[nodiscard]] bool is_word(std::string_view word) const { return kind == TokenKind::word && raw == word; }
  /// What to call it in a message: "'tcp'", "end of line".
  [[nodiscard]] std::string quoted_name() const;
};

/// The last token is always of kind end. Characters that nft does not know are reported and left out.
[[nodiscard]] std::vector<Token> tokenize(Source& source);

/// Reads tokens one by one and knows how deep in braces it is, so that errors can be skipped to the end of a statement.
class Cursor {
 public:
  /// @param tokens ends with a token of kind end and outlives the cursor.
  explicit Cursor(const std::vector<Token>& tokens) : tokens_(&tokens) {}

  [[nodiscard]] const Token& peek(size_t ahead = 0) const;
  const Token& take();
  /// Takes the next token if it is this symbol.
  bool accept(std::string_view symbol);
  bool accept_word(std::string_view word);

  [[nodiscard]] bool at_end() const { return peek().kind == TokenKind::end; }
  /// At a line's end, ';', '}' or the end of the text.
  [[nodiscard]] bool at_statement_end() const;
  void skip_newlines();
  /// Skips empty statements: newlines and ';'.
  void skip_separators();
  [[nodiscard]] int depth() const { return depth_; }
  /// As if the missing braces had been there.
  void set_depth(int depth) { depth_ = depth; }
  /// Goes to the end of the statement that began at brace depth `depth`; its separator or '}' is not taken.
  void skip_statement(int depth);

 private:
  const std::vector<Token>* tokens_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace fwbench
