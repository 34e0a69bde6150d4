// SPDX-License-Identifier: BSD-2-Clause
#include "report/gnuplot.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "core/file.h"
#include "report/grid.h"

namespace fwbench {
namespace {

/// Where gnuplot's complaints go; removed when there were none.
constexpr const char* kLog = "gnuplot.log";

/// Starts the program; 0 and its pid, or an errno. Nothing but the working directory and the three standard streams is
/// set: PATH and the locale's character set stay the user's.
int spawn(const std::string& program, const std::filesystem::path& folder, const std::vector<std::string>& scripts,
          pid_t& pid) {
  std::vector<std::string> words = {program, "-d"};  // -d: no ~/.gnuplot, plots are the same for everyone
  words.insert(words.end(), scripts.begin(), scripts.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  if (const int error = posix_spawn_file_actions_init(&actions); error != 0) return error;
  int error = posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  if (error == 0) error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  if (error == 0) error = posix_spawn_file_actions_addopen(&actions, 1, kLog, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, 1, 2);
  if (error == 0) error = posix_spawnp(&pid, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

Result<int> wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return sys_fail(errno, "cannot wait for gnuplot");
  }
  return status;
}

std::string first_lines(const std::string& text) {
  constexpr size_t kEnough = 400;
  std::string start;
  for (const char c : text.substr(0, kEnough)) start += c == '\n' ? std::string("\n  ") : printable({&c, 1});
  return start;
}

}  // namespace

std::string gnuplot_quote(std::string_view text) {
  constexpr std::string_view kApostrophe = "\xe2\x80\x99";  // U+2019
  std::string out = "'";
  for (const char c : printable(text)) {
    if (c == '\'') {
      out += kApostrophe;
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string gnuplot_tic_label(std::string_view text) {
  std::string format;
  for (const char c : text) format += c == '%' ? std::string("%%") : std::string(1, c);
  return gnuplot_quote(format);
}

Result<void> run_gnuplot(const std::filesystem::path& folder, const std::vector<std::string>& scripts,
                         const std::string& program) {
  pid_t pid = -1;
  if (const int error = spawn(program, folder, scripts, pid); error != 0) {
    // posix_spawn says ENOENT for the program as for the folder, but the folder has just been written to.
    return with_remedy(sys_fail(error, "cannot start '{}' to draw the plots in '{}'", program, folder.string()),
                       "apt-get install gnuplot-nox");
  }
  auto status = wait_for(pid);
  if (!status) return tl::unexpected<Error>(std::move(status).error());
  const std::filesystem::path log = folder / kLog;
  const std::string complaint = read_file(log).value_or("");
  if (*status != 0) {
    return fail(
        ErrorKind::internal, "gnuplot failed ({} {}) in '{}':\n  {}", WIFSIGNALED(*status) ? "signal" : "exit code",
        WIFSIGNALED(*status) ? WTERMSIG(*status) : WEXITSTATUS(*status), folder.string(), first_lines(complaint));
  }
  if (complaint.empty()) ::unlink(log.c_str());
  return {};
}

}  // namespace fwbench
