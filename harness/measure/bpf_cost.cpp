// SPDX-License-Identifier: BSD-2-Clause
#include "measure/bpf_cost.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <set>
#include <string>
#include <vector>

#include "core/file.h"
#include "gate/paired.h"
#include "lab/lab_process.h"

namespace fwbench {
namespace {

/// At tcx of one device: more is nothing that a lab has.
constexpr size_t kMostPrograms = 64;
constexpr size_t kMostMaps = 256;
/// Timing by turns: these frames of the table, each so often; half a millisecond or so.
constexpr size_t kTimedFrames = 64;
constexpr uint32_t kTimedRepeats = 50;

Result<std::vector<uint32_t>> xdp_program_ids(int ifindex) {
  bpf_xdp_query_opts query = {};
  query.sz = sizeof query;
  if (const int error = -bpf_xdp_query(ifindex, 0, &query); error != 0) {
    return sys_fail(error, "ask for the XDP program of device {}", ifindex);
  }
  std::vector<uint32_t> ids;
  for (const uint32_t id : {query.prog_id, query.drv_prog_id, query.skb_prog_id}) {
    if (id != 0 && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  return ids;
}

/// None before Linux 6.6, which has no tcx.
std::vector<uint32_t> tcx_program_ids(int ifindex) {
  std::vector<uint32_t> ids(kMostPrograms);
  struct bpf_prog_query_opts query = {};  // a function has this name too
  query.sz = sizeof query;
  query.prog_ids = ids.data();
  query.prog_cnt = static_cast<uint32_t>(ids.size());
  constexpr auto kTcxIngress = static_cast<bpf_attach_type>(46);  // BPF_TCX_INGRESS, younger than some headers
  if (bpf_prog_query_opts(ifindex, kTcxIngress, &query) != 0) query.prog_cnt = 0;
  ids.resize(query.prog_cnt);
  return ids;
}

Result<uint64_t> map_memory(uint32_t id) {
  const UniqueFd map(bpf_map_get_fd_by_id(id));
  if (!map.valid()) return sys_fail(errno, "open BPF map {}", id);
  const auto text = read_file(fmt::format("/proc/self/fdinfo/{}", map.get()));
  if (!text) return tl::unexpected(text.error());
  constexpr std::string_view kMember = "memlock:";
  const size_t at = text->find(kMember);
  const size_t digits = at == std::string::npos ? at : text->find_first_of("0123456789", at + kMember.size());
  uint64_t bytes = 0;
  if (digits == std::string::npos ||
      std::from_chars(text->data() + digits, text->data() + text->size(), bytes).ec != std::errc{}) {
    return fail(ErrorKind::environment, "the kernel does not say how much memory BPF map {} takes", id);
  }
  return bytes;
}

Result<void> add_program(uint32_t id, BpfCost& cost, std::set<uint32_t>& maps) {
  const UniqueFd program(bpf_prog_get_fd_by_id(id));
  if (!program.valid()) return sys_fail(errno, "open BPF program {}", id);
  std::array<uint32_t, kMostMaps> map_ids = {};
  bpf_prog_info info = {};
  info.map_ids = reinterpret_cast<uint64_t>(map_ids.data());
  info.nr_map_ids = static_cast<uint32_t>(map_ids.size());
  uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(program.get(), &info, &size) != 0) return sys_fail(errno, "ask about BPF program {}", id);
  cost.verified_instructions += info.verified_insns;
  cost.jited_bytes += info.jited_prog_len;
  maps.insert(map_ids.begin(), map_ids.begin() + std::min<size_t>(info.nr_map_ids, map_ids.size()));
  return {};
}

double seconds_between(const timespec& from, const timespec& to) {
  return static_cast<double>(to.tv_sec - from.tv_sec) + static_cast<double>(to.tv_nsec - from.tv_nsec) / 1e9;
}

}  // namespace

Result<std::optional<BpfCost>> attached_cost(int ifindex) {
  auto ids = xdp_program_ids(ifindex);
  if (!ids) return tl::unexpected(ids.error());
  const std::vector<uint32_t> tcx = tcx_program_ids(ifindex);
  ids->insert(ids->end(), tcx.begin(), tcx.end());
  if (ids->empty()) return std::nullopt;
  BpfCost cost;
  std::set<uint32_t> maps;
  for (const uint32_t id : *ids) FWBENCH_TRY(add_program(id, cost, maps));
  for (const uint32_t id : maps) {
    const auto bytes = map_memory(id);
    if (!bytes) return tl::unexpected(bytes.error());
    cost.map_bytes += *bytes;
  }
  return cost;
}

Result<std::optional<UniqueFd>> attached_xdp(int ifindex) {
  const auto ids = xdp_program_ids(ifindex);
  if (!ids) return tl::unexpected(ids.error());
  if (ids->empty()) return std::nullopt;
  UniqueFd program(bpf_prog_get_fd_by_id(ids->front()));
  if (!program.valid()) return sys_fail(errno, "open BPF program {}", ids->front());
  return program;
}

Result<double> time_program(int program_fd, std::span<const Frame> frames, uint32_t repeat) {
  timespec began = {};
  timespec ended = {};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &began);
  for (const Frame& frame : frames) {
    bpf_test_run_opts run = {};
    run.sz = sizeof run;
    run.data_in = frame.bytes.data();
    run.data_size_in = static_cast<uint32_t>(frame.bytes.size());
    run.repeat = static_cast<int>(repeat);
    if (bpf_prog_test_run_opts(program_fd, &run) != 0) return sys_fail(errno, "time a BPF program (BPF_PROG_RUN)");
  }
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ended);
  return seconds_between(began, ended) * 1e9 / (static_cast<double>(frames.size()) * repeat);
}

Result<ProgramTimes> time_by_turns(int base_fd, int head_fd, std::span<const Frame> frames, size_t blocks,
                                   uint64_t seed) {
  frames = frames.first(std::min(kTimedFrames, frames.size()));
  ProgramTimes times;
  for (const PairOrder& block : draw_orders(blocks, seed)) {
    for (const Side side : block) {
      if (stop_requested()) return fail(ErrorKind::interrupted, "stopped by a signal");
      const bool is_base = side == Side::base;
      const auto ns = time_program(is_base ? base_fd : head_fd, frames, kTimedRepeats);
      if (!ns) return tl::unexpected(ns.error());
      (is_base ? times.base_ns : times.head_ns).push_back(*ns);
    }
  }
  return times;
}

}  // namespace fwbench
