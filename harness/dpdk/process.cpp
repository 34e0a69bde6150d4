// SPDX-License-Identifier: BSD-2-Clause
#include "dpdk/process.h"

#include <bpf/libbpf.h>
#include <fcntl.h>
#include <net/if.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <utility>

#include "core/memory_file.h"

namespace fwbench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

/// rte_acl takes minutes to build what it cannot build well; nobody waits longer than this for a firewall to start.
constexpr auto kStartTimeout = seconds(120);
constexpr auto kReplyTimeout = seconds(2);
constexpr auto kLookAgain = std::chrono::microseconds(500);
/// AF_XDP teardown is asynchronous: after a process that was killed, its queue is busy for some tens of milliseconds.
constexpr int kStartAttempts = 5;
constexpr auto kStartPause = milliseconds(100);
/// Of what DPDK said, from the end.
constexpr size_t kLastWords = 600;

/// Takes an XDP program off that nobody can own any more: this is called before anything of ours is attached, on
/// devices that fwbench made.
void detach_leftover(const std::string& interface) {
  const auto index = static_cast<int>(::if_nametoindex(interface.c_str()));
  if (index != 0) ::bpf_xdp_detach(index, 0, nullptr);
}

/// In the child, between fork and exec. Above `first_free` so that none is overwritten before it is copied.
bool place_descriptors(const std::array<std::pair<int, int>, 5>& wanted) {
  constexpr int kFirstFree = 16;
  std::array<int, 5> copies = {};
  for (size_t i = 0; i < wanted.size(); ++i) copies[i] = ::fcntl(wanted[i].first, F_DUPFD_CLOEXEC, kFirstFree);
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (copies[i] < 0 || ::dup2(copies[i], wanted[i].second) < 0) return false;
  }
  return true;
}

void restore_signals() {
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGCHLD}) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

DpdkProcess::~DpdkProcess() {
  control_.reset();  // the end of the stream: it closes its ports and ends
  if (child_.pid() < 0) return;
  memory_.channel().run.store(0);
  if (child_.wait(kReplyTimeout)) return;
  child_.signal(SIGTERM);
  if (!child_.wait(milliseconds(500))) child_.kill();
}

Result<void> DpdkProcess::launch(const DpdkConfig& config) {
  const auto program = memory_file("fwbench-xdp", config.xdp_program);
  if (!program) return tl::unexpected(program.error());
  // A socket and no pipe: writing to a process that has ended must be an error, not a SIGPIPE.
  std::array<int, 2> ends = {};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return sys_fail(errno, "cannot make a socket to the DPDK process");
  }
  const UniqueFd reading(ends[0]);
  control_.reset(ends[1]);
  const std::string path = config.program.string();
  const std::string cpu = fmt::format("{}", config.cpu);
  const std::array<const char*, 5> argv = {path.c_str(), config.rx_ifname.c_str(), config.tx_ifname.c_str(),
                                           cpu.c_str(), nullptr};
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return sys_fail(errno, "cannot fork the DPDK process");
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(EXIT_FAILURE);  // the caller died before the line above
    restore_signals();
    if (!place_descriptors({{{log_.get(), STDOUT_FILENO},
                             {log_.get(), STDERR_FILENO},
                             {memory_.fd(), kDpdkMemoryFd},
                             {reading.get(), kDpdkControlFd},
                             {program->get(), kDpdkXdpProgramFd}}})) {
      ::_exit(EXIT_FAILURE);
    }
    ::execv(path.c_str(), const_cast<char* const*>(argv.data()));
    ::_exit(EXIT_FAILURE);
  }
  child_ = Child(pid);
  return {};
}

std::string DpdkProcess::last_words() const {
  struct stat status = {};
  if (::fstat(log_.get(), &status) != 0 || status.st_size == 0) return {};
  const auto size = static_cast<size_t>(status.st_size);
  std::string text(std::min(size, kLastWords), '\0');
  const ssize_t got = ::pread(log_.get(), text.data(), text.size(), static_cast<off_t>(size - text.size()));
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.empty() ? text : "\n" + text;
}

