// SPDX-License-Identifier: BSD-2-Clause
#include "afxdp/child.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace fwbench {
namespace {

// A process that was told to stop takes about this long; no wait is in a hot path.
constexpr auto kLookAgain = std::chrono::milliseconds(1);

void interrupt_sleep(int /*signal*/) {}

void set_up_signals() {
  struct sigaction interrupt = {};
  interrupt.sa_handler = interrupt_sleep;
  ::sigaction(SIGTERM, &interrupt, nullptr);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGINT, &ignore, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

Result<void> pin(pid_t pid, const char* name, int cpu) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(static_cast<size_t>(cpu), &cpus);
  if (::sched_setaffinity(pid, sizeof(cpus), &cpus) != 0) {
    return with_remedy(sys_fail(errno, "cannot pin the process {} to CPU {}", name, cpu),
                       "it needs a CPU of its own that this process may use");
  }
  return {};
}

}  // namespace

Result<Child> fork_pinned(const char* name, int cpu, const std::function<int()>& body) {
  const pid_t parent = ::getpid();
  // Blocked until the child has handlers of its own: a SIGTERM right after the fork must not kill it.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  const int fork_errno = errno;
  if (pid != 0) ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return sys_fail(fork_errno, "cannot fork the process {}", name);
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_NAME, name);
    if (::getppid() != parent) ::_exit(EXIT_FAILURE);  // the caller died before the line above
    set_up_signals();
    ::_exit(body() == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  Child child(pid);
  FWBENCH_TRY(pin(pid, name, cpu));
  return child;
}

void Child::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

std::optional<int> Child::wait(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (pid_ > 0) {
    int status = 0;
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == pid_) {
      pid_ = -1;
      return status;
    }
    if ((ended < 0 && errno != EINTR) || std::chrono::steady_clock::now() >= deadline) break;
    std::this_thread::sleep_for(kLookAgain);
  }
  return std::nullopt;
}

void Child::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

std::string describe_wait_status(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("was killed by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
  return fmt::format("ended with status {}", WEXITSTATUS(status));
}

}  // namespace fwbench
