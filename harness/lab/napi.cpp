// SPDX-License-Identifier: BSD-2-Clause
#include "lab/napi.h"

#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "lab/ethtool.h"
#include "lab/lab_process.h"
#include "pass.skel.h"

namespace fwbench {
namespace {

// include/uapi/linux/netdev.h since Linux 6.8; the headers that we build with may be older.
constexpr uint8_t kNapiGet = 11;       // NETDEV_CMD_NAPI_GET
constexpr uint16_t kNapiIfindex = 1;   // NETDEV_A_NAPI_IFINDEX
constexpr uint16_t kNapiId = 2;        // NETDEV_A_NAPI_ID
constexpr size_t kReplyBytes = 32768;  // at least a page, see nl_skb size in netlink_dump()

struct CloseSocket {
  void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};
using GenlSocket = std::unique_ptr<mnl_socket, CloseSocket>;

struct GenlMessage {
  alignas(nlmsghdr) char buffer[1024] = {};
  nlmsghdr* header = nullptr;

  GenlMessage(uint16_t family, uint16_t flags, uint8_t command) : header(mnl_nlmsg_put_header(buffer)) {
    header->nlmsg_type = family;
    header->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
    auto* const genl = static_cast<genlmsghdr*>(mnl_nlmsg_put_extra_header(header, sizeof(genlmsghdr)));
    genl->cmd = command;
    genl->version = 1;
  }
};

int on_family_attribute(const nlattr* attribute, void* data) {
  if (mnl_attr_get_type(attribute) == CTRL_ATTR_FAMILY_ID) *static_cast<uint16_t*>(data) = mnl_attr_get_u16(attribute);
  return MNL_CB_OK;
}

int on_family(const nlmsghdr* reply, void* data) {
  return mnl_attr_parse(reply, sizeof(genlmsghdr), on_family_attribute, data);
}

int on_napi_attribute(const nlattr* attribute, void* data) {
  if (mnl_attr_get_type(attribute) == kNapiId) {
    static_cast<std::vector<uint32_t>*>(data)->push_back(mnl_attr_get_u32(attribute));
  }
  return MNL_CB_OK;
}

int on_napi(const nlmsghdr* reply, void* data) {
  return mnl_attr_parse(reply, sizeof(genlmsghdr), on_napi_attribute, data);
}

Result<void> ask(mnl_socket* socket, const GenlMessage& message, mnl_cb_t on_reply, void* data) {
  if (mnl_socket_sendto(socket, message.header, message.header->nlmsg_len) < 0) {
    return sys_fail(errno, "cannot ask for the device's NAPI");
  }
  alignas(nlmsghdr) char buffer[kReplyBytes];
  int more = MNL_CB_OK;
  while (more > MNL_CB_STOP) {
    const ssize_t n = mnl_socket_recvfrom(socket, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n >= 0) {
      more = mnl_cb_run(buffer, static_cast<size_t>(n), 0, mnl_socket_get_portid(socket), on_reply, data);
    }
    if (n < 0 || more < 0) return sys_fail(errno, "cannot ask for the device's NAPI");
  }
  return {};
}

/// Their threads have numbers too, but 0 for those who do not see them.
Result<std::vector<uint32_t>> napi_ids(int ifindex) {
  const GenlSocket socket(mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC));
  if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0) {
    return sys_fail(errno, "cannot open a generic netlink socket");
  }
  GenlMessage lookup(GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY);
  mnl_attr_put_strz(lookup.header, CTRL_ATTR_FAMILY_NAME, "netdev");
  uint16_t family = 0;
  FWBENCH_TRY(ask(socket.get(), lookup, on_family, &family));
  GenlMessage list(family, NLM_F_DUMP, kNapiGet);
  mnl_attr_put_u32(list.header, kNapiIfindex, static_cast<uint32_t>(ifindex));
  std::vector<uint32_t> ids;
  FWBENCH_TRY(ask(socket.get(), list, on_napi, &ids));
  return ids;
}

/// In a sysfs of the calling thread's network namespace, which is mounted nowhere.
Result<UniqueFd> open_threaded_setting(const std::string& device) {
  const UniqueFd context(::fsopen("sysfs", FSOPEN_CLOEXEC));
  if (!context.valid() || ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return sys_fail(errno, "cannot make a sysfs for the DUT's namespace");
  }
  const UniqueFd mount(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  if (!mount.valid()) return sys_fail(errno, "cannot open a sysfs for the DUT's namespace");
  const std::string path = fmt::format("class/net/{}/threaded", device);
  UniqueFd setting(::openat(mount.get(), path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!setting.valid()) return sys_fail(errno, "cannot open /sys/{}", path);
  return setting;
}

/// The scheduling class that everything else goes before: only what the CPU would have slept away is spun away.
void keep_awake(const std::stop_token& stop, int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu), &set);
  const sched_param lowest = {};
  if (::sched_setaffinity(0, sizeof set, &set) != 0 || ::sched_setscheduler(0, SCHED_IDLE, &lowest) != 0) return;
  while (!stop.stop_requested()) {
  }
}

}  // namespace

Result<NapiKeeper> NapiKeeper::attach(const Port& port) {
  const std::unique_ptr<pass_bpf, decltype(&pass_bpf__destroy)> skeleton(pass_bpf__open_and_load(), &pass_bpf__destroy);
  if (!skeleton) return sys_fail(errno, "cannot load the BPF object that keeps NAPI running");
  auto link = XdpLink::attach(skeleton->progs.let_through, port.ifindex, XdpMode::native);
  if (!link) return tl::unexpected(link.error());
  auto ethtool = Ethtool::open(port.name);
  if (!ethtool) return tl::unexpected(ethtool.error());
  FWBENCH_TRY(ethtool->set_gro(false));
  return NapiKeeper(std::move(*link));
}

Result<ThreadedNapi> ThreadedNapi::start(const Port& device, int cpu) {
  auto setting = open_threaded_setting(device.name);
  if (!setting) return tl::unexpected(setting.error());
  if (::write(setting->get(), "1", 1) != 1) return sys_fail(errno, "cannot turn threaded NAPI on for {}", device.name);
  ThreadedNapi napi(std::move(*setting));
  const auto ids = napi_ids(device.ifindex);
  if (!ids) {
    return with_remedy(tl::unexpected(ids.error()), "placing a DUT on a CPU of its own needs Linux 6.8 or later");
  }
  if (ids->empty()) return fail(ErrorKind::environment, "{} has no NAPI", device.name);
  for (const uint32_t id : *ids) FWBENCH_TRY(pin_napi_thread(id, cpu));
  napi.awake_ = std::jthread(keep_awake, cpu);
  return napi;
}

ThreadedNapi::~ThreadedNapi() {
  // The packets under way are taken in before the thread ends; the device outlives this or is about to go.
  if (setting_.valid() && ::write(setting_.get(), "0", 1) != 1) {
    fmt::print(stderr, "fwbench: threaded NAPI could not be turned off\n");
  }
}

}  // namespace fwbench
