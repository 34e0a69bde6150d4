// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// Result<T>: a value, or an Error that a person can act on. No exception of ours crosses a function.

#include <fmt/format.h>

#include <cstring>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace fwbench {

/// What went wrong, in the terms of the command line's exit codes (see exit_code()).
enum class ErrorKind {
  unsupported,  ///< asked for something that this firewall cannot do: left out, and the others go on
  usage,        ///< wrong arguments, scenario, policy or input file: nothing was run
  environment,  ///< this machine, kernel or user cannot do it
  measurement,  ///< it ran, but the numbers must not be believed
  internal,     ///< a bug in fwbench
  interrupted,  ///< the user stopped it
};

struct Error {
  ErrorKind kind = ErrorKind::internal;
  int sys_errno = 0;    ///< 0, or the errno that caused it
  std::string message;  ///< what we tried, on which object, why it failed
  std::string remedy;   ///< what the user can do; may be empty

  /// "message: strerror\n  remedy: ..." for a terminal.
  [[nodiscard]] std::string to_string() const;
};

template <typename T>
using Result = tl::expected<T, Error>;

/// Exit codes of the command line (CONTRACT).
enum ExitCode : int {
  exit_ok = 0,
  exit_gate_failed = 1,
  exit_usage = 2,
  exit_environment = 3,
  exit_invalid = 4,
  exit_verdict_mismatch = 5,
  exit_inconclusive = 6,
  exit_internal = 70,
  exit_skipped = 77,
  exit_interrupted = 130,
};

[[nodiscard]] int exit_code(ErrorKind kind);

template <typename... Args>
[[nodiscard]] tl::unexpected<Error> fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(Error{kind, 0, fmt::format(format, std::forward<Args>(args)...), {}});
}

/// As fail(), with the errno of a system call (positive); strerror is added when printed.
template <typename... Args>
[[nodiscard]] tl::unexpected<Error> sys_fail(int sys_errno, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(
      Error{ErrorKind::environment, sys_errno, fmt::format(format, std::forward<Args>(args)...), {}});
}

/// Adds what the user can do about it.
[[nodiscard]] inline tl::unexpected<Error> with_remedy(tl::unexpected<Error> error, std::string remedy) {
  error.value().remedy = std::move(remedy);
  return error;
}

}  // namespace fwbench

/// Returns the Error of a Result<...> expression from the enclosing function.
#define FWBENCH_TRY(expression)                                                 \
  do {                                                                          \
    if (auto fwbench_try_ = (expression); !fwbench_try_) {                      \
      return tl::unexpected<::fwbench::Error>(std::move(fwbench_try_).error()); \
    }                                                                           \
  } while (false)
