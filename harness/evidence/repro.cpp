// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/repro.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/file.h"
#include "core/text.h"

namespace fwbench {
namespace {

void replace(std::string& text, std::string_view what, const std::string& by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

}  // namespace

std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./,:=@%+";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = word;
  replace(quoted, "'", "'\\''");
  return "'" + quoted + "'";
}

uint64_t pcap_time(int64_t time_ns) {
  constexpr int64_t kLatest = int64_t{0x7fffffff} * 1'000'000'000;
  return static_cast<uint64_t>(std::clamp<int64_t>(time_ns, 0, kLatest));
}

Result<ReproFiles> write_repro(const std::filesystem::path& folder, const Repro& repro) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return sys_fail(error.value(), "cannot create the folder '{}'", folder.string());
  ReproFiles files = {.policy = {}, .pcap = {}, .command = repro.command};
  if (!repro.policy.empty()) {
    files.policy = (folder / "repro.nft").string();
    FWBENCH_TRY(write_file_atomically(files.policy, repro.policy));
  }
  if (!repro.packets.empty()) {
    files.pcap = (folder / "repro.pcap").string();
    FWBENCH_TRY(write_pcap(files.pcap, repro.packets));
  }
  replace(files.command, "{policy}", shell_word(files.policy));
  replace(files.command, "{pcap}", shell_word(files.pcap));
  FWBENCH_TRY(write_file_atomically(folder / "repro.sh",
                                    fmt::format("# {}\n{}\n", printable(repro.description), files.command)));
  return files;
}

}  // namespace fwbench
