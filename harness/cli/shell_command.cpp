// SPDX-License-Identifier: BSD-2-Clause
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "cli/commands.h"
#include "core/unique_fd.h"
#include "lab/lab.h"
#include "lab/lab_process.h"

namespace fwbench {
namespace {

/// Names for `ip netns exec`, on a private tmpfs: the lab's namespaces have none otherwise.
Result<void> name_namespaces(const Lab& lab) {
  if (::mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") != 0) {
    return sys_fail(errno, "cannot mount a private /run");
  }
  if (::mkdir("/run/netns", 0755) != 0) return sys_fail(errno, "cannot create /run/netns");
  const std::pair<const char*, const NetNs*> names[] = {
      {"gen", &lab.gen_ns()}, {"dut", &lab.dut_ns()}, {"sink", &lab.sink_ns()}};
  for (const auto& [name, ns] : names) {
    const std::string path = fmt::format("/run/netns/{}", name);
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444));
    if (!file.valid()) return sys_fail(errno, "cannot create {}", path);
    const std::string source = fmt::format("/proc/self/fd/{}", ns->fd());
    if (::mount(source.c_str(), path.c_str(), "none", MS_BIND, nullptr) != 0)
      return sys_fail(errno, "cannot bind {}", path);
  }
  return {};
}

Result<int> run_shell(const std::string& command) {
  const char* const shell = std::getenv("SHELL") != nullptr ? std::getenv("SHELL") : "/bin/sh";
  const pid_t pid = ::fork();
  if (pid < 0) return sys_fail(errno, "cannot start a shell");
  if (pid == 0) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_DFL);
    ::setenv("FWBENCH_LAB", "1", 1);
    if (command.empty()) {
      ::execl(shell, shell, nullptr);
    } else {
      ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    }
    ::_exit(127);
  }
  // PID 1 of the lab inherits whatever the shell leaves behind; all of it dies with the lab.
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR && !stop_requested()) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

int shell_command(const ShellArguments& arguments) {
  const std::optional<Plan> plan = plan_or_complain(arguments.scenario);
  if (!plan) return exit_usage;
  const auto code = run_in_lab_process([&]() -> int {
    auto lab = Lab::build({});
    if (!lab) return complain(lab.error());
    if (auto named = name_namespaces(*lab); !named) return complain(named.error());
    if (arguments.command.empty()) {
      fmt::print(stderr,
                 "fwbench: this is the lab of {}: gen[g0] - [d0]dut[d1] - [s0]sink, you are in dut\n"
                 "  ip netns exec gen|sink COMMAND reaches the others; `exit` takes the lab down\n",
                 plan->scenario_name);
    }
    const auto status = run_shell(arguments.command);
    return status ? *status : complain(status.error());
  });
  return code ? *code : complain(code.error());
}

}  // namespace fwbench
