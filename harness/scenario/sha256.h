// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// SHA-256, as `sha256sum` prints it: the name under which a result cites its inputs.

#include <string>
#include <string_view>

namespace fwbench {

/// 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace fwbench
