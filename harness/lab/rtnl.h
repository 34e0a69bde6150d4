// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Links, addresses and neighbours over rtnetlink (libmnl). A Rtnl object belongs to the namespace it was opened in,
/// whatever thread uses it later; one thread at a time.

#include <libmnl/libmnl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "core/result.h"
#include "traffic/frame.h"

namespace fwbench {

/// One end of a veth pair.
struct VethEnd {
  std::string name;
  MacAddress mac = {};
  int netns_fd = -1;
};

/// A link as the kernel shows it: its qdisc its XDP program, and the part of rtnl_link_stats64 we use
/// (include/uapi/linux/if_link.h).
struct LinkInfo {
  std::string qdisc;         ///< name of the root qdisc
  uint32_t xdp_program = 0;  ///< id of the XDP program that is attached, in whatever mode; 0: none
  uint64_t rx_packets = 0, tx_packets = 0, rx_dropped = 0, tx_dropped = 0;
};

class Rtnl {
 public:
  /// Addresses in network order.
  using Ipv4 = std::array<uint8_t, 4>;
  using Ipv6 = std::array<uint8_t, 16>;

  /// In the calling thread's namespace.
  [[nodiscard]] static Result<Rtnl> open();

  /// One queue a side: with more, the kernel spreads frames by CPU number and order would depend on placement.
  [[nodiscard]] Result<void> add_veth_pair(const VethEnd& a, const VethEnd& b, uint32_t mtu);
  /// Up. Silent: without ARP and without multicast, whose listener reports a router sends of its own accord; nothing
  /// but the generator's frames may travel in the lab.
  [[nodiscard]] Result<void> set_up(int ifindex, bool is_silent);
  [[nodiscard]] Result<void> set_down(int ifindex);
  [[nodiscard]] Result<void> add_address(int ifindex, const Ipv4& address, uint8_t prefix_length);
  /// A permanent neighbour.
  [[nodiscard]] Result<void> add_neighbour(int ifindex, const Ipv4& address, const MacAddress& mac);
  [[nodiscard]] Result<void> add_route(const Ipv4& destination, uint8_t prefix_length, const Ipv4& gateway);
  [[nodiscard]] Result<void> add_neighbour(int ifindex, const Ipv6& address, const MacAddress& mac);
  /// The gateway need not be on any network of the link.
  [[nodiscard]] Result<void> add_default_route(int ifindex, const Ipv4& gateway);
  [[nodiscard]] Result<void> add_default_route(int ifindex, const Ipv6& gateway);
  /// Whatever is sent there is for this host.
  [[nodiscard]] Result<void> add_local_route(int ifindex, const Ipv4& destination, uint8_t prefix_length);
  [[nodiscard]] Result<void> add_local_route(int ifindex, const Ipv6& destination, uint8_t prefix_length);
  [[nodiscard]] Result<LinkInfo> link_info(int ifindex);

 private:
  /// @param change which of the flags (IFF_*) are set to what `flags` has
  [[nodiscard]] Result<void> set_flags(int ifindex, unsigned int flags, unsigned int change, std::string_view what);

  struct Close {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
  };
  explicit Rtnl(mnl_socket* socket) : socket_(socket) {}

  /// An address, and the family that its length makes it.
  struct Address {
    template <size_t kSize>
    explicit Address(const std::array<uint8_t, kSize>& bytes) : data(bytes.data()), size(kSize) {}
    const uint8_t* data;
    size_t size;
    [[nodiscard]] uint8_t family() const;
  };
  [[nodiscard]] Result<void> put_neighbour(int ifindex, const Address& address, const MacAddress& mac);
  [[nodiscard]] Result<void> put_default_route(int ifindex, const Address& gateway);
  [[nodiscard]] Result<void> put_local_route(int ifindex, const Address& destination, uint8_t prefix_length);

  [[nodiscard]] Result<void> transact(nlmsghdr* request, const std::string& what, mnl_cb_t on_reply = nullptr,
                                      void* data = nullptr);

  std::unique_ptr<mnl_socket, Close> socket_;
  uint32_t sequence_ = 1;
};

}  // namespace fwbench
