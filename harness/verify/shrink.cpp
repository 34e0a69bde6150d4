// SPDX-License-Identifier: BSD-2-Clause
#include "verify/shrink.h"

#include <algorithm>

#include "traffic/wire.h"
#include "verify/frame_shape.h"

namespace fwbench::verify {
namespace {

using Clock = std::chrono::steady_clock;
using Pieces = std::vector<std::string>;

Pieces split_lines(const std::string& text) {
  Pieces lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at) + "\n");
    at = end + 1;
  }
  return lines;
}

/// Words with the blanks behind them; commas, braces, semicolons and the line's end are words.
Pieces split_words(const std::string& line) {
  Pieces words;
  for (const char c : line) {
    const bool separate = c == ',' || c == '{' || c == '}' || c == ';' || c == '\n';
    if (c == ' ' && !words.empty()) {
      words.back() += c;
      continue;
    }
    const bool fresh = words.empty() || separate || words.back().find_first_of(" ,{};\n") != std::string::npos;
    if (fresh) words.emplace_back();
    words.back() += c;
  }
  return words;
}

/// The lengths that IP headers claim, made true: a shorter frame would be none that a rule looks at otherwise.
std::vector<std::byte> with_true_lengths(std::vector<std::byte> frame) {
  const FrameShape shape = shape_of({frame.data(), static_cast<uint32_t>(frame.size())});
  const size_t network = kEthernetHeader + (shape.tagged ? 4 : 0);
  const bool v6 = shape.type == 0x86dd;
  const size_t fixed = v6 ? 40 : 0;
  if ((!v6 && shape.type != 0x0800) || frame.size() < network + fixed + 6) return frame;
  const size_t length = frame.size() - network - fixed;
  frame[network + (v6 ? 4 : 2)] = static_cast<std::byte>(length >> 8);
  frame[network + (v6 ? 5 : 3)] = static_cast<std::byte>(length);
  return frame;
}

/// IPv4 options are no longer there.
std::vector<std::byte> without_options(std::vector<std::byte> frame) {
  const FrameShape shape = shape_of({frame.data(), static_cast<uint32_t>(frame.size())});
  const size_t network = kEthernetHeader + (shape.tagged ? 4 : 0);
  if (shape.type == 0x0800 && frame.size() > network) frame[network] = std::byte{0x45};
  return frame;
}

std::string join(const Pieces& pieces) {
  std::string text;
  for (const std::string& piece : pieces) text += piece;
  return text;
}

class Shrinker {
 public:
  Shrinker(Case start, const StillWrong& still_wrong, std::chrono::milliseconds limit)
      : best_(std::move(start)), still_wrong_(still_wrong), end_(Clock::now() + limit) {}

  [[nodiscard]] Case run() {
    for (bool smaller = true; smaller && !late();) {
      const size_t before = size();
      shrink_lines();
      shrink_words();
      shrink_frame();
      smaller = size() < before;
    }
    return std::move(best_);
  }

 private:
  [[nodiscard]] bool late() const { return Clock::now() >= end_; }
  /// Bytes that are not zero count twice.
  [[nodiscard]] size_t size() const {
    const auto zeros = static_cast<size_t>(std::count(best_.frame.begin(), best_.frame.end(), std::byte{}));
    return best_.policy.size() + 2 * best_.frame.size() - zeros;
  }
  bool take_policy(std::string policy) {
    if (policy == best_.policy || !still_wrong_(policy, best_.frame)) return false;
    best_.policy = std::move(policy);
    return true;
  }
  /// As it is, or with the headers put right around what is missing.
  bool take_shorter(const std::vector<std::byte>& frame) {
    return take_frame(frame) || take_frame(with_true_lengths(frame)) ||
           take_frame(with_true_lengths(without_options(frame)));
  }
  bool take_frame(std::vector<std::byte> frame) {
    if (frame == best_.frame || !still_wrong_(best_.policy, frame)) return false;
    best_.frame = std::move(frame);
    return true;
  }

  /// Leaves out runs of pieces: half of them, a quarter, ... one.
  template <typename Try>
  Pieces remove_pieces(Pieces pieces, const Try& accepts) {
    for (size_t run = std::max<size_t>(pieces.size() / 2, 1); run > 0; run /= 2) {
      for (size_t at = 0; at < pieces.size() && !late();) {
        const size_t end = std::min(at + run, pieces.size());
        Pieces fewer(pieces.begin(), pieces.begin() + static_cast<std::ptrdiff_t>(at));
        fewer.insert(fewer.end(), pieces.begin() + static_cast<std::ptrdiff_t>(end), pieces.end());
        if (accepts(fewer)) {
          pieces = std::move(fewer);
        } else {
          at += run;
        }
      }
    }
    return pieces;
  }

