// SPDX-License-Identifier: BSD-2-Clause
#include "dut/resolve.h"

#include <algorithm>

#include "dut/user_dut.h"

namespace fwbench {
namespace {

DutExpectation expectation_of(const UserDut& user) {
  switch (user.expect) {
    case UserDutExpect::pass:
      return DutExpectation::everything_passes;
    case UserDutExpect::drop:
      return DutExpectation::everything_is_dropped;
    case UserDutExpect::policy:
      break;
  }
  return DutExpectation::policy;
}

}  // namespace

const UserDut* find_user_dut(const Plan& plan, std::string_view name) {
  const auto found = std::find_if(plan.user_duts.begin(), plan.user_duts.end(),
                                  [name](const UserDut& user) { return user.name == name; });
  return found == plan.user_duts.end() ? nullptr : &*found;
}

std::optional<DutEntry> resolve_dut(const Plan& plan, std::string_view name) {
  if (const DutEntry* const own = find_dut(name)) return *own;
  const UserDut* const user = find_user_dut(plan, name);
  if (user == nullptr) return std::nullopt;
  return DutEntry{
      .name = user->name,
      .summary = user->summary,
      .null_dut = user->null_dut,
      .expectation = expectation_of(*user),
      .placement = user->placement == UserDutPlacement::shared ? DutPlacement::shared : DutPlacement::own_core,
      .open = user->kind == UserDutKind::command ? open_user_command : open_user_object,
      .lab = DutLab::own};
}

}  // namespace fwbench
