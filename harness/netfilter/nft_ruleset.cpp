// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/nft_ruleset.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "policy/text_places.h"

namespace fwbench {
namespace {

struct Edit {
  TextSpan span;
  std::string by;
};

std::string hook_statement(NftHook hook) {
  switch (hook) {
    case NftHook::ingress:
      return "type filter hook ingress device \"d0\" priority 0";
    case NftHook::prerouting:
      return "type filter hook prerouting priority raw";
    case NftHook::forward:
      break;
  }
  return "type filter hook forward priority filter";
}

/// What a chain of the family never sees, let through; empty for netdev, which sees everything.
std::string let_others_through(std::string_view family) {
  if (family == "ip") return " meta protocol != ip accept;";
  if (family == "ip6") return " meta protocol != ip6 accept;";
  if (family == "inet") return " meta protocol != { ip, ip6 } accept;";
  return {};
}

/// A statement of several lines (by backslashes) keeps their number, so that nft's line numbers stay the file's.
std::string with_lines_of(std::string statement, std::string_view original) {
  for (auto lines = std::count(original.begin(), original.end(), '\n'); lines > 0; --lines) statement += " \\\n";
  return statement;
}

std::string apply(std::string text, std::vector<Edit> edits) {
  std::sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.span.offset > b.span.offset; });
  for (const Edit& edit : edits) text.replace(edit.span.offset, edit.span.length, edit.by);
  return text;
}

}  // namespace

std::string nft_ruleset_at(const Policy& policy, NftHook hook) {
  const TextPlaces places = find_text_places(policy);
  const std::string_view original = std::string_view(policy.text).substr(places.hook.offset, places.hook.length);
  std::vector<Edit> edits = {{places.hook, with_lines_of(hook_statement(hook), original)}};
  const bool at_device = hook == NftHook::ingress;
  if (at_device != (policy.family == "netdev")) {
    for (const TextSpan& word : places.family_words) edits.push_back({word, at_device ? "netdev" : "inet"});
    if (at_device) edits.push_back({{places.base_chain_body, 0}, let_others_through(policy.family)});
  }
  return apply(policy.text, std::move(edits));
}

std::string nft_books_family(NftHook hook) {
  return hook == NftHook::ingress ? "netdev" : "inet";
}

std::string nft_books(NftHook hook, NftTracking tracking) {
  // In front of the policy's chain and behind it; -300 is the priority raw, and -200 that of connection tracking
  // (include/uapi/linux/netfilter_ipv4.h).
  struct Place {
    std::string_view hook;
    int before, behind;
  };
  const Place place = hook == NftHook::ingress      ? Place{"ingress device \"d0\"", -500, 500}
                      : hook == NftHook::prerouting ? Place{"prerouting", -301, -299}
                                                    : Place{"forward", -1, 1};
  // True of every packet, but the kernel has to look: that, and nothing else, is the difference.
  const std::string_view look =
      tracking == NftTracking::on ? "ct state { invalid, new, established, related, untracked } " : "";
  return fmt::format(
      "\ntable {} {} {{\n"
      "  chain {} {{ type filter hook {} priority {}; {}counter\n  }}\n"
      "  chain {} {{ type filter hook {} priority {}; counter{}\n  }}\n"
      "}}\n",
      nft_books_family(hook), kNftBooksTable, kNftArrived, place.hook, place.before, look, kNftPassed, place.hook,
      place.behind, hook == NftHook::ingress ? " fwd to \"d1\"" : "");
}

std::string nft_place(const Policy& policy, int line) {
  const auto [file, local] = locate(policy.parts, policy.file, line);
  return fmt::format("{}:{}", file, local);
}

tl::unexpected<Error> cannot_run(const Policy& policy, int line, std::string_view why) {
  return fail(ErrorKind::unsupported, "cannot run this policy: {}: {}", nft_place(policy, line), why);
}

}  // namespace fwbench