  void shrink_lines() {
    remove_blocks();
    (void)remove_pieces(split_lines(best_.policy), [&](const Pieces& fewer) { return take_policy(join(fewer)); });
  }

  /// Whole sets and chains, from the line that opens a brace to the one that closes it.
  void remove_blocks() {
    Pieces lines = split_lines(best_.policy);
    for (size_t first = 0; first < lines.size() && !late(); ++first) {
      int depth = 0;
      size_t last = first;
      for (; last < lines.size(); ++last) {
        depth += static_cast<int>(std::count(lines[last].begin(), lines[last].end(), '{'));
        depth -= static_cast<int>(std::count(lines[last].begin(), lines[last].end(), '}'));
        if (depth <= 0) break;
      }
      if (last == first || last >= lines.size()) continue;
      Pieces fewer(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(first));
      fewer.insert(fewer.end(), lines.begin() + static_cast<std::ptrdiff_t>(last) + 1, lines.end());
      if (take_policy(join(fewer))) {
        lines = std::move(fewer);
        --first;
      }
    }
  }

  /// Matches and set elements within each line. Short runs at every place: a match is two to six words.
  void shrink_words() {
    constexpr size_t kLongestMatch = 12;
    Pieces lines = split_lines(best_.policy);
    for (std::string& line : lines) {
      const auto accepts = [&](const Pieces& fewer) {
        const std::string before = line;
        line = join(fewer);
        if (take_policy(join(lines))) return true;
        line = before;
        return false;
      };
      Pieces words = split_words(line);
      if (words.size() > 2 * kLongestMatch) words = remove_pieces(std::move(words), accepts);
      for (size_t run = std::min(kLongestMatch, words.size()); run > 0; --run) {
        for (size_t at = 0; at + run <= words.size() && !late();) {
          Pieces fewer(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(at));
          fewer.insert(fewer.end(), words.begin() + static_cast<std::ptrdiff_t>(at + run), words.end());
          if (accepts(fewer)) {
            words = std::move(fewer);
          } else {
            ++at;
          }
        }
      }
    }
  }

  void shrink_frame() {
    for (size_t cut = best_.frame.size(); cut > 0 && !late(); cut /= 2) {
      while (best_.frame.size() >= kEthernetHeader + cut && !late()) {
        std::vector<std::byte> shorter(best_.frame.begin(), best_.frame.end() - static_cast<std::ptrdiff_t>(cut));
        if (!take_shorter(shorter)) break;
      }
    }
    remove_layers();
    zero_bytes();
  }

  /// Tags, options and extension headers are multiples of 4 bytes.
  void remove_layers() {
    for (const size_t layer : {size_t{40}, size_t{20}, size_t{16}, size_t{8}, size_t{4}}) {
      for (size_t at = kEthernetHeader - 2; at + layer <= best_.frame.size() && !late();) {
        if (best_.frame.size() - layer < kEthernetHeader) break;
        std::vector<std::byte> fewer = best_.frame;
        const auto first = fewer.begin() + static_cast<std::ptrdiff_t>(at);
        fewer.erase(first, first + static_cast<std::ptrdiff_t>(layer));
        if (!take_shorter(fewer)) at += 2;
      }
    }
  }

  void zero_bytes() {
    for (size_t run = 16; run > 0; run /= 2) {
      for (size_t at = 0; at < best_.frame.size() && !late(); at += run) {
        std::vector<std::byte> zeroed = best_.frame;
        const size_t end = std::min(at + run, zeroed.size());
        std::fill(zeroed.begin() + static_cast<std::ptrdiff_t>(at), zeroed.begin() + static_cast<std::ptrdiff_t>(end),
                  std::byte{});
        (void)take_frame(std::move(zeroed));
      }
    }
  }

  Case best_;
  const StillWrong& still_wrong_;
  Clock::time_point end_;
};

}  // namespace

Case shrink(Case start, const StillWrong& still_wrong, std::chrono::milliseconds limit) {
  return Shrinker(std::move(start), still_wrong, limit).run();
}

}  // namespace fwbench::verify
