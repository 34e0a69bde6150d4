// SPDX-License-Identifier: BSD-2-Clause
#include "doctor/sandbox.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "core/unique_fd.h"

namespace fwbench {
namespace {

using Clock = std::chrono::steady_clock;

// First byte of the answer; the rest is its text.
constexpr char kWorks = '+';
constexpr char kBroken = '-';

/// Never returns. `answer` is the only writing end of the pipe.
[[noreturn]] void child_main(const Probe& probe, UniqueFd answer) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // If the caller died before prctl() there will be no signal, but nobody reads the pipe either.
  pollfd reader{.fd = answer.get(), .events = 0, .revents = 0};
  if (::poll(&reader, 1, 0) > 0) ::_exit(0);

  std::string text;
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    text = kBroken + fmt::format("cannot make the mounts private: {}", std::strerror(errno));
  } else if (auto found = probe()) {
    text = kWorks + *found;
  } else {
    text = kBroken + found.error().to_string();
  }
  // One write: a pipe takes this much at once, and the reader does not depend on it.
  const ssize_t written = ::write(answer.get(), text.data(), std::min(text.size(), size_t{PIPE_BUF}));
  ::_exit(written < 0 ? 1 : 0);
}

/// Everything written until the pipe is closed; "" and false in `in_time` at the deadline.
std::string read_until(int fd, Clock::time_point deadline, bool& in_time) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
    const int events = left <= 0 ? 0 : ::poll(&ready, 1, static_cast<int>(left));
    if (events < 0 && errno == EINTR) continue;
    in_time = events > 0;
    if (!in_time) return {};
    const ssize_t size = ::read(fd, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(buffer.data(), static_cast<size_t>(size));
  }
}

int reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

Result<std::string> run_in_sandbox(const Probe& probe, std::chrono::milliseconds timeout) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return sys_fail(errno, "cannot make a pipe");
  UniqueFd answer_in(ends[0]);
  UniqueFd answer_out(ends[1]);

  // clone() without a stack of its own is fork() with namespaces: the child is in them from its first instruction.
  const long pid = ::syscall(SYS_clone, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0);
  if (pid < 0) return sys_fail(errno, "cannot make PID, mount and network namespaces");
  if (pid == 0) {
    answer_in.reset();
    child_main(probe, std::move(answer_out));
  }
  answer_out.reset();

  bool in_time = true;
  const std::string text = read_until(answer_in.get(), Clock::now() + timeout, in_time);
  ::kill(static_cast<pid_t>(pid), SIGKILL);
  const int status = reap(static_cast<pid_t>(pid));

  if (!in_time) return fail(ErrorKind::environment, "no answer within {} ms", timeout.count());
  if (text.empty()) {
    return fail(ErrorKind::environment, "the attempt crashed ({})",
                WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status)) : "no answer");
  }
  if (text.front() == kWorks) return text.substr(1);
  return fail(ErrorKind::environment, "{}", text.substr(1));
}

}  // namespace fwbench
