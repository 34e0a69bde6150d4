// SPDX-License-Identifier: BSD-2-Clause
#include "core/tool.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <span>
#include <sstream>

#include "core/memory_file.h"
#include "core/unique_fd.h"

namespace fwbench {
namespace {

/// Files in memory: no pipe that could fill up, and nothing that could be left behind.
struct Streams {
  UniqueFd in, out, err;
};

Result<Streams> open_streams(const std::string& input) {
  auto in = memory_file("input", std::as_bytes(std::span(input)));
  auto out = memory_file("output", {});
  auto err = memory_file("errors", {});
  for (const auto* const file : {&in, &out, &err}) {
    if (!*file) return tl::unexpected(file->error());
  }
  return Streams{std::move(*in), std::move(*out), std::move(*err)};
}

/// Without a copy of this process: fork() takes long in one as large as the lab's, or with a sanitizer's shadow memory.
Result<pid_t> spawn(const std::string& file, const Streams& streams, char* const* argv) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, streams.in.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, streams.out.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, streams.err.get(), STDERR_FILENO);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, file.c_str(), &actions, &attributes, argv, environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return sys_fail(error, "cannot run {}", file);
  return pid;
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
  const auto streams = open_streams(input);
  if (!streams) return tl::unexpected(streams.error());

  std::vector<std::string> owned = {name};
  owned.insert(owned.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(owned.size() + 1);
  for (std::string& argument : owned) argv.push_back(argument.data());
  argv.push_back(nullptr);

  const auto pid = spawn(*file, *streams, argv.data());
  if (!pid) return tl::unexpected(pid.error());
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0) {
    if (errno != EINTR) return sys_fail(errno, "lost {}", name);
  }
  return ToolResult{.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                    .out = read_memory_file(streams->out.get()),
                    .err = read_memory_file(streams->err.get())};
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
