// SPDX-License-Identifier: BSD-2-Clause
#include "core/tool.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sstream>

#include "core/unique_fd.h"

namespace fwbench {
namespace {

/// Files in memory: no pipe that could fill up, and nothing that could be left behind.
struct Streams {
  UniqueFd in, out, err;
};

Result<Streams> open_streams(const std::string& name, const std::string& input) {
  Streams streams{UniqueFd(::memfd_create("input", MFD_CLOEXEC)), UniqueFd(::memfd_create("output", MFD_CLOEXEC)),
                  UniqueFd(::memfd_create("errors", MFD_CLOEXEC))};
  if (!streams.in.valid() || !streams.out.valid() || !streams.err.valid()) {
    return sys_fail(errno, "cannot prepare to run {}", name);
  }
  for (size_t at = 0; at < input.size();) {
    const ssize_t written = ::pwrite(streams.in.get(), input.data() + at, input.size() - at, static_cast<off_t>(at));
    if (written < 0) return sys_fail(errno, "cannot prepare the input of {}", name);
    at += static_cast<size_t>(written);
  }
  return streams;
}

std::string content_of(int fd) {
  struct stat info = {};
  if (::fstat(fd, &info) != 0 || info.st_size <= 0) return {};
  std::string text(static_cast<size_t>(info.st_size), '\0');
  const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return text;
}

[[noreturn]] void become(const char* file, const Streams& streams, char* const* argv, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it died before that
  ::dup2(streams.in.get(), STDIN_FILENO);
  ::dup2(streams.out.get(), STDOUT_FILENO);
  ::dup2(streams.err.get(), STDERR_FILENO);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execv(file, argv);
  ::_exit(127);
}

}  // namespace

std::optional<std::string> find_tool(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(std::string(path == nullptr ? "" : path) + ":/usr/sbin:/sbin:/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string file = fmt::format("{}/{}", folder, name);
    if (!folder.empty() && ::access(file.c_str(), X_OK) == 0) return file;
  }
  return std::nullopt;
}

Result<ToolResult> run_tool(const std::string& name, const std::vector<std::string>& arguments,
                            const std::string& input) {
  const auto file = find_tool(name);
  if (!file) return fail(ErrorKind::environment, "{} is not installed", name);
  const auto streams = open_streams(name, input);
  if (!streams) return tl::unexpected(streams.error());

  std::vector<std::string> owned = {name};
  owned.insert(owned.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(owned.size() + 1);
  for (std::string& argument : owned) argv.push_back(argument.data());
  argv.push_back(nullptr);

  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return sys_fail(errno, "cannot run {}", *file);
  if (pid == 0) become(file->c_str(), *streams, argv.data(), parent);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return sys_fail(errno, "lost {}", name);
  }
  return ToolResult{.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                    .out = content_of(streams->out.get()),
                    .err = content_of(streams->err.get())};
}

Result<std::string> run_tool_or_fail(const std::string& name, const std::vector<std::string>& arguments,
                                     const std::string& input) {
  auto result = run_tool(name, arguments, input);
  if (!result) return tl::unexpected(result.error());
  if (result->status != 0) {
    return fail(ErrorKind::environment, "{} failed: {}", name, result->err.substr(0, result->err.find('\n')));
  }
  return std::move(result->out);
}

}  // namespace fwbench
