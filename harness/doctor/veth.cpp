// SPDX-License-Identifier: BSD-2-Clause
#include "doctor/veth.h"

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>

#include <array>
#include <memory>

namespace fwbench {
namespace {

struct CloseSocket {
  void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};
using Socket = std::unique_ptr<mnl_socket, CloseSocket>;

// Both requests and acknowledgements are far smaller.
using Buffer = std::array<char, 4096>;

/// Sends the request in `buffer` and waits for its acknowledgement.
Result<void> exchange(mnl_socket* socket, Buffer& buffer, nlmsghdr* request, const char* what) {
  request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
  if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0) return sys_fail(errno, "cannot {}", what);
  const ssize_t size = mnl_socket_recvfrom(socket, buffer.data(), buffer.size());
  if (size < 0 ||
      mnl_cb_run(buffer.data(), static_cast<size_t>(size), 0, mnl_socket_get_portid(socket), nullptr, nullptr) < 0) {
    return sys_fail(errno, "cannot {}", what);
  }
  return {};
}

void put_up(ifinfomsg& link) {
  link.ifi_flags = IFF_UP;
  link.ifi_change = IFF_UP;
}

/// Both ends; only the sender comes up at once: the kernel opens the peer before it knows its other end (veth_newlink).
nlmsghdr* put_new_pair(Buffer& buffer) {
  nlmsghdr* message = mnl_nlmsg_put_header(buffer.data());
  message->nlmsg_type = RTM_NEWLINK;
  message->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
  put_up(*static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg))));
  mnl_attr_put_strz(message, IFLA_IFNAME, kSenderLink);
  nlattr* info = mnl_attr_nest_start(message, IFLA_LINKINFO);
  mnl_attr_put_strz(message, IFLA_INFO_KIND, "veth");
  nlattr* data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
  nlattr* peer = mnl_attr_nest_start(message, VETH_INFO_PEER);
  mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg));
  mnl_attr_put_strz(message, IFLA_IFNAME, kReceiverLink);
  mnl_attr_nest_end(message, peer);
  mnl_attr_nest_end(message, data);
  mnl_attr_nest_end(message, info);
  return message;
}

nlmsghdr* put_receiver_up(Buffer& buffer) {
  nlmsghdr* message = mnl_nlmsg_put_header(buffer.data());
  message->nlmsg_type = RTM_NEWLINK;
  put_up(*static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(message, sizeof(ifinfomsg))));
  mnl_attr_put_strz(message, IFLA_IFNAME, kReceiverLink);
  return message;
}

}  // namespace

Result<VethPair> make_veth_pair() {
  const Socket socket(mnl_socket_open(NETLINK_ROUTE));
  if (!socket) return sys_fail(errno, "cannot open a netlink socket");
  if (mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0) return sys_fail(errno, "cannot bind a netlink socket");

  Buffer buffer{};
  FWBENCH_TRY(exchange(socket.get(), buffer, put_new_pair(buffer), "make a veth pair"));
  FWBENCH_TRY(exchange(socket.get(), buffer, put_receiver_up(buffer), "bring a veth up"));
  return VethPair{.sender = static_cast<int>(::if_nametoindex(kSenderLink)),
                  .receiver = static_cast<int>(::if_nametoindex(kReceiverLink))};
}

}  // namespace fwbench
