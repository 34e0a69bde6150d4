// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The counters of nftables rules, straight from the kernel: `nft list` 1.0.6 aborts at some concatenations, and reads
/// all that there is to show one table.

#include <libmnl/libmnl.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"

namespace fwbench {

/// By chain, packets counted by the rules that have a `counter`, in their order.
using NftCounters = std::map<std::string, std::vector<uint64_t>, std::less<>>;

/// Belongs to the network namespace it was opened in; one thread at a time.
class NftCounterReader {
 public:
  /// In the calling thread's namespace.
  [[nodiscard]] static Result<NftCounterReader> open();

  /// Of one table; the kernel goes past the rules of the others (net/netfilter/nf_tables_api.c, nf_tables_dump_rules).
  /// Empty when there is no such table.
  [[nodiscard]] Result<NftCounters> read(const std::string& family, const std::string& table);

 private:
  struct Close {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
  };
  explicit NftCounterReader(mnl_socket* socket) : socket_(socket) {}

  std::unique_ptr<mnl_socket, Close> socket_;
  uint32_t sequence_ = 0;
};

}  // namespace fwbench
