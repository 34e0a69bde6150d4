// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The constructors that the catalogue lists; each in a file of its own.

#include "dut/dut.h"

namespace fwbench {

[[nodiscard]] Result<std::unique_ptr<Dut>> open_null_drop(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_null_pass(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_null_tx(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_xdp(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_xdp_skb(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_tc_bpf(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_xdp_filter(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_packet_reader(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_udp_reader(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_afxdp(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_null_afxdp(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_nft(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_nft_set(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_nft_prerouting(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_nft_forward(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_nft_ct(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_dpdk(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_fault_pass(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_fault_drop(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_fault_prefix(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_fault_rare(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_fault_slow(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_iptables_raw(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_iptables_forward(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_iptables_ct(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_iptables_ipset(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_iptables_nft(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_iptables_nft_raw(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_iptables_input(const DutInputs& inputs);
[[nodiscard]] Result<std::unique_ptr<Dut>> open_iptables_input_ct(const DutInputs& inputs);

}  // namespace fwbench
