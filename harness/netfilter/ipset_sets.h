// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Sets of addresses for `ipset restore`, each once however many rules name it.

#include <map>
#include <string>
#include <vector>

#include "netfilter/iptables_box.h"

namespace fwbench {

/// From so many elements on a set is worth its lookup.
inline constexpr size_t kFewestForIpSet = 8;

class IpSets {
 public:
  /// The set's name: hash:ip when it is single addresses, else hash:net.
  /// Errors: a set with the prefix of length 0, which no hash:net holds.
  [[nodiscard]] Said<std::string> addresses(const IntervalSet& values, IpFamily family);

  /// A set of hash:ip,port,ip. Elements: "198.18.0.1,tcp:80,198.19.0.1", source address first.
  [[nodiscard]] std::string services(const std::vector<std::string>& elements, IpFamily family);

  /// What `ipset restore` reads.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string create(const char* type, IpFamily family, const std::vector<std::string>& elements);

  std::map<std::pair<IpFamily, std::vector<std::string>>, std::string> names_;
  int next_ = 0;
  std::string text_;
};

/// Prefixes that together are the interval, in order: "10.0.0.0/9". Single addresses without a length.
[[nodiscard]] std::vector<std::string> prefixes_of(const Interval& interval, IpFamily family);

}  // namespace fwbench
