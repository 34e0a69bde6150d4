// SPDX-License-Identifier: BSD-2-Clause
#include <unistd.h>

#include <cstdio>

#include "cli/commands.h"
#include "compare/compare.h"
#include "record/store.h"

namespace fwbench {
namespace {

/// "results/runs/smoke:xdp"
struct Operand {
  std::string record;
  std::string dut;  ///< empty: not said
};

Operand read_operand(const std::string& text) {
  std::error_code ignored;
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || std::filesystem::exists(text, ignored)) return {text, ""};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

/// RECORD DUT DUT is RECORD:DUT RECORD:DUT.
std::pair<Operand, Operand> read_operands(const std::vector<std::string>& operands) {
  if (operands.size() == 3) return {{operands[0], operands[1]}, {operands[0], operands[2]}};
  return {read_operand(operands[0]), read_operand(operands[1])};
}

Result<CompareResult> compare(const Operand& a, const Operand& b) {
  const auto file_a = find_record(a.record);
  if (!file_a) return tl::unexpected(file_a.error());
  const auto file_b = find_record(b.record);
  if (!file_b) return tl::unexpected(file_b.error());
  const auto record_a = load_record(*file_a);
  if (!record_a) return tl::unexpected(record_a.error());
  std::error_code ignored;
  const bool one_record = std::filesystem::equivalent(*file_a, *file_b, ignored);
  const auto record_b = one_record ? record_a : load_record(*file_b);
  if (!record_b) return tl::unexpected(record_b.error());
  if (a.dut.empty() && b.dut.empty()) {
    if (!one_record) return compare_records(*record_a, *record_b);
    return with_remedy(fail(ErrorKind::usage, "both are the same record"),
                       "name two DUTs: fwbench compare RECORD DUT DUT");
  }
  const CompareSide left = {&*record_a, a.dut.empty() ? b.dut : a.dut};
  return compare_duts(left, {one_record ? &*record_a : &*record_b, b.dut.empty() ? a.dut : b.dut});
}

}  // namespace

int compare_command(const CompareArguments& arguments) {
  const auto [a, b] = read_operands(arguments.operands);
  const auto result = compare(a, b);
  if (!result) return complain(result.error());
  if (arguments.json) {
    fmt::print("{}\n", compare_json(*result));
  } else {
    fmt::print("{}", compare_table(*result, use_color(STDOUT_FILENO)));
  }
  return exit_ok;
}

}  // namespace fwbench
