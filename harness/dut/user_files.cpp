// SPDX-License-Identifier: BSD-2-Clause
#include "dut/user_files.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "core/file.h"

namespace fwbench {
namespace {

constexpr const char* kBpffs = "/sys/fs/bpf";
/// Each case of a sweep has its own.
constexpr int kMostOfOneName = 1000;

}  // namespace

Result<UserFiles> UserFiles::make(const std::string& name, const std::string* policy) {
  std::string safe = name;
  std::replace(safe.begin(), safe.end(), '.', '_');  // bpffs keeps dots for itself (kernel/bpf/inode.c, bpf_lookup)
  std::string root;
  for (int i = 0; i < kMostOfOneName; ++i) {
    root = i == 0 ? fmt::format("{}/{}", kBpffs, safe) : fmt::format("{}/{}-{}", kBpffs, safe, i);
    if (::mkdir(root.c_str(), 0700) == 0) break;
    if (errno != EEXIST || i + 1 == kMostOfOneName) return sys_fail(errno, "cannot make the folder {}", root);
  }
  UserFiles files(root);
  for (const std::string& folder : {files.workdir(), files.pins()}) {
    if (::mkdir(folder.c_str(), 0700) != 0) return sys_fail(errno, "cannot make the folder {}", folder);
  }
  if (::mount("tmpfs", files.workdir().c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "mode=0700") != 0) {
    return sys_fail(errno, "cannot mount a tmpfs on {}", files.workdir());
  }
  if (policy != nullptr) FWBENCH_TRY(write_file_atomically(files.policy(), *policy));
  return files;
}

UserFiles::UserFiles(UserFiles&& other) noexcept : root_(std::move(other.root_)) {
  other.root_.clear();
}

UserFiles::~UserFiles() {
  if (root_.empty()) return;
  ::umount2(workdir().c_str(), MNT_DETACH);
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

}  // namespace fwbench
