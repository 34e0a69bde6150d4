// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/sha256.h"

#include <sha2.h>

namespace fwbench {

std::string sha256_hex(std::string_view bytes) {
  SHA2_CTX context;
  SHA256Init(&context);
  SHA256Update(&context, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  std::string hex(SHA256_DIGEST_STRING_LENGTH, '\0');
  SHA256End(&context, hex.data());
  hex.pop_back();  // the terminating NUL
  return hex;
}

}  // namespace fwbench
