// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/user_dut.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "scenario/command_line.h"

namespace fwbench {
namespace {

std::string describe(const UserDut& dut) {
  if (dut.kind == UserDutKind::command) return fmt::format("your own: {}", fmt::join(dut.command, " "));
  return fmt::format("your own: {}{}, {} XDP", std::filesystem::path(dut.object).filename().string(),
                     dut.program.empty() ? "" : ": " + dut.program,
                     dut.mode == UserDutMode::native ? "native" : "generic");
}

class Checks {
 public:
  Checks(const UserDutContext& context, const UserDut& dut, std::vector<Diagnostic>& diagnostics)
      : context_(context), dut_(dut), diagnostics_(diagnostics) {}

  bool run() {
    check_name();
    if (dut_.kind == UserDutKind::command) check_ready();
    check_null_dut();
    if (context_.plan.policy_is_absent) check_policy_use();
    return fine_;
  }

 private:
  void check_name() {
    if (has(context_.catalogue, dut_.name)) {
      error(context_.source, context_.section.name.pos, fmt::format("'{}' is a DUT of fwbench's own", dut_.name),
            "give yours another name");
    }
  }

  void check_ready() {
    const bool by_line = dut_.ready == UserDutReady::line;
    if (by_line && dut_.ready_line.empty()) {
      const auto ready = context_.find("ready");
      error(*ready->value.source, ready->value.text.pos, "ready = line needs 'ready_line'",
            "ready_line = text that stands in the line");
    }
    if (!by_line) without_meaning("ready_line", "line");
    if (dut_.ready != UserDutReady::delay) without_meaning("ready_delay", "delay");
  }

  void without_meaning(std::string_view key, std::string_view ready) {
    const auto found = context_.find(key);
    if (!found) return;
    error(*found->value.source, found->key_pos, fmt::format("'{}' has a meaning for ready = {} only", key, ready),
          fmt::format("take the line out, or write ready = {}", ready));
  }

  void check_null_dut() {
    const auto found = context_.find("null_dut");
    if (!found || context_.known.empty()) return;
    if (has(context_.known, dut_.null_dut) && dut_.null_dut != dut_.name) return;
    error(*found->value.source, found->value.text.pos, fmt::format("no other DUT '{}'", dut_.null_dut),
          quoted_hint(did_you_mean(dut_.null_dut, context_.known)));
  }

  void check_policy_use() {
    const auto uses = [](const CommandWords& words) { return uses_placeholder(words, "policy"); };
    for (const std::string_view key : {"command", "setup"}) {
      const bool used = key == "command" ? uses(dut_.command) : std::any_of(dut_.setup.begin(), dut_.setup.end(), uses);
      if (!used) continue;
      const auto found = context_.find(key);
      error(*found->value.source, found->value.text.pos, "{policy} stands here, and there is no [policy]",
            "take it out, or give the scenario a policy");
    }
  }

  static bool has(const std::vector<std::string_view>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  void error(const SourceText& source, SourcePos pos, std::string message, std::string hint) {
    diagnostics_.push_back(source.error_at(pos, std::move(message), std::move(hint)));
    fine_ = false;
  }

  const UserDutContext& context_;
  const UserDut& dut_;
  std::vector<Diagnostic>& diagnostics_;
  bool fine_ = true;
};

}  // namespace

std::string_view kind_name(UserDutKind kind) {
  return kind == UserDutKind::command ? "command" : "xdp-object";
}

void add_user_dut_names(const ParsedIni& ini, std::vector<std::string_view>& known) {
  if (known.empty()) return;
  for (const IniSection& section : ini.sections) {
    const std::string_view name = section.name.text;
    if (is_user_dut_section(name) && name != kUserDutPrefix) known.push_back(name.substr(kUserDutPrefix.size()));
  }
}

bool finish_user_dut(const UserDutContext& context, UserDut& dut, std::vector<Diagnostic>& diagnostics) {
  if (!dut.object.empty()) dut.object = (std::filesystem::path(dut.folder) / dut.object).lexically_normal().string();
  dut.summary = describe(dut);
  return Checks(context, dut, diagnostics).run();
}

std::shared_ptr<const Policy> absent_policy() {
  return parse_policy(
             "table netdev none {\n  chain none {\n"
             "    type filter hook ingress device \"d0\" priority 0; policy accept;\n  }\n}\n",
             "none")
      .policy;
}

}  // namespace fwbench
