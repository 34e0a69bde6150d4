// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A mismatch as evidence: the packets, the policy, and the command that shows it again.

#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"
#include "traffic/pcap_file.h"

namespace fwbench {

struct Repro {
  std::string description;          ///< one line: what went wrong
  std::string policy;               ///< nftables text; "" when there is none
  std::vector<PcapPacket> packets;  ///< may be empty: the policy alone is the matter
  std::string command;              ///< "{policy}" and "{pcap}" in it stand for the files
};

struct ReproFiles {
  std::string policy;   ///< FOLDER/repro.nft; "" when there is none
  std::string pcap;     ///< FOLDER/repro.pcap; "" when there is none
  std::string command;  ///< with the files in it, for a shell
};

/// Writes repro.pcap, repro.nft and repro.sh into the folder, which is made where it does not exist.
[[nodiscard]] Result<ReproFiles> write_repro(const std::filesystem::path& folder, const Repro& repro);

/// What a pcap file can hold of a time: before 1970 and beyond 2038 is the nearest that it can.
[[nodiscard]] uint64_t pcap_time(int64_t time_ns);

/// A word that a shell takes as it is: quoted where it has to be.
[[nodiscard]] std::string shell_word(const std::string& word);

}  // namespace fwbench
