// SPDX-License-Identifier: BSD-2-Clause
#include "core/memory_file.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace fwbench {

Result<UniqueFd> memory_file(const char* name, std::span<const std::byte> bytes) {
  UniqueFd fd(::memfd_create(name, MFD_CLOEXEC));
  if (!fd.valid()) return sys_fail(errno, "cannot make a file in memory");
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t written = ::write(fd.get(), bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return with_remedy(sys_fail(errno, "cannot write a file in memory"), "free some memory");
    done += static_cast<size_t>(written);
  }
  if (::lseek(fd.get(), 0, SEEK_SET) != 0)
    return sys_fail(errno, "cannot go back to the beginning of a file in memory");
  return fd;
}

std::string read_memory_file(int fd) {
  struct stat info = {};
  if (::fstat(fd, &info) != 0 || info.st_size <= 0) return {};
  std::string text(static_cast<size_t>(info.st_size), '\0');
  const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return text;
}

}  // namespace fwbench
