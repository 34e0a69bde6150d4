// SPDX-License-Identifier: BSD-2-Clause
#include "dut/user_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace fwbench {
namespace {

/// From SIGTERM to SIGKILL: enough to detach a program and remove some pins.
constexpr auto kStopGrace = std::chrono::milliseconds(1500);

/// Numbers that the two pipes to us have in init: on the first it says the program's wait status, once it has ended.
/// The second is closed by a successful exec; before that it says the errno of whatever went wrong.
constexpr int kStatusFd = 3;
constexpr int kExecFd = 4;
constexpr int kFirstFreeFd = 5;

/// Everything that the processes below need: they must not allocate, since another thread may have held the lock.
struct Launch {
  char* const* argv;
  char* const* envp;
  const char* folder;
  int output;
  int status;
  int exec;
  cpu_set_t cpus;
};

[[noreturn]] void give_up(int sys_errno) {
  static_cast<void>(!::write(kExecFd, &sys_errno, sizeof sys_errno));
  ::_exit(127);
}

/// fork() would run handlers of libc's that another thread's lock could stop.
pid_t bare_fork(unsigned long flags) {
  return static_cast<pid_t>(::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

[[noreturn]] void become_program(const Launch& launch) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setpgid(0, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (launch.folder[0] != '\0' && ::chdir(launch.folder) != 0) give_up(errno);
  ::execvpe(launch.argv[0], launch.argv, launch.envp);
  give_up(errno);
}

/// /proc of the new PID namespace; /sys of the network namespace, with the lab's bpffs in its place again.
bool mount_own_view() {
  if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) return false;
  const int bpffs = ::open("/sys/fs/bpf", O_PATH | O_DIRECTORY);
  if (bpffs < 0 || ::mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) return false;
  if (::fchdir(bpffs) != 0) return false;
  const bool bound = ::mount(".", "/sys/fs/bpf", nullptr, MS_BIND | MS_REC, nullptr) == 0;
  ::close(bpffs);
  return bound;
}

void take_file_descriptors(const Launch& launch) {
  // None may be in the way of another.
  const int output = ::fcntl(launch.output, F_DUPFD, kFirstFreeFd);
  const int status = ::fcntl(launch.status, F_DUPFD, kFirstFreeFd);
  const int exec = ::fcntl(launch.exec, F_DUPFD, kFirstFreeFd);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::dup3(status, kStatusFd, O_CLOEXEC);
  ::dup3(exec, kExecFd, O_CLOEXEC);
  ::syscall(SYS_close_range, kFirstFreeFd, ~0U, 0);
}

/// PID 1 of the program's namespace: starts it, hands SIGTERM to everybody, reports how the program itself ended, and
/// stays until the last of what it started has gone. Signals are blocked: those are not lost for an init.
[[noreturn]] void become_init(const Launch& launch) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "fwbench-init");
  ::setsid();
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::sched_setaffinity(0, sizeof launch.cpus, &launch.cpus);
  const int here = ::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  const bool mounted = mount_own_view();
  const int mount_errno = errno;
  static_cast<void>(!::fchdir(here));
  take_file_descriptors(launch);
  if (!mounted) give_up(mount_errno);
  const pid_t program = bare_fork(0);
  if (program < 0) give_up(errno);
  if (program == 0) become_program(launch);
  ::close(kExecFd);
  for (;;) {
    int status = 0;
    pid_t pid = 0;
    while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
      if (pid == program) static_cast<void>(!::write(kStatusFd, &status, sizeof status));
    }
    if (pid < 0 && errno == ECHILD) ::_exit(0);
    if (::sigwaitinfo(&all, nullptr) == SIGTERM) ::kill(-1, SIGTERM);
  }
}

std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
  for (const auto& [name, value] : added) all.push_back(fmt::format("{}={}", name, value));
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

UserProcess::UserProcess(Child init, UniqueFd status_pipe, UniqueFd output, std::string wanted_line)
    : drain_(std::make_unique<OutputDrain>(std::move(output), std::move(wanted_line))),
      status_pipe_(std::move(status_pipe)),
      init_(std::move(init)) {}

UserProcess::~UserProcess() {
  init_.kill();
}

Result<UserProcess> UserProcess::start(const UserProcessConfig& config) {
  int output[2];
  if (::pipe2(output, O_CLOEXEC) != 0) return sys_fail(errno, "cannot create a pipe");
  UniqueFd output_read(output[0]);
  UniqueFd output_write(output[1]);
  int status[2];
  if (::pipe2(status, O_CLOEXEC) != 0) return sys_fail(errno, "cannot create a pipe");
  UniqueFd status_read(status[0]);
  UniqueFd status_write(status[1]);
  int exec[2];
  if (::pipe2(exec, O_CLOEXEC) != 0) return sys_fail(errno, "cannot create a pipe");
  const UniqueFd exec_read(exec[0]);
  UniqueFd exec_write(exec[1]);
  std::vector<std::string> words = config.words;
  std::vector<std::string> environment = environment_with(config.environment);
  const std::vector<char*> argv = pointers_to(words);
  const std::vector<char*> envp = pointers_to(environment);
  Launch launch = {argv.data(), envp.data(), config.folder.c_str(), output[1], status[1], exec[1], {}};
  CPU_ZERO(&launch.cpus);
  CPU_SET(static_cast<size_t>(config.cpu), &launch.cpus);
  const pid_t pid = bare_fork(CLONE_NEWPID | CLONE_NEWNS);
  if (pid < 0) return sys_fail(errno, "cannot create namespaces for '{}'", config.words.front());
  if (pid == 0) become_init(launch);
  UserProcess process(Child(pid), std::move(status_read), std::move(output_read), config.wanted_line);
  output_write.reset();
  status_write.reset();
  exec_write.reset();
  int failed = 0;
  if (::read(exec_read.get(), &failed, sizeof failed) > 0) {
    return with_remedy(sys_fail(failed, "cannot start '{}' in the folder '{}'", config.words.front(),
                                config.folder.empty() ? "." : config.folder),
                       "a path is relative to the scenario's folder; build it first");
  }
  return process;
}

std::optional<int> UserProcess::ended() {
  if (status_) return status_;
  pollfd wait = {.fd = status_pipe_.get(), .events = POLLIN, .revents = 0};
  if (::poll(&wait, 1, 0) <= 0) return std::nullopt;
  int status = 0;
  // Without a word from init it was killed, which the program has not survived.
  status_ = ::read(status_pipe_.get(), &status, sizeof status) == sizeof status ? status : SIGKILL;
  return status_;
}

std::string UserProcess::last_words() const {
  const std::string lines = drain_->last_lines();
  return lines.empty() ? "; it printed nothing" : "; the last it said:" + lines;
}

void UserProcess::stop() {
  init_.signal(SIGTERM);
  if (!init_.wait(kStopGrace)) init_.kill();
}

}  // namespace fwbench
