// SPDX-License-Identifier: BSD-2-Clause
#include "core/paths.h"

#include <cstdlib>
#include <optional>
#include <system_error>

namespace fwbench {
namespace {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

/// The two layouts: `cmake --install` flattens what the source tree keeps in results/ and scripts/.
std::optional<SharePaths> layout_of(const fs::path& root) {
  if (!is_folder(root / "scenarios")) return std::nullopt;
  std::error_code ignored;
  const bool source_tree = fs::exists(root / "CMakePresets.json", ignored);
  return SharePaths{.root = root,
                    .scenarios = root / "scenarios",
                    .schema = source_tree ? root / "results/schema" : root / "schema",
                    .gnuplot = source_tree ? root / "scripts/gnuplot" : root / "gnuplot"};
}

}  // namespace

Result<SharePaths> locate_share(const fs::path& executable, const fs::path& override_root) {
  std::error_code ignored;
  if (!override_root.empty()) {
    if (auto found = layout_of(fs::absolute(override_root, ignored))) return *std::move(found);
    return fail(ErrorKind::environment, "FWBENCH_SHARE={} has no folder scenarios", override_root.string());
  }
  const fs::path installed = executable.parent_path().parent_path() / "share/fwbench";
  if (auto found = layout_of(installed)) return *std::move(found);
  for (fs::path folder = executable.parent_path(); folder != folder.parent_path(); folder = folder.parent_path()) {
    // The presets' file tells our source tree from any other folder that happens to have scenarios.
    if (!fs::exists(folder / "CMakePresets.json", ignored)) continue;
    if (auto found = layout_of(folder)) return *std::move(found);
  }
  return with_remedy(
      fail(ErrorKind::environment, "cannot find fwbench's scenarios: neither {} nor a source tree above {}",
           installed.string(), executable.parent_path().string()),
      "install with `cmake --install`, or set FWBENCH_SHARE to the source tree or to .../share/fwbench");
}

Result<SharePaths> share_paths() {
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  if (error) return sys_fail(error.value(), "cannot read /proc/self/exe");
  const char* override_root = std::getenv("FWBENCH_SHARE");
  return locate_share(executable, override_root == nullptr ? "" : override_root);
}

Result<fs::path> locate_program(const fs::path& executable, const std::string& name) {
  std::error_code ignored;
  for (fs::path folder = executable.parent_path(); folder != folder.parent_path(); folder = folder.parent_path()) {
    if (fs::is_regular_file(folder / name, ignored)) return folder / name;
    // An installed program stands beside us or nowhere; in a source tree the build folders are below this file.
    if (folder.filename() == "bin" || fs::exists(folder / "CMakePresets.json", ignored)) break;
  }
  return fail(ErrorKind::environment, "there is no {} in {}", name, executable.parent_path().string());
}

Result<fs::path> helper_program(const std::string& name) {
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  if (error) return sys_fail(error.value(), "cannot read /proc/self/exe");
  return locate_program(executable, name);
}

}  // namespace fwbench
