// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A policy as text for nft, at the hook of a DUT's choice. Text only: nothing here reaches the kernel.

#include <optional>
#include <string>

#include "core/result.h"
#include "policy/policy.h"

namespace fwbench {

/// Where the DUT's base chain hangs, in the lab's own terms: frames come in at d0.
enum class NftHook : uint8_t {
  ingress,     ///< netdev, device d0
  prerouting,  ///< at the priority raw: in front of connection tracking and of the route
  forward,     ///< at the priority filter
};

/// The policy's own text with its base chain at `hook`, line for line the same. A table of family netdev becomes one of
/// inet where it has to; one of inet, ip or ip6 becomes netdev at ingress, where its base chain first lets everything
/// through that a chain of its family never sees. Whether nft takes every expression there is for nft to say.
[[nodiscard]] std::string nft_ruleset_at(const Policy& policy, NftHook hook);

/// Whether a packet has to have been seen by connection tracking (net/netfilter/nft_ct.c loads it for the family).
enum class NftTracking : uint8_t { off, on };

/// The table around the policy's: what came to the hook, and what the policy let through. At ingress that is sent on to
/// d1; an accept in one base chain goes on to the next one (nft(8), "accept").
/// To be loaded together with the policy, behind it.
[[nodiscard]] std::string nft_books(NftHook hook, NftTracking tracking);
inline constexpr const char* kNftBooksTable = "fwbench_books";
inline constexpr const char* kNftArrived = "arrived";  ///< chain with one counter
inline constexpr const char* kNftPassed = "passed";    ///< chain with one counter
/// "netdev" or "inet": of nft_books().
[[nodiscard]] std::string nft_books_family(NftHook hook);

/// "edge.nft:12" of a line of Policy::text.
[[nodiscard]] std::string nft_place(const Policy& policy, int line);

/// ErrorKind::unsupported: "cannot run this policy: edge.nft:12: why".
[[nodiscard]] tl::unexpected<Error> cannot_run(const Policy& policy, int line, std::string_view why);

}  // namespace fwbench
