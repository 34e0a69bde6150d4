// SPDX-License-Identifier: BSD-2-Clause
#include "lab/rtnl.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace fwbench {
namespace {

constexpr size_t kBufferSize = 32768;  // a link dump with all its attributes; MNL_SOCKET_BUFFER_SIZE is not a constant

struct Message {
  alignas(nlmsghdr) char buffer[kBufferSize] = {};
  nlmsghdr* header = nullptr;

  Message(uint16_t type, uint16_t flags) : header(mnl_nlmsg_put_header(buffer)) {
    header->nlmsg_type = type;
    header->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
  }
  template <typename T>
  T* extra() {
    return static_cast<T*>(mnl_nlmsg_put_extra_header(header, sizeof(T)));
  }
};

/// A new route in the main table.
struct RouteMessage : Message {
  rtmsg* route;

  RouteMessage(uint8_t family, uint8_t type, uint8_t prefix_length)
      : Message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL), route(extra<rtmsg>()) {
    route->rtm_family = family;
    route->rtm_dst_len = prefix_length;
    route->rtm_table = RT_TABLE_MAIN;
    route->rtm_protocol = RTPROT_STATIC;
    route->rtm_scope = RT_SCOPE_UNIVERSE;
    route->rtm_type = type;
  }
};

void put_link_end(nlmsghdr* header, const VethEnd& end, uint32_t mtu) {
  mnl_attr_put_strz(header, IFLA_IFNAME, end.name.c_str());
  mnl_attr_put(header, IFLA_ADDRESS, end.mac.size(), end.mac.data());
  mnl_attr_put_u32(header, IFLA_MTU, mtu);
  mnl_attr_put_u32(header, IFLA_NUM_TX_QUEUES, 1);
  mnl_attr_put_u32(header, IFLA_NUM_RX_QUEUES, 1);
  if (end.netns_fd >= 0) mnl_attr_put_u32(header, IFLA_NET_NS_FD, static_cast<uint32_t>(end.netns_fd));
}

/// Native, generic and offloaded programs have an attribute each besides the one for "the" program, which is missing
/// when there are several (net/core/rtnetlink.c, rtnl_xdp_fill()).
int on_xdp_attribute(const nlattr* attribute, void* data) {
  const uint16_t type = mnl_attr_get_type(attribute);
  const bool is_id = type == IFLA_XDP_PROG_ID || type == IFLA_XDP_DRV_PROG_ID || type == IFLA_XDP_SKB_PROG_ID;
  if (is_id) static_cast<LinkInfo*>(data)->xdp_program = mnl_attr_get_u32(attribute);
  return MNL_CB_OK;
}

int on_link_attribute(const nlattr* attribute, void* data) {
  auto& info = *static_cast<LinkInfo*>(data);
  if (mnl_attr_get_type(attribute) == IFLA_QDISC) info.qdisc = mnl_attr_get_str(attribute);
  if (mnl_attr_get_type(attribute) == IFLA_XDP) return mnl_attr_parse_nested(attribute, on_xdp_attribute, data);
  if (mnl_attr_get_type(attribute) == IFLA_STATS64) {
    rtnl_link_stats64 raw = {};  // copied: the attribute is only 4-byte aligned, and shorter on older kernels
    std::memcpy(&raw, mnl_attr_get_payload(attribute),
                std::min(sizeof raw, size_t{mnl_attr_get_payload_len(attribute)}));
    info.rx_packets = raw.rx_packets;
    info.tx_packets = raw.tx_packets;
    info.rx_dropped = raw.rx_dropped;
    info.tx_dropped = raw.tx_dropped;
  }
  return MNL_CB_OK;
}

}  // namespace

Result<Rtnl> Rtnl::open() {
  mnl_socket* const socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
  if (socket == nullptr) return sys_fail(errno, "cannot open a netlink socket");
  Rtnl rtnl(socket);
  if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) return sys_fail(errno, "cannot bind a netlink socket");
  return rtnl;
}

