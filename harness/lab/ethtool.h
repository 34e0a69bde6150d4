// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Device features and driver counters by the ethtool ioctl. Belongs to the namespace it was opened in.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/unique_fd.h"

namespace fwbench {

class Ethtool {
 public:
  /// In the calling thread's namespace.
  [[nodiscard]] static Result<Ethtool> open(std::string ifname);

  [[nodiscard]] Result<void> set_gro(bool on) const;
  /// By its name in `ethtool -k`. Errors: also when the device has none of that name.
  [[nodiscard]] Result<void> set_feature(std::string_view name, bool on) const;
  /// All driver counters by name (`ethtool -S`); for veth see drivers/net/veth.c, veth_rq_stats_desc.
  [[nodiscard]] Result<std::map<std::string, uint64_t>> statistics() const;

 private:
  Ethtool(UniqueFd socket, std::string ifname) : socket_(std::move(socket)), ifname_(std::move(ifname)) {}
  [[nodiscard]] Result<void> call(void* command, std::string_view what) const;

  UniqueFd socket_;
  std::string ifname_;
};

}  // namespace fwbench
