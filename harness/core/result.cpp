// SPDX-License-Identifier: BSD-2-Clause
#include "core/result.h"

namespace fwbench {

std::string Error::to_string() const {
  std::string text = message;
  if (sys_errno != 0) text += fmt::format(": {}", std::strerror(sys_errno));
  if (!remedy.empty()) text += fmt::format("\n  remedy: {}", remedy);
  return text;
}

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::unsupported:
      return exit_skipped;
    case ErrorKind::usage:
      return exit_usage;
    case ErrorKind::environment:
      return exit_environment;
    case ErrorKind::measurement:
      return exit_invalid;
    case ErrorKind::interrupted:
      return exit_interrupted;
    case ErrorKind::internal:
      break;
  }
  return exit_internal;
}

}  // namespace fwbench
