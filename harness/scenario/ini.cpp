// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/ini.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.h"

namespace fwbench {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
/// Whose lines are comparisons.
constexpr std::string_view kComparisonSection = "thresholds";

std::string_view without_comment(std::string_view line) {
  for (size_t i = 0; i < line.size(); ++i) {
    if ((line[i] == '#' || line[i] == ';') && (i == 0 || is_blank(line[i - 1]))) return line.substr(0, i);
  }
  return line;
}

SourcePos pos_at(int line, size_t offset, size_t length) {
  return {line, static_cast<int>(offset) + 1, std::max(1, static_cast<int>(length))};
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_name_char);
}

class IniReader {
 public:
  explicit IniReader(std::string_view file_name) { ini_.source.name = file_name; }

  ParsedIni read(std::string_view text) {
    if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) text.remove_prefix(kByteOrderMark.size());
    while (!text.empty() && !stopped_) {
      const size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      read_line(line);
    }
    return std::move(ini_);
  }

 private:
  void read_line(std::string_view line) {
    // Neither of these two is worth showing: the reader needs the place, not kilobytes of the line.
    if (const size_t nul = line.find('\0'); nul != std::string_view::npos) {
      ini_.source.lines.emplace_back();
      stopped_ = true;
      return error(pos_at(line_number(), nul, 1), "NUL byte: this is not a text file");
    }
    if (line.size() > kMaxIniLine) {
      ini_.source.lines.emplace_back();
      return error(pos_at(line_number(), kMaxIniLine, 1), fmt::format("line is longer than {} bytes", kMaxIniLine));
    }
    ini_.source.lines.push_back(printable(line));
    if (const size_t bad = find_bad_byte(line); bad != std::string_view::npos) {
      return error(pos_at(line_number(), bad, 1),
                   fmt::format("byte 0x{:02x} is neither printable nor UTF-8", static_cast<unsigned char>(line[bad])));
    }
    const IniText content = trim(without_comment(line), {line_number(), 1, 1});
    if (content.text.empty()) return;
    if (content.text.front() == '[') return read_header(content);
    read_entry(content);
  }

  void read_header(const IniText& content) {
    section_ = kNoSection;
    header_seen_ = true;
    if (content.text.back() != ']') {
      return error(content.pos, "section header without ']'", "a section starts with a line like [trial]");
    }
    const std::string_view inside = std::string_view(content.text).substr(1, content.text.size() - 2);
    const IniText name = trim(inside, {content.pos.line, content.pos.column + 1, 1});
    if (!is_name(name.text)) {
      return error(content.pos, "section name must be letters, digits, '_', '-' and '.'");
    }
    const auto same = std::find_if(ini_.sections.begin(), ini_.sections.end(),
                                   [&](const IniSection& s) { return s.name.text == name.text; });
    section_ = static_cast<size_t>(same - ini_.sections.begin());
    if (same == ini_.sections.end()) {
      ini_.sections.push_back({name, {}});
    } else {
      error(name.pos, fmt::format("section [{}] appears twice", name.text),
            fmt::format("it began in line {}; put its keys together there", same->name.pos.line));
    }
  }

  [[nodiscard]] bool in_comparisons() const {
    return section_ != kNoSection && ini_.sections[section_].name.text == kComparisonSection;
  }

  void read_comparison(const IniText& content) {
    IniEntry entry = split_comparison(content);
    if (entry.value.text.empty() || entry.key.text.empty()) {
      return error(content.pos, "expected a metric, a comparison and a bound", "for example xdp.vs_null >= 0.8");
    }
    ini_.sections[section_].entries.push_back(std::move(entry));
  }

  void read_entry(const IniText& content) {
    if (in_comparisons()) return read_comparison(content);
    const size_t equals = content.text.find('=');
    if (equals == std::string::npos) {
      return error(content.pos, "expected 'key = value' or '[section]'", "comments start with '#'");
    }
    const std::string_view text = content.text;
    const IniText key = trim(text.substr(0, equals), content.pos);
    SourcePos after = content.pos;
    after.column += static_cast<int>(equals) + 1;
    const IniText value = trim(text.substr(equals + 1), after);
    if (!is_name(key.text)) {
      return error(key.text.empty() ? content.pos : key.pos, "expected a key in front of '='",
                   "keys are letters, digits, '_', '-' and '.'");
    }
    if (value.text.empty()) return error(key.pos, fmt::format("key '{}' has no value", key.text));
    if (section_ == kNoSection) {
      // One message for the lost header is enough.
      if (!orphan_reported_ && !header_seen_) {
        error(key.pos, fmt::format("key '{}' stands before any section", key.text),
              "a section starts with a line like [trial]");
        orphan_reported_ = true;
      }
      return;
    }
    add_entry({key, value});
  }

  void add_entry(IniEntry entry) {
    std::vector<IniEntry>& entries = ini_.sections[section_].entries;
    const auto same =
        std::find_if(entries.begin(), entries.end(), [&](const IniEntry& e) { return e.key.text == entry.key.text; });
    if (same != entries.end()) {
      return error(entry.key.pos, fmt::format("key '{}' appears twice in this section", entry.key.text),
                   fmt::format("it was set in line {}", same->key.pos.line));
    }
    entries.push_back(std::move(entry));
  }

  void error(SourcePos pos, std::string message, std::string hint = {}) {
    ini_.diagnostics.push_back(ini_.source.error_at(pos, std::move(message), std::move(hint)));
  }

  [[nodiscard]] int line_number() const { return static_cast<int>(ini_.source.lines.size()); }

  static constexpr size_t kNoSection = SIZE_MAX;

  ParsedIni ini_;
  size_t section_ = kNoSection;  ///< that entries belong to; kNoSection also after a header that could not be read
  bool header_seen_ = false;
  bool orphan_reported_ = false;
  bool stopped_ = false;
};

}  // namespace

Diagnostic SourceText::error_at(SourcePos pos, std::string message, std::string hint) const {
  const bool has_line = pos.line >= 1 && static_cast<size_t>(pos.line) <= lines.size();
  return {.file = name,
          .pos = pos,
          .message = std::move(message),
          .hint = std::move(hint),
          .source_line = has_line ? lines[static_cast<size_t>(pos.line) - 1] : std::string{}};
}

ParsedIni parse_ini(std::string_view text, std::string_view file_name) {
  return IniReader(file_name).read(text);
}

IniText trim(std::string_view text, SourcePos pos) {
  while (!text.empty() && is_blank(text.front())) {
    text.remove_prefix(1);
    ++pos.column;
  }
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  pos.length = std::max(1, static_cast<int>(text.size()));
  return {std::string(text), pos};
}

IniEntry split_comparison(const IniText& content) {
  const std::string_view text = content.text;
  size_t begin = std::min(text.find_first_of("<>="), text.size());
  const IniText key = trim(text.substr(0, begin), content.pos);
  const size_t next = text.find_first_not_of(" \t", begin + 1);
  // The equals sign of INI, and the comparison behind it; but "==" is one.
  const bool spare =
      begin < text.size() && text[begin] == '=' && next != std::string_view::npos && text[begin + 1] != '=';
  if (spare) begin = next;
  SourcePos pos = content.pos;
  pos.column += static_cast<int>(begin);
  return {key, trim(text.substr(begin), pos)};
}

std::vector<IniText> split_list(const IniText& value) {
  std::vector<IniText> parts;
  const std::string_view text = value.text;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    SourcePos pos = value.pos;
    pos.column += static_cast<int>(begin);
    parts.push_back(trim(text.substr(begin, end - begin), pos));
    begin = end + 1;
  }
  return parts;
}

}  // namespace fwbench