Error DpdkProcess::describe_end(int status) const {
  const DpdkChannel& channel = memory_.channel();
  if (channel.state.load() == DpdkState::failed) {
    const std::string said = channel.error_kind == ErrorKind::unsupported ? std::string() : last_words();
    return {channel.error_kind, channel.error_errno, channel.error, channel.remedy + said};
  }
  return {ErrorKind::measurement,
          0,
          fmt::format("the DPDK process of {} {}{}", ifname_, describe_wait_status(status), last_words()),
          {}};
}

Result<void> DpdkProcess::check() {
  if (failure_) return tl::unexpected(*failure_);
  if (const auto status = child_.wait(milliseconds(0))) {
    failure_ = describe_end(*status);
    failure_->kind = ErrorKind::measurement;
    return tl::unexpected(*failure_);
  }
  return {};
}

Result<void> DpdkProcess::wait_until_ready(const DpdkConfig& config) {
  const auto deadline = steady_clock::now() + kStartTimeout;
  while (memory_.channel().state.load() != DpdkState::paused) {
    if (const auto status = child_.wait(milliseconds(0))) {
      Error error = describe_end(*status);
      // Nothing was measured yet.
      if (error.kind == ErrorKind::measurement) error.kind = ErrorKind::environment;
      return tl::unexpected(std::move(error));
    }
    if (steady_clock::now() > deadline) {
      return fail(ErrorKind::unsupported, "rte_acl needs more than {} s to build its {} IPv4 and {} IPv6 rules",
                  kStartTimeout.count(), config.acl->ipv4.rules(), config.acl->ipv6.rules());
    }
    std::this_thread::sleep_for(kLookAgain);
  }
  return {};
}

Result<DpdkProcess> DpdkProcess::start_once(const DpdkConfig& config) {
  auto memory = DpdkMemory::create(*config.acl, config.image);
  if (!memory) return tl::unexpected(memory.error());
  auto log = memory_file("fwbench-dpdk-log", {});
  if (!log) return tl::unexpected(log.error());
  detach_leftover(config.rx_ifname);
  detach_leftover(config.tx_ifname);
  DpdkProcess process(std::move(*memory), std::move(*log));
  process.ifname_ = config.rx_ifname;
  FWBENCH_TRY(process.launch(config));
  FWBENCH_TRY(process.wait_until_ready(config));
  return process;
}

Result<DpdkProcess> DpdkProcess::start(const DpdkConfig& config) {
  if (::access(config.program.c_str(), X_OK) != 0) {
    return with_remedy(sys_fail(errno, "cannot run {}", config.program.string()),
                       "install libdpdk-dev and build fwbench again");
  }
  for (int attempt = 1;; ++attempt) {
    auto process = start_once(config);
    if (process || process.error().kind != ErrorKind::environment || attempt == kStartAttempts) return process;
    std::this_thread::sleep_for(kStartPause);
  }
}

Result<void> DpdkProcess::wait_for(DpdkState state) {
  const auto deadline = steady_clock::now() + kReplyTimeout;
  while (memory_.channel().state.load() != state) {
    FWBENCH_TRY(check());
    if (steady_clock::now() > deadline) {
      child_.kill();
      failure_ = Error{ErrorKind::internal, 0, fmt::format("the DPDK process of {} does not answer", ifname_), {}};
      return tl::unexpected(*failure_);
    }
    std::this_thread::sleep_for(kLookAgain);
  }
  return {};
}

Result<void> DpdkProcess::resume() {
  FWBENCH_TRY(check());
  memory_.channel().run.store(1);
  const char wake = 1;
  while (::send(control_.get(), &wake, 1, MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    FWBENCH_TRY(check());
    return sys_fail(errno, "cannot wake up the DPDK process of {}", ifname_);
  }
  return wait_for(DpdkState::running);
}

Result<void> DpdkProcess::pause() {
  FWBENCH_TRY(check());
  memory_.channel().run.store(0);
  return wait_for(DpdkState::paused);
}

}  // namespace fwbench
