// SPDX-License-Identifier: BSD-2-Clause
/// Gives a fuzz target every file of the folders that it is called with: seeds, and what once went wrong.

#include <fmt/format.h>

#include <filesystem>

#include "core/file.h"
#include "core/fuzz.h"

namespace {

constexpr size_t kMaxSeedBytes = size_t{64} << 20;

}  // namespace

int main(int count, char** folders) {
  int seeds = 0;
  for (int i = 1; i < count; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folders[i])) {
      if (!entry.is_regular_file()) continue;
      const auto text = fwbench::read_file(entry.path(), kMaxSeedBytes);
      if (!text) {
        fmt::print(stderr, "{}\n", text.error().to_string());
        return 1;
      }
      static_cast<void>(LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(text->data()), text->size()));
      ++seeds;
    }
  }
  fmt::print("{} seeds\n", seeds);
  return seeds == 0 ? 1 : 0;
}
