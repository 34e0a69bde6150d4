// SPDX-License-Identifier: BSD-2-Clause
#include "afxdp/shared_memory.h"

#include <sys/mman.h>

#include <cerrno>

namespace fwbench {

Result<SharedMemory> SharedMemory::open(size_t size) {
  // Populated at once: the first packets of a trial must not pay for page faults.
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (data == MAP_FAILED) {
    return with_remedy(sys_fail(errno, "cannot map {} bytes of shared memory", size), "free some memory");
  }
  return SharedMemory(static_cast<std::byte*>(data), size);
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace fwbench
