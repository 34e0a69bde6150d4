// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// For tests: what an independent reader, libpcap's filter machine, says about a frame.

#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace fwbench {

inline bool pcap_filter_matches(const std::string& expression, std::span<const std::byte> frame) {
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> handle(pcap_open_dead(DLT_EN10MB, 65535), &pcap_close);
  bpf_program program = {};
  if (pcap_compile(handle.get(), &program, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    ADD_FAILURE() << expression << ": " << pcap_geterr(handle.get());
    return false;
  }
  pcap_pkthdr header = {};
  header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
  const int length = pcap_offline_filter(&program, &header, reinterpret_cast<const u_char*>(frame.data()));
  pcap_freecode(&program);
  return length != 0;
}

}  // namespace fwbench
