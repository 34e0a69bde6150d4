// SPDX-License-Identifier: BSD-2-Clause
#include "lab/netns.h"

#include <fcntl.h>
#include <sched.h>

#include <cerrno>
#include <cstdlib>

namespace fwbench {
namespace {

Result<UniqueFd> open_current() {
  UniqueFd fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return sys_fail(errno, "cannot open this thread's network namespace");
  return fd;
}

}  // namespace

Result<NetNs> NetNs::current() {
  auto fd = open_current();
  if (!fd) return tl::unexpected(fd.error());
  return NetNs(std::move(*fd));
}

Result<NetNs> NetNs::create() {
  auto before = current();
  if (!before) return before;
  if (::unshare(CLONE_NEWNET) != 0) return sys_fail(errno, "cannot create a network namespace");
  auto created = current();
  FWBENCH_TRY(before->enter());
  return created;
}

Result<void> NetNs::enter() const {
  if (::setns(fd_.get(), CLONE_NEWNET) != 0) return sys_fail(errno, "cannot enter a network namespace");
  return {};
}

Result<NetNsScope> NetNsScope::enter_fd(int netns_fd) {
  auto before = open_current();
  if (!before) return tl::unexpected(before.error());
  if (::setns(netns_fd, CLONE_NEWNET) != 0) return sys_fail(errno, "cannot enter a network namespace");
  return NetNsScope(std::move(*before));
}

NetNsScope::~NetNsScope() {
  if (before_.valid() && ::setns(before_.get(), CLONE_NEWNET) != 0) std::abort();
}

}  // namespace fwbench
