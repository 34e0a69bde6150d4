// SPDX-License-Identifier: BSD-2-Clause
/// What every BPF program costs the verifier and the stack, with the compiler that made FWBENCH_BPF_OBJECTS (a folder
/// of
/// *.bpf.o; this build's own when unset). Needs root.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace {

/// The limits of our own: room for other kernels and compilers. The kernel's are 1,000,000 and 512.
constexpr uint32_t kMaxVerifiedInstructions = 100'000;
constexpr int kMaxStackBytes = 384;
/// How much of the stack a function takes at least, with a JIT (round_up_stack_depth() in kernel/bpf/verifier.c).
constexpr int kStackGrain = 16;

/// Functions by their first instruction, with those they call; callbacks count as called.
std::map<size_t, std::set<size_t>> call_graph(std::span<const bpf_insn> code) {
  std::map<size_t, std::set<size_t>> graph = {{0, {}}};
  const auto target = [&](size_t at) -> size_t {
    const bpf_insn& insn = code[at];
    const bool call = insn.code == (BPF_JMP | BPF_CALL) && insn.src_reg == BPF_PSEUDO_CALL;
    const bool callback = insn.code == (BPF_LD | BPF_IMM | BPF_DW) && insn.src_reg == BPF_PSEUDO_FUNC;
    return call || callback ? at + 1 + static_cast<size_t>(insn.imm) : 0;
  };
  for (size_t at = 0; at < code.size(); ++at) {
    if (target(at) != 0) graph[target(at)];
  }
  for (size_t at = 0; at < code.size(); ++at) {
    if (target(at) != 0) std::prev(graph.upper_bound(at))->second.insert(target(at));
  }
  return graph;
}

/// @param depths of the functions, in their order.
int deepest_chain(const std::map<size_t, std::set<size_t>>& graph, const std::vector<int>& depths, size_t function) {
  int below = 0;
  for (const size_t called : graph.at(function)) below = std::max(below, deepest_chain(graph, depths, called));
  const int own = depths[static_cast<size_t>(std::distance(graph.begin(), graph.find(function)))];
  return below + (std::max(own, 1) + kStackGrain - 1) / kStackGrain * kStackGrain;
}

/// "stack depth 48+144+0": every function's own.
std::vector<int> parse_depths(const std::string& log) {
  constexpr std::string_view kTitle = "stack depth ";
  const size_t at = log.find(kTitle);
  std::vector<int> depths;
  if (at == std::string::npos) return depths;
  std::istringstream text(log.substr(at + kTitle.size()));
  int depth = 0;
  for (char plus = 0; text >> depth; text >> std::noskipws >> plus) depths.push_back(depth);
  return depths;
}

void check_object(const std::filesystem::path& path) {
  std::unique_ptr<bpf_object, void (*)(bpf_object*)> object(bpf_object__open_file(path.c_str(), nullptr),
                                                            bpf_object__close);
  ASSERT_NE(object, nullptr) << path;
  std::map<std::string, std::vector<char>> logs;
  bpf_program* program = nullptr;
  constexpr uint32_t kStatisticsOnly = 4;
  bpf_object__for_each_program(program, object.get()) {
    std::vector<char>& log = logs[bpf_program__name(program)];
    log.resize(1 << 16);
    bpf_program__set_autoload(program, true);
    bpf_program__set_log_level(program, kStatisticsOnly);
    bpf_program__set_log_buf(program, log.data(), log.size());
  }
  ASSERT_EQ(bpf_object__load(object.get()), 0) << path;
  bpf_object__for_each_program(program, object.get()) {
    const std::string name = path.stem().stem().string() + " " + bpf_program__name(program);
    bpf_prog_info info = {};
    uint32_t size = sizeof(info);
    ASSERT_EQ(bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size), 0);
    const std::string log(logs[bpf_program__name(program)].data());
    const auto graph = call_graph({bpf_program__insns(program), bpf_program__insn_cnt(program)});
    const std::vector<int> depths = parse_depths(log);
    ASSERT_EQ(depths.size(), graph.size()) << name << "\n" << log;
    const int stack = deepest_chain(graph, depths, 0);
    std::printf("%-36s %8u verified instructions %6u bytes of machine code %4d bytes of stack\n", name.c_str(),
                info.verified_insns, info.jited_prog_len, stack);
    EXPECT_LE(info.verified_insns, kMaxVerifiedInstructions) << name;
    EXPECT_LE(stack, kMaxStackBytes) << name;
  }
}

TEST(BpfCost, EveryProgramIsCheapToVerifyAndLeavesStackToOthers) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to load BPF programs";
  const char* const given = std::getenv("FWBENCH_BPF_OBJECTS");
  const std::filesystem::path folder = given != nullptr ? given : FWBENCH_BPF_OBJECTS;
  std::set<std::filesystem::path> objects;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().string().ends_with(".bpf.o")) objects.insert(entry.path());
  }
  ASSERT_GE(objects.size(), 5U) << folder;
  for (const auto& object : objects) check_object(object);
}

}  // namespace
