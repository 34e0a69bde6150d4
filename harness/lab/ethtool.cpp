// SPDX-License-Identifier: BSD-2-Clause
#include "lab/ethtool.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace fwbench {

Result<Ethtool> Ethtool::open(std::string ifname) {
  UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return sys_fail(errno, "cannot open a socket for ethtool on {}", ifname);
  return Ethtool(std::move(socket), std::move(ifname));
}

Result<void> Ethtool::call(void* command, std::string_view what) const {
  ifreq request = {};
  std::strncpy(request.ifr_name, ifname_.c_str(), IFNAMSIZ - 1);
  request.ifr_data = static_cast<char*>(command);
  if (::ioctl(socket_.get(), SIOCETHTOOL, &request) != 0) return sys_fail(errno, "cannot {} of {}", what, ifname_);
  return {};
}

Result<void> Ethtool::set_gro(bool on) const {
  ethtool_value value = {.cmd = ETHTOOL_SGRO, .data = on ? 1U : 0U};
  return call(&value, "set generic receive offload");
}

Result<void> Ethtool::set_feature(std::string_view name, bool on) const {
  std::vector<uint64_t> info_buffer(sizeof(ethtool_sset_info) / sizeof(uint64_t) + 1);
  auto* const info = reinterpret_cast<ethtool_sset_info*>(info_buffer.data());
  info->cmd = ETHTOOL_GSSET_INFO;
  info->sset_mask = uint64_t{1} << ETH_SS_FEATURES;
  FWBENCH_TRY(call(info, "count the features"));
  const uint32_t n = info->data[0];

  std::vector<uint64_t> names_buffer((sizeof(ethtool_gstrings) + size_t{n} * ETH_GSTRING_LEN) / sizeof(uint64_t) + 1);
  auto* const names = reinterpret_cast<ethtool_gstrings*>(names_buffer.data());
  names->cmd = ETHTOOL_GSTRINGS;
  names->string_set = ETH_SS_FEATURES;
  names->len = n;
  FWBENCH_TRY(call(names, "read the feature names"));

  constexpr uint32_t kBits = 32;
  const uint32_t blocks = (n + kBits - 1) / kBits;
  std::vector<uint32_t> change_buffer((sizeof(ethtool_sfeatures) + blocks * sizeof(ethtool_set_features_block)) /
                                      sizeof(uint32_t));
  auto* const change = reinterpret_cast<ethtool_sfeatures*>(change_buffer.data());
  change->cmd = ETHTOOL_SFEATURES;
  change->size = blocks;
  const auto* const first_name = reinterpret_cast<const char*>(names_buffer.data()) + sizeof(ethtool_gstrings);
  for (uint32_t i = 0; i < n; ++i) {
    const char* const known = first_name + size_t{i} * ETH_GSTRING_LEN;
    if (name != std::string_view(known, ::strnlen(known, ETH_GSTRING_LEN))) continue;
    change->features[i / kBits].valid = 1U << i % kBits;
    change->features[i / kBits].requested = on ? 1U << i % kBits : 0;
    return call(change, "change a feature");
  }
  return fail(ErrorKind::environment, "{} has no feature '{}'", ifname_, name);
}

Result<std::map<std::string, uint64_t>> Ethtool::statistics() const {
  ethtool_drvinfo info = {};
  info.cmd = ETHTOOL_GDRVINFO;
  FWBENCH_TRY(call(&info, "read the driver"));
  const uint32_t n = info.n_stats;

  std::vector<uint64_t> names_buffer((sizeof(ethtool_gstrings) + size_t{n} * ETH_GSTRING_LEN) / sizeof(uint64_t) + 1);
  auto* const names = reinterpret_cast<ethtool_gstrings*>(names_buffer.data());
  names->cmd = ETHTOOL_GSTRINGS;
  names->string_set = ETH_SS_STATS;
  names->len = n;
  FWBENCH_TRY(call(names, "read the counter names"));

  std::vector<uint64_t> values_buffer(sizeof(ethtool_stats) / sizeof(uint64_t) + n + 1);
  auto* const values = reinterpret_cast<ethtool_stats*>(values_buffer.data());
  values->cmd = ETHTOOL_GSTATS;
  values->n_stats = n;
  FWBENCH_TRY(call(values, "read the counters"));

  std::map<std::string, uint64_t> statistics;
  const auto* const first_name = reinterpret_cast<const char*>(names_buffer.data()) + sizeof(ethtool_gstrings);
  const uint64_t* const first_value = values_buffer.data() + sizeof(ethtool_stats) / sizeof(uint64_t);
  for (uint32_t i = 0; i < n; ++i) {
    const char* const name = first_name + size_t{i} * ETH_GSTRING_LEN;
    statistics[std::string(name, ::strnlen(name, ETH_GSTRING_LEN))] = first_value[i];
  }
  return statistics;
}

}  // namespace fwbench
