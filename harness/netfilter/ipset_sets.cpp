// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/ipset_sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "netfilter/iptables_match.h"

namespace fwbench {
namespace {

/// Sizes of the hash table that ipset makes of itself; larger ones so that loading never has to grow it.
constexpr size_t kFewestBuckets = 1024;

}  // namespace

std::vector<std::string> prefixes_of(const Interval& interval, IpFamily family) {
  const int bits = family == IpFamily::v4 ? 32 : 128;
  std::vector<std::string> out;
  FieldValue first = interval.first;
  while (true) {
    int host_bits = 0;
    while (host_bits < bits && (first & max_value(host_bits + 1)) == 0 &&
           first + max_value(host_bits + 1) <= interval.last) {
      ++host_bits;
    }
    out.push_back(host_bits == 0 ? address_text(first, family)
                                 : fmt::format("{}/{}", address_text(first, family), bits - host_bits));
    const FieldValue last = first + max_value(host_bits);
    if (last >= interval.last) return out;
    first = last + 1;
  }
}

Said<std::string> IpSets::addresses(const IntervalSet& values, IpFamily family) {
  std::vector<std::string> elements;
  for (const Interval& interval : values) {
    for (std::string& prefix : prefixes_of(interval, family)) elements.push_back(std::move(prefix));
  }
  const bool single = std::all_of(values.begin(), values.end(),
                                  [](const Interval& interval) { return interval.first == interval.last; });
  if (std::any_of(elements.begin(), elements.end(), [](const std::string& text) { return text.ends_with("/0"); })) {
    return tl::unexpected(std::string("ipset's hash:net holds no prefix of length 0"));
  }
  return create(single ? "hash:ip" : "hash:net", family, elements);
}

std::string IpSets::services(const std::vector<std::string>& elements, IpFamily family) {
  return create("hash:ip,port,ip", family, elements);
}

std::string IpSets::create(const char* type, IpFamily family, const std::vector<std::string>& elements) {
  const auto [place, is_new] = names_.try_emplace({family, elements}, fmt::format("fwbench-{}", next_));
  if (!is_new) return place->second;
  ++next_;
  const std::string& name = place->second;
  const size_t buckets = std::bit_ceil(std::max(elements.size(), kFewestBuckets));
  text_ += fmt::format("create {} {} family {} hashsize {} maxelem {}\n", name, type,
                       family == IpFamily::v4 ? "inet" : "inet6", buckets, std::max<size_t>(elements.size(), 1));
  for (const std::string& element : elements) text_ += fmt::format("add {} {}\n", name, element);
  return name;
}

}  // namespace fwbench
