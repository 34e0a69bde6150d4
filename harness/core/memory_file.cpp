// SPDX-License-Identifier: BSD-2-Clause
#include "core/memory_file.h"

#include <sys/mman.h>
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
  return fd;
}

}  // namespace fwbench
