// SPDX-License-Identifier: BSD-2-Clause
#include "lab/lab_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>

#include "core/file.h"
#include "core/unique_fd.h"

namespace fwbench {
namespace {

volatile std::sig_atomic_t g_stop_requested = 0;  // written by the signal handler: the one global that C forces on us
int g_outside = -1;                               // in the lab process: the way to the process outside; never closed

/// What the lab process asks of the one outside. The answer is an errno.
struct PinRequest {
  uint32_t napi_id = 0;
  int32_t cpu = 0;
};

constexpr int kBeforeAll = -20;
constexpr int kStopSignals[] = {SIGINT, SIGTERM, SIGHUP};

sigset_t stop_signal_set() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : kStopSignals) ::sigaddset(&set, signal);
  return set;
}

Result<void> mount_private_filesystems() {
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return sys_fail(errno, "cannot make the mounts private");
  }
  if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
    return sys_fail(errno, "cannot mount a private /proc");
  }
  if (::mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
    return sys_fail(errno, "cannot mount a private /sys");
  }
  if (::mount("bpf", "/sys/fs/bpf", "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") != 0) {
    return sys_fail(errno, "cannot mount a private /sys/fs/bpf");
  }
  return {};
}

void install_stop_handlers() {
  struct sigaction action = {};
  action.sa_handler = [](int) { g_stop_requested = 1; };  // no SA_RESTART: sleeping calls return and look
  for (const int signal : kStopSignals) ::sigaction(signal, &action, nullptr);
  const sigset_t set = stop_signal_set();
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

/// Runs in the child. The other end of `lifeline` is held by the parent alone: if it is closed, the parent died before
/// PR_SET_PDEATHSIG was in force. Later requests go that way.
int lab_main(const std::function<int()>& body, int lifeline) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "fwbench-lab");
  pollfd parent = {.fd = lifeline, .events = POLLIN, .revents = 0};
  if (::poll(&parent, 1, 0) != 0) return exit_internal;
  g_outside = lifeline;
  install_stop_handlers();
  if (auto mounted = mount_private_filesystems(); !mounted) {
    fmt::print(stderr, "fwbench: {}\n", mounted.error().to_string());
    return exit_environment;
  }
  return body();
}

/// The lab process, and the socket whose closing tells it that this process died.
struct LabChild {
  pid_t pid = -1;
  UniqueFd lifeline;
};

Result<LabChild> fork_into_namespaces(const std::function<int()>& body) {
  int lifeline[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, lifeline) != 0) {
    return sys_fail(errno, "cannot create a pair of sockets");
  }
  UniqueFd lab_end(lifeline[0]);
  UniqueFd outer_end(lifeline[1]);
  std::fflush(nullptr);
  // clone() with these flags and no stack is fork() into new namespaces; fwbench has one thread here, so libc's locks
  // are free in the child.
  constexpr unsigned long kFlags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | SIGCHLD;
  const long pid = ::syscall(SYS_clone, kFlags, nullptr, nullptr, nullptr, nullptr);
  if (pid < 0) {
    return with_remedy(
        sys_fail(errno, "cannot create namespaces for the lab"),
        "run as root (sudo), or give the binary CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_BPF; see `fwbench doctor`");
  }
  if (pid == 0) {
    outer_end.reset();
    const int code = lab_main(body, lab_end.get());
    std::fflush(nullptr);
    ::_exit(code);
  }
  return LabChild{static_cast<pid_t>(pid), std::move(outer_end)};
}

/// The kernel calls it napi/DEVICE-ID, see napi_kthread_create() in net/core/dev.c; ids are unique on the machine.
std::optional<pid_t> thread_of_napi(uint32_t napi_id) {
  const std::string ending = fmt::format("-{}\n", napi_id);
  std::error_code ignored;
  for (const auto& process : std::filesystem::directory_iterator("/proc", ignored)) {
    const auto name = read_file(process.path() / "comm");
    if (!name || !name->starts_with("napi/") || !name->ends_with(ending)) continue;
    return static_cast<pid_t>(std::stol(process.path().filename().string()));
  }
  return std::nullopt;
}

int pin(const PinRequest& request) {
  const auto thread = thread_of_napi(request.napi_id);
  if (!thread) return ESRCH;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(request.cpu), &set);
  if (::sched_setaffinity(*thread, sizeof set, &set) != 0) return errno;
  // As NAPI in a softirq it would be in front of every process.
  return ::setpriority(PRIO_PROCESS, static_cast<id_t>(*thread), kBeforeAll) == 0 ? 0 : errno;
}

void serve(int lab) {
  PinRequest request;
  if (::recv(lab, &request, sizeof request, MSG_DONTWAIT) != sizeof request) return;
  const int32_t answer = pin(request);
  ::send(lab, &answer, sizeof answer, MSG_NOSIGNAL);
}

/// Waits for the child, passing stop signals on and doing what it asks.
int supervise(pid_t pid, int signals, int lab) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point kill_at = Clock::time_point::max();
  for (;;) {
    int status = 0;
    const pid_t done = ::waitpid(pid, &status, WNOHANG);
    if (done == pid) return status;
    pollfd wait[] = {{.fd = signals, .events = POLLIN, .revents = 0}, {.fd = lab, .events = POLLIN, .revents = 0}};
    ::poll(wait, 2, 100);
    if ((wait[1].revents & POLLIN) != 0) serve(lab);
    signalfd_siginfo info = {};
    while (::read(signals, &info, sizeof info) == sizeof info) {
      if (info.ssi_signo == SIGCHLD) continue;
      const bool second = kill_at != Clock::time_point::max();
      ::kill(pid, second ? SIGKILL : SIGTERM);
      kill_at = Clock::now() + std::chrono::milliseconds(kStopGraceMs);
    }
    if (Clock::now() >= kill_at) ::kill(pid, SIGKILL);
  }
}

}  // namespace

bool stop_requested() {
  return g_stop_requested != 0;
}

Result<void> pin_napi_thread(uint32_t napi_id, int cpu) {
  const PinRequest request = {napi_id, cpu};
  int32_t answer = EIO;
  if (::send(g_outside, &request, sizeof request, MSG_NOSIGNAL) != sizeof request ||
      ::recv(g_outside, &answer, sizeof answer, 0) != sizeof answer) {
    return sys_fail(errno, "cannot ask the process outside the lab to keep NAPI {} on CPU {}", napi_id, cpu);
  }
  if (answer == 0) return {};
  return with_remedy(sys_fail(answer, "cannot keep the thread of NAPI {} on CPU {}", napi_id, cpu),
                     "run fwbench where kernel threads can be seen: not in a container with PIDs of its own");
}

Result<int> run_in_lab_process(const std::function<int()>& body) {
  // Blocked before the fork, so that no signal is lost between fork and wait; signalfd hands them to supervise().
  sigset_t watched = stop_signal_set();
  ::sigaddset(&watched, SIGCHLD);
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &watched, &before);
  const UniqueFd signals(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  auto child = fork_into_namespaces(body);
  if (!child) {
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return tl::unexpected(child.error());
  }
  const int status = supervise(child->pid, signals.get(), child->lifeline.get());
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  if (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGINT) return exit_interrupted;
  return fail(ErrorKind::internal, "the lab process was ended by signal {} ({})", WTERMSIG(status),
              ::strsignal(WTERMSIG(status)));
}

}  // namespace fwbench
