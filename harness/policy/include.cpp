// SPDX-License-Identifier: BSD-2-Clause
#include "policy/include.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <system_error>

#include "core/file.h"

namespace fwbench {
namespace {

namespace fs = std::filesystem;

struct IncludeLine {
  std::string_view name;
  int column = 0;  ///< of the name's opening quote
};

std::string_view without_blanks(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  return begin == std::string_view::npos ? std::string_view{} : text.substr(begin);
}

/// `include "NAME"` alone on a line, with ';' and a comment if need be.
std::optional<IncludeLine> read_include(std::string_view line) {
  constexpr std::string_view kWord = "include";
  std::string_view rest = without_blanks(line);
  if (!rest.starts_with(kWord)) return std::nullopt;
  rest = without_blanks(rest.substr(kWord.size()));
  if (!rest.starts_with('"')) return std::nullopt;
  const size_t close = rest.find('"', 1);
  if (close == std::string_view::npos) return std::nullopt;
  const IncludeLine found = {.name = rest.substr(1, close - 1),
                             .column = static_cast<int>(rest.data() - line.data()) + 1};
  rest = without_blanks(rest.substr(close + 1));
  if (rest.starts_with(';')) rest = without_blanks(rest.substr(1));
  if (!rest.empty() && !rest.starts_with('#')) return std::nullopt;
  return found;
}

bool is_below(const fs::path& file, const fs::path& folder) {
  const auto [end, ignored] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
  return end == folder.end();
}

class Splicer {
 public:
  SplicedText run(const fs::path& root) {
    const auto text = read_file(root);
    if (!text) {
      result_.diagnostics.push_back({.file = root.string(),
                                     .pos = {0, 0, 0},
                                     .message = text.error().to_string(),
                                     .hint = {},
                                     .source_line = {}});
      return std::move(result_);
    }
    std::error_code ignored;
    const fs::path real = fs::canonical(root, ignored);
    folder_ = real.parent_path();
    open_.push_back(real);
    splice(*text, root);
    return std::move(result_);
  }

 private:
  void splice(std::string_view text, const fs::path& file) {
    begin_part(file, 1);
    int number = 0;
    bool continued = false;
    while (!text.empty()) {
      const size_t end = text.find('\n');
      const std::string_view line = text.substr(0, end);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      ++number;
      const auto include = continued ? std::nullopt : read_include(line);
      continued = line.ends_with('\\');
      if (include) {
        include_file(*include, {number, include->column, static_cast<int>(include->name.size()) + 2}, line, file);
        begin_part(file, number + 1);
        continue;
      }
      result_.text += line;
      if (end != std::string_view::npos) end_line();
    }
  }

  void begin_part(const fs::path& file, int file_line) {
    if (!result_.text.empty() && result_.text.back() != '\n') end_line();
    result_.parts.push_back({lines_ + 1, file.string(), file_line});
  }
  void end_line() {
    result_.text += '\n';
    ++lines_;
  }

  void include_file(const IncludeLine& include, SourcePos pos, std::string_view line, const fs::path& from) {
    const auto refuse = [&](std::string message, std::string hint = {}) {
      result_.diagnostics.push_back({.file = from.string(),
                                     .pos = pos,
                                     .message = std::move(message),
                                     .hint = std::move(hint),
                                     .source_line = std::string(line)});
    };
    const fs::path name = include.name;
    if (name.empty() || name.is_absolute() || std::find(name.begin(), name.end(), "..") != name.end()) {
      return refuse(fmt::format("'{}' leads out of the policy's folder", include.name),
                    "include files beside the policy or in folders below, without '..'");
    }
    if (include.name.find_first_of("*?[") != std::string_view::npos) {
      return refuse("patterns in an include are not supported", "name each file");
    }
    const fs::path shown = (from.parent_path() / name).lexically_normal();
    std::error_code status;
    const fs::path real = fs::canonical(shown, status);
    if (status) return refuse(fmt::format("cannot include '{}': {}", include.name, status.message()));
    if (!is_below(real, folder_)) {
      return refuse(fmt::format("'{}' is a link that leads out of the policy's folder", include.name));
    }
    if (!fs::is_regular_file(real, status)) return refuse(fmt::format("'{}' is not a file", include.name));
    if (std::find(open_.begin(), open_.end(), real) != open_.end()) {
      return refuse(fmt::format("'{}' includes itself", include.name));
    }
    if (open_.size() > kMaxIncludeDepth) {
      return refuse(fmt::format("includes are nested more than {} deep", kMaxIncludeDepth));
    }
    if (++includes_ > kMaxIncludes) {
      if (includes_ == kMaxIncludes + 1) refuse(fmt::format("more than {} includes", kMaxIncludes));
      return;
    }
    const auto text = read_file(real);
    if (!text) return refuse(text.error().to_string());
    open_.push_back(real);
    splice(*text, shown);
    open_.pop_back();
  }

  SplicedText result_;
  fs::path folder_;
  std::vector<fs::path> open_;  // the files we are in
  size_t includes_ = 0;
  int lines_ = 0;
};

}  // namespace

SplicedText read_with_includes(const fs::path& root) {
  return Splicer().run(root);
}

}  // namespace fwbench
