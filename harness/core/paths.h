// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Where fwbench's own read-only files are: scenarios, the record's schema, gnuplot templates.

#include <filesystem>
#include <string>

#include "core/result.h"

namespace fwbench {

/// All absolute. Folders other than `scenarios` may not exist in a trimmed installation.
struct SharePaths {
  std::filesystem::path root;
  std::filesystem::path scenarios;  ///< *.ini and policies/*.nft
  std::filesystem::path schema;     ///< record.v1.json
  std::filesystem::path gnuplot;    ///< *.gp
};

/// Looks in this order: `override_root` unless empty; ../share/fwbench beside the executable's folder (installed, at
/// any prefix); the source tree that the executable's build folder is in. Either layout is good for `override_root`.
/// Errors: ErrorKind::environment, with what was looked at.
[[nodiscard]] Result<SharePaths> locate_share(const std::filesystem::path& executable,
                                              const std::filesystem::path& override_root);

/// locate_share() of the running program, overridden by $FWBENCH_SHARE.
[[nodiscard]] Result<SharePaths> share_paths();

/// Another program of ours: beside the executable (installed, at any prefix; and in the build folder), or in a folder
/// above it up to the source tree, for tests. Errors: ErrorKind::environment, with where it was looked for.
[[nodiscard]] Result<std::filesystem::path> locate_program(const std::filesystem::path& executable,
                                                           const std::string& name);

/// locate_program() of the running program.
[[nodiscard]] Result<std::filesystem::path> helper_program(const std::string& name);

}  // namespace fwbench
