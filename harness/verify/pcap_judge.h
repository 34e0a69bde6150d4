// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// libpcap's filter machine as a judge: each rule is one filter, compiled by libpcap out of an expression. What a
/// filter cannot say (IPv6 extension headers) it is not asked.

#include <memory>

#include "verify/judge.h"

namespace fwbench::verify {

[[nodiscard]] std::unique_ptr<Judge> make_pcap_judge();

}  // namespace fwbench::verify
