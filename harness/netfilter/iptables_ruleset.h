// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The policy as rules of iptables: text for the restore tools, nothing is run here.

#include <string>

#include "core/result.h"
#include "policy/policy.h"

namespace fwbench {

/// Whose rules the kernel walks through: ip_tables', or nf_tables' as iptables-nft writes them.
enum class IptablesBackend : uint8_t { legacy, nft };

enum class IptablesHook : uint8_t {
  prerouting,  ///< table raw, PREROUTING
  forward,     ///< table filter, FORWARD
  input,       ///< table filter, INPUT
};

struct IptablesOptions {
  std::string_view dut = "iptables";  ///< for messages
  IptablesBackend backend = IptablesBackend::legacy;
  IptablesHook hook = IptablesHook::forward;
  bool tracks = false;  ///< conntrack looks at every packet; the verdicts do not depend on what it finds
  bool ipset = false;   ///< large sets of addresses and many rules of one service each are sets
};

struct IptablesRuleset {
  std::string v4;    ///< for iptables-restore
  std::string v6;    ///< for ip6tables-restore
  std::string sets;  ///< for `ipset restore`, before them; empty for none
};

/// First match, presence of fields and all as policy.h has it, for packets that check_iptables_traffic() lets pass.
/// Errors: ErrorKind::unsupported, "iptables cannot run this policy: FILE:LINE: why (the rule)".
[[nodiscard]] Result<IptablesRuleset> translate_to_iptables(const Policy& policy, const IptablesOptions& options);

[[nodiscard]] std::string_view iptables_table(IptablesHook hook);
[[nodiscard]] std::string_view iptables_chain(IptablesHook hook);

}  // namespace fwbench
