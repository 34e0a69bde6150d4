// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/command_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.h"

namespace fwbench {
namespace {

constexpr Placeholder kPlaceholders[] = {
    {"iface", "the link on which frames come in"},
    {"out_iface", "the link on which they leave"},
    {"ifindex", "the number of iface"},
    {"out_ifindex", "the number of out_iface"},
    {"workdir", "an empty folder that goes away with the run"},
    {"policy", "a file with the policy"},
    {"pins", "a folder for pinned BPF objects, which goes away with the run"},
};

/// Cuts a value into commands and these into words.
class Splitter {
 public:
  Splitter(const SourceText& source, const IniText& value, std::vector<Diagnostic>& diagnostics)
      : source_(source), text_(value.text), pos_(value.pos), diagnostics_(diagnostics) {}

  std::vector<CommandWords> run() {
    commands_.emplace_back();
    while (at_ < text_.size()) {
      if (is_blank(text_[at_])) {
        ++at_;
      } else if (!read_word()) {
        return {};
      }
    }
    if (commands_.back().empty()) error(at_ == 0 ? 0 : at_ - 1, "a command is missing here");
    return std::move(commands_);
  }

 private:
  bool read_word() {
    const size_t begin = at_;
    std::string word;
    while (at_ < text_.size() && !is_blank(text_[at_])) {
      const char c = text_[at_];
      if (c == '\'' || c == '"') {
        if (!read_quoted(c, word)) return false;
      } else if (c == '\\') {
        if (at_ + 1 == text_.size()) return error(at_, "nothing behind the backslash");
        word += text_[at_ + 1];
        at_ += 2;
      } else {
        word += c;
        ++at_;
      }
    }
    if (text_.substr(begin, at_ - begin) == "&&") {
      if (commands_.back().empty()) return error(begin, "a command is missing in front of '&&'");
      commands_.emplace_back();
      return true;
    }
    commands_.back().push_back(std::move(word));
    return check_placeholders(begin);
  }

  bool read_quoted(char quote, std::string& word) {
    const size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != quote) {
      const bool escape = quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size() &&
                          (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\');
      if (escape) ++at_;
      word += text_[at_++];
    }
    if (at_ == text_.size()) {
      return error(begin, fmt::format("the quote {} is not closed", quote),
                   "a blank with '#' or ';' behind it starts a comment, in quotes too");
    }
    ++at_;
    return true;
  }

  /// Braces around anything but a lower-case name are the command's own.
  bool check_placeholders(size_t word_begin) {
    bool fine = true;
    for (size_t open = text_.find('{', word_begin); open < at_; open = text_.find('{', open + 1)) {
      const size_t close = text_.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", open + 1);
      if (close == std::string_view::npos || text_[close] != '}' || close == open + 1) continue;
      const std::string_view name = text_.substr(open + 1, close - open - 1);
      std::vector<std::string_view> names;
      for (const Placeholder& p : kPlaceholders) names.push_back(p.name);
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      const std::string nearest = did_you_mean(name, names);
      fine = error(open, fmt::format("there is nothing to fill in for {{{}}}", name),
                   nearest.empty() ? fmt::format("there are {{{}}}", fmt::join(names, "}, {"))
                                   : fmt::format("did you mean '{{{}}}'?", nearest));
    }
    return fine;
  }

  bool error(size_t at, std::string message, std::string hint = {}) {
    SourcePos pos = pos_;
    pos.column += static_cast<int>(at);
    pos.length = 1;
    diagnostics_.push_back(source_.error_at(pos, std::move(message), std::move(hint)));
    return false;
  }

  const SourceText& source_;
  std::string_view text_;
  SourcePos pos_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<CommandWords> commands_;
  size_t at_ = 0;
};

}  // namespace

std::span<const Placeholder> placeholders() {
  return kPlaceholders;
}

std::vector<CommandWords> split_commands(const SourceText& source, const IniText& value,
                                         std::vector<Diagnostic>& diagnostics) {
  return Splitter(source, value, diagnostics).run();
}

bool uses_placeholder(const CommandWords& words, std::string_view name) {
  const std::string written = fmt::format("{{{}}}", name);
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return word.find(written) != std::string::npos; });
}

CommandWords fill_in(const CommandWords& words, const PlaceholderValues& values) {
  CommandWords filled;
  for (const std::string& word : words) {
    std::string& out = filled.emplace_back();
    for (size_t at = 0; at < word.size();) {
      const auto here = std::find_if(values.begin(), values.end(), [&](const auto& value) {
        return word.compare(at, value.first.size() + 2, fmt::format("{{{}}}", value.first)) == 0;
      });
      if (here == values.end()) {
        out += word[at++];
      } else {
        out += here->second;
        at += here->first.size() + 2;
      }
    }
  }
  return filled;
}

}  // namespace fwbench
