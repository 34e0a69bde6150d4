// SPDX-License-Identifier: BSD-2-Clause
#include "core/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/unique_fd.h"

namespace fwbench {
namespace {

tl::unexpected<Error> usage_errno(int sys_errno, std::string message) {
  return tl::unexpected<Error>(Error{ErrorKind::usage, sys_errno, std::move(message), {}});
}

Result<void> write_all(int fd, std::string_view content, const std::string& name) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return sys_fail(errno, "cannot write '{}'", name);
    content.remove_prefix(static_cast<size_t>(n));
  }
  if (::fsync(fd) != 0) return sys_fail(errno, "cannot sync '{}'", name);
  return {};
}

/// Opens what will become `path`, without a name where the file system can (O_TMPFILE): then nothing remains if this
/// process is killed. Elsewhere (NFS, some overlays) under the name `temporary`.
Result<UniqueFd> open_temporary(const std::filesystem::path& path, const std::string& temporary) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  UniqueFd fd(::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666));
  if (!fd.valid() && (errno == EOPNOTSUPP || errno == EISDIR)) {
    fd.reset(::open(temporary.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666));
  }
  if (!fd.valid()) return sys_fail(errno, "cannot create a file beside '{}'", path.string());
  return fd;
}

Result<void> write_and_rename(int fd, const std::filesystem::path& path, const std::string& temporary,
                              std::string_view content) {
  FWBENCH_TRY(write_all(fd, content, path.string()));
  // linkat() cannot replace a file, and rename() needs a name: for the moment between them there are two.
  const std::string unnamed = fmt::format("/proc/self/fd/{}", fd);
  if (::linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, temporary.c_str(), AT_SYMLINK_FOLLOW) != 0 && errno != EEXIST) {
    return sys_fail(errno, "cannot create '{}'", temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    return sys_fail(errno, "cannot rename '{}' to '{}'", temporary, path.string());
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, size_t max_bytes) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return usage_errno(errno, fmt::format("cannot open '{}'", path.string()));
  struct stat info = {};
  if (::fstat(fd.get(), &info) != 0) return usage_errno(errno, fmt::format("cannot stat '{}'", path.string()));
  if (S_ISDIR(info.st_mode)) return usage_errno(EISDIR, fmt::format("cannot read '{}'", path.string()));

  std::string content;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return usage_errno(errno, fmt::format("cannot read '{}'", path.string()));
    if (n == 0) return content;
    content.append(buffer, static_cast<size_t>(n));
    if (content.size() > max_bytes) {
      return usage_errno(EFBIG, fmt::format("'{}' is larger than {} bytes", path.string(), max_bytes));
    }
  }
}

Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  const std::string temporary = fmt::format("{}.{}.tmp", path.string(), ::getpid());
  ::unlink(temporary.c_str());  // of an earlier process with this number
  const auto fd = open_temporary(path, temporary);
  if (!fd) return tl::unexpected(fd.error());
  auto written = write_and_rename(fd->get(), path, temporary, content);
  if (!written) ::unlink(temporary.c_str());
  return written;
}

}  // namespace fwbench