Result<void> Rtnl::transact(nlmsghdr* request, const std::string& what, mnl_cb_t on_reply, void* data) {
  request->nlmsg_seq = sequence_++;
  if (mnl_socket_sendto(socket_.get(), request, request->nlmsg_len) < 0) return sys_fail(errno, "cannot {}", what);
  alignas(nlmsghdr) char buffer[kBufferSize];
  int more = MNL_CB_OK;
  while (more > MNL_CB_STOP) {
    const ssize_t n = mnl_socket_recvfrom(socket_.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return sys_fail(errno, "cannot {}", what);
    more = mnl_cb_run(buffer, static_cast<size_t>(n), request->nlmsg_seq, mnl_socket_get_portid(socket_.get()),
                      on_reply, data);
    if (more < 0) return sys_fail(errno, "cannot {}", what);
  }
  return {};
}

Result<void> Rtnl::add_veth_pair(const VethEnd& a, const VethEnd& b, uint32_t mtu) {
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  message.extra<ifinfomsg>()->ifi_family = AF_UNSPEC;
  put_link_end(message.header, a, mtu);
  nlattr* const info = mnl_attr_nest_start(message.header, IFLA_LINKINFO);
  mnl_attr_put_strz(message.header, IFLA_INFO_KIND, "veth");
  nlattr* const info_data = mnl_attr_nest_start(message.header, IFLA_INFO_DATA);
  nlattr* const peer = mnl_attr_nest_start(message.header, VETH_INFO_PEER);
  message.extra<ifinfomsg>()->ifi_family = AF_UNSPEC;
  put_link_end(message.header, b, mtu);
  mnl_attr_nest_end(message.header, peer);
  mnl_attr_nest_end(message.header, info_data);
  mnl_attr_nest_end(message.header, info);
  return transact(message.header, fmt::format("create the veth pair {} - {}", a.name, b.name));
}

Result<void> Rtnl::set_flags(int ifindex, unsigned int flags, unsigned int change, std::string_view what) {
  Message message(RTM_NEWLINK, 0);
  auto* const link = message.extra<ifinfomsg>();
  link->ifi_family = AF_UNSPEC;
  link->ifi_index = ifindex;
  link->ifi_flags = flags;
  link->ifi_change = change;
  return transact(message.header, fmt::format("set link {} {}", ifindex, what));
}

Result<void> Rtnl::set_up(int ifindex, bool is_silent) {
  const unsigned int silence = is_silent ? IFF_NOARP : 0;
  return set_flags(ifindex, IFF_UP | silence, IFF_UP | IFF_NOARP | (is_silent ? IFF_MULTICAST : 0), "up");
}

Result<void> Rtnl::set_down(int ifindex) {
  return set_flags(ifindex, 0, IFF_UP, "down");
}

Result<void> Rtnl::add_address(int ifindex, const Ipv4& address, uint8_t prefix_length) {
  Message message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
  auto* const header = message.extra<ifaddrmsg>();
  header->ifa_family = AF_INET;
  header->ifa_prefixlen = prefix_length;
  header->ifa_index = static_cast<uint32_t>(ifindex);
  mnl_attr_put(message.header, IFA_LOCAL, address.size(), address.data());
  mnl_attr_put(message.header, IFA_ADDRESS, address.size(), address.data());
  return transact(message.header, fmt::format("add an address to link {}", ifindex));
}

uint8_t Rtnl::Address::family() const {
  return size == sizeof(Ipv4) ? AF_INET : AF_INET6;
}

Result<void> Rtnl::put_neighbour(int ifindex, const Address& address, const MacAddress& mac) {
  Message message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
  auto* const header = message.extra<ndmsg>();
  header->ndm_family = address.family();
  header->ndm_ifindex = ifindex;
  header->ndm_state = NUD_PERMANENT;
  mnl_attr_put(message.header, NDA_DST, address.size, address.data);
  mnl_attr_put(message.header, NDA_LLADDR, mac.size(), mac.data());
  return transact(message.header, fmt::format("add a neighbour to link {}", ifindex));
}

Result<void> Rtnl::add_neighbour(int ifindex, const Ipv4& address, const MacAddress& mac) {
  return put_neighbour(ifindex, Address(address), mac);
}
Result<void> Rtnl::add_neighbour(int ifindex, const Ipv6& address, const MacAddress& mac) {
  return put_neighbour(ifindex, Address(address), mac);
}

Result<void> Rtnl::add_route(const Ipv4& destination, uint8_t prefix_length, const Ipv4& gateway) {
  RouteMessage message(AF_INET, RTN_UNICAST, prefix_length);
  mnl_attr_put(message.header, RTA_DST, destination.size(), destination.data());
  mnl_attr_put(message.header, RTA_GATEWAY, gateway.size(), gateway.data());
  return transact(message.header, "add a route");
}

Result<void> Rtnl::put_default_route(int ifindex, const Address& gateway) {
  RouteMessage message(gateway.family(), RTN_UNICAST, 0);
  message.route->rtm_flags = RTNH_F_ONLINK;
  mnl_attr_put(message.header, RTA_GATEWAY, gateway.size, gateway.data);
  mnl_attr_put_u32(message.header, RTA_OIF, static_cast<uint32_t>(ifindex));
  return transact(message.header, fmt::format("add a default route over link {}", ifindex));
}

Result<void> Rtnl::add_default_route(int ifindex, const Ipv4& gateway) {
  return put_default_route(ifindex, Address(gateway));
}
Result<void> Rtnl::add_default_route(int ifindex, const Ipv6& gateway) {
  return put_default_route(ifindex, Address(gateway));
}

Result<void> Rtnl::put_local_route(int ifindex, const Address& destination, uint8_t prefix_length) {
  RouteMessage message(destination.family(), RTN_LOCAL, prefix_length);
  message.route->rtm_table = RT_TABLE_LOCAL;
  message.route->rtm_scope = RT_SCOPE_HOST;
  if (prefix_length != 0) mnl_attr_put(message.header, RTA_DST, destination.size, destination.data);
  mnl_attr_put_u32(message.header, RTA_OIF, static_cast<uint32_t>(ifindex));
  return transact(message.header, fmt::format("add a local route to link {}", ifindex));
}

Result<void> Rtnl::add_local_route(int ifindex, const Ipv4& destination, uint8_t prefix_length) {
  return put_local_route(ifindex, Address(destination), prefix_length);
}
Result<void> Rtnl::add_local_route(int ifindex, const Ipv6& destination, uint8_t prefix_length) {
  return put_local_route(ifindex, Address(destination), prefix_length);
}

Result<LinkInfo> Rtnl::link_info(int ifindex) {
  Message message(RTM_GETLINK, 0);
  message.extra<ifinfomsg>()->ifi_index = ifindex;
  LinkInfo info;
  const auto on_reply = [](const nlmsghdr* reply, void* data) {
    return mnl_attr_parse(reply, sizeof(ifinfomsg), on_link_attribute, data);
  };
  FWBENCH_TRY(transact(message.header, fmt::format("read link {}", ifindex), on_reply, &info));
  return info;
}

}  // namespace fwbench
