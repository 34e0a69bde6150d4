// SPDX-License-Identifier: BSD-2-Clause
#include "cli/test_process.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace fwbench {
namespace {

constexpr uid_t kNobody = 65534;

std::set<uint64_t> ids(int (*next)(__u32, __u32*)) {
  std::set<uint64_t> found;
  for (__u32 id = 0; next(id, &id) == 0;) found.insert(id);
  return found;
}

template <typename T>
std::string added(const char* what, const std::set<T>& before, const std::set<T>& now) {
  std::string text;
  for (const T& item : now) {
    if (!before.contains(item)) text += fmt::format("{} {}; ", what, item);
  }
  return text;
}

[[noreturn]] void become_fwbench(const std::vector<std::string>& arguments, const ProcessOptions& options, int out,
                                 int err) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  if (options.as_nobody && ::geteuid() == 0 && (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) ::_exit(126);
  std::vector<char*> argv = {const_cast<char*>("fwbench")};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv(FWBENCH_BINARY, argv.data());
  ::_exit(127);
}

}  // namespace

RunningProcess start_fwbench(const std::vector<std::string>& arguments, const ProcessOptions& options) {
  int out[2];
  int err[2];
  if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) std::abort();
  UniqueFd out_write(out[1]);
  UniqueFd err_write(err[1]);
  const pid_t pid = ::fork();
  if (pid == 0) become_fwbench(arguments, options, out[1], err[1]);
  return {pid, UniqueFd(out[0]), UniqueFd(err[0])};
}

void RunningProcess::signal(int number) const {
  ::kill(pid_, number);
}

ProcessResult RunningProcess::wait() {
  ProcessResult result;
  pollfd streams[] = {{out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}};
  std::string* const texts[] = {&result.out, &result.err};
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    ::poll(streams, 2, -1);
    for (size_t i = 0; i < 2; ++i) {
      if (streams[i].fd < 0 || streams[i].revents == 0) continue;
      char buffer[4096];
      const ssize_t n = ::read(streams[i].fd, buffer, sizeof buffer);
      if (n > 0) {
        texts[i]->append(buffer, static_cast<size_t>(n));
      } else {
        streams[i].fd = -1;
      }
    }
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

ProcessResult run_fwbench(const std::vector<std::string>& arguments, const ProcessOptions& options) {
  return start_fwbench(arguments, options).wait();
}

bool wait_until(const std::function<bool()>& condition, int limit_ms) {
  for (int waited = 0; waited < limit_ms; waited += 10) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return condition();
}

KernelObjects kernel_objects() {
  KernelObjects objects;
  objects.programs = ids(bpf_prog_get_next_id);
  objects.maps = ids(bpf_map_get_next_id);
  objects.links = ids(bpf_link_get_next_id);
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string pid = entry.path().filename();
    if (!std::all_of(pid.begin(), pid.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) continue;
    struct stat info = {};
    if (::stat((entry.path() / "ns/net").c_str(), &info) == 0) objects.namespaces.insert(info.st_ino);
    std::string name;
    std::getline(std::ifstream(entry.path() / "comm") >> std::ws, name);
    if (name.rfind("fwbench", 0) == 0) objects.processes.insert(std::stoull(pid));
  }
  for (const auto& entry : std::filesystem::directory_iterator("/sys/class/net", ignored)) {
    objects.interfaces.insert(entry.path().filename());
  }
  return objects;
}

std::string left_behind(const KernelObjects& before) {
  std::string text;
  const auto clean = [&] {
    const KernelObjects now = kernel_objects();
    text = added("network namespace", before.namespaces, now.namespaces) +
           added("BPF program", before.programs, now.programs) + added("BPF map", before.maps, now.maps) +
           added("BPF link", before.links, now.links) + added("process", before.processes, now.processes) +
           added("interface", before.interfaces, now.interfaces);
    return text.empty();
  };
  static_cast<void>(wait_until(clean, 5'000));
  return text;
}

}  // namespace fwbench
