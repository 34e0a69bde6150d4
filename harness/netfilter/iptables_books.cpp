// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/iptables_books.h"

#include <algorithm>
#include <charconv>

namespace fwbench {
namespace {

/// Behind the first '[' of the line: "[packets:bytes]".
uint64_t packets_in(std::string_view line) {
  const size_t open = line.find('[');
  uint64_t packets = 0;
  if (open != std::string_view::npos) std::from_chars(line.data() + open + 1, line.data() + line.size(), packets);
  return packets;
}

}  // namespace

uint64_t count_dropped(std::string_view saved) {
  uint64_t sum = 0;
  while (!saved.empty()) {
    const std::string_view line = saved.substr(0, saved.find('\n'));
    saved.remove_prefix(std::min(line.size() + 1, saved.size()));
    const bool is_policy = line.starts_with(":") && line.find(" DROP [") != std::string_view::npos;
    const bool is_rule = line.starts_with("[") && line.ends_with(" -j DROP");
    if (is_policy || is_rule) sum += packets_in(line);
  }
  return sum;
}

}  // namespace fwbench
