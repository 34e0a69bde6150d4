// SPDX-License-Identifier: BSD-2-Clause
#include "doctor/program.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <array>
#include <cstddef>
#include <span>

namespace fwbench {
namespace {

constexpr uint8_t kAluMove = BPF_ALU64 | BPF_MOV;
constexpr int kEtherTypeOffset = 12;
constexpr int kEtherHeaderSize = 14;

constexpr bpf_insn insn(int code, int dst, int src, int off, int imm) {
  bpf_insn out{};
  out.code = static_cast<uint8_t>(code);
  out.dst_reg = static_cast<uint8_t>(dst) & 0xF;
  out.src_reg = static_cast<uint8_t>(src) & 0xF;
  out.off = static_cast<int16_t>(off);
  out.imm = imm;
  return out;
}

constexpr bpf_insn move_imm(int dst, int imm) {
  return insn(kAluMove | BPF_K, dst, 0, 0, imm);
}
constexpr bpf_insn call(int helper) {
  return insn(BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}
constexpr bpf_insn load(int size, int dst, int src, size_t off) {
  return insn(BPF_LDX | BPF_MEM | size, dst, src, static_cast<int>(off), 0);
}
constexpr bpf_insn leave() {
  return insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

Result<UniqueFd> load_xdp(const char* name, std::span<const bpf_insn> code) {
  const int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, name, "Dual BSD/GPL", code.data(), code.size(), nullptr);
  if (fd < 0) return sys_fail(-fd, "the kernel refuses an XDP program of {} instructions", code.size());
  return UniqueFd(fd);
}

}  // namespace

Result<UniqueFd> load_drop_program() {
  const std::array code = {move_imm(BPF_REG_0, XDP_DROP), leave()};
  return load_xdp("doctor_drop", code);
}

Result<UniqueFd> load_counting_program(int map_fd) {
  // NOLINTBEGIN(misc-redundant-expression): some of the kernel's opcode parts are 0
  const std::array code = {
      load(BPF_W, BPF_REG_2, BPF_REG_1, offsetof(xdp_md, data)),
      load(BPF_W, BPF_REG_3, BPF_REG_1, offsetof(xdp_md, data_end)),
      insn(kAluMove | BPF_X, BPF_REG_4, BPF_REG_2, 0, 0),
      insn(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_4, 0, 0, kEtherHeaderSize),
      insn(BPF_JMP | BPF_JGT | BPF_X, BPF_REG_4, BPF_REG_3, 6, 0),  // too short: to the end
      load(BPF_H, BPF_REG_5, BPF_REG_2, kEtherTypeOffset),
      insn(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_5, 0, 4, htons(kTestEtherType)),  // not ours: to the end
      insn(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_VALUE, 0, map_fd),
      insn(0, 0, 0, 0, 0),  // second half of the 64-bit load: offset 0 in the value
      move_imm(BPF_REG_2, 1),
      insn(BPF_STX | BPF_DW | BPF_ATOMIC, BPF_REG_1, BPF_REG_2, 0, BPF_ADD),
      move_imm(BPF_REG_0, XDP_DROP),
      leave(),
  };
  // NOLINTEND(misc-redundant-expression)
  return load_xdp("doctor_count", code);
}

Result<UniqueFd> load_redirect_program(int ifindex) {
  const std::array code = {move_imm(BPF_REG_1, ifindex), move_imm(BPF_REG_2, 0), call(BPF_FUNC_redirect), leave()};
  return load_xdp("doctor_redirect", code);
}

Result<UniqueFd> make_counter_map(uint32_t flags) {
  LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = flags);
  const int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "doctor_counter", sizeof(uint32_t), sizeof(uint64_t), 1, &options);
  if (fd < 0) return sys_fail(-fd, "cannot make an array map");
  return UniqueFd(fd);
}

}  // namespace fwbench
