// SPDX-License-Identifier: BSD-2-Clause
#include "dut/user_environment.h"

#include <chrono>
#include <thread>

#include "lab/lab_process.h"
#include "traffic/engines/clock.h"

namespace fwbench {
namespace {

constexpr auto kSetupPoll = std::chrono::milliseconds(2);

}  // namespace

UserEnvironment::UserEnvironment(const DutInputs& inputs, UserFiles files)
    : user_(*inputs.user),
      files_(std::move(files)),
      cpu_(inputs.app_cpu),
      values_({{"iface", inputs.in.name},
               {"out_iface", inputs.out.name},
               {"ifindex", fmt::format("{}", inputs.in.ifindex)},
               {"out_ifindex", fmt::format("{}", inputs.out.ifindex)},
               {"workdir", files_.workdir()},
               {"policy", files_.policy()},
               {"pins", files_.pins()}}) {}

Result<UserEnvironment> UserEnvironment::make(const DutInputs& inputs) {
  auto files = UserFiles::make(inputs.user->name, inputs.policy == nullptr ? nullptr : &inputs.policy->text);
  if (!files) return tl::unexpected(files.error());
  return UserEnvironment(inputs, std::move(*files));
}

UserProcessConfig UserEnvironment::config_for(const CommandWords& words) const {
  UserProcessConfig config = {.words = fill_in(words, values_), .folder = user_.folder, .cpu = cpu_};
  for (const auto& [name, value] : values_) {
    std::string variable = "FWBENCH_";
    for (const char c : name) variable += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    config.environment.emplace_back(std::move(variable), value);
  }
  return config;
}

Result<void> UserEnvironment::run_setup() const {
  for (const CommandWords& words : user_.setup) FWBENCH_TRY(run_one(words));
  return {};
}

Result<void> UserEnvironment::run_one(const CommandWords& words) const {
  const UserProcessConfig config = config_for(words);
  const std::string shown = fmt::format("{}", fmt::join(config.words, " "));
  auto process = UserProcess::start(config);
  if (!process) return tl::unexpected(process.error());
  const uint64_t began = monotonic_ns();
  std::optional<int> status;
  while (!(status = process->ended())) {
    if (stop_requested()) return fail(ErrorKind::interrupted, "stopped by a signal");
    if (monotonic_ns() - began > user_.ready_timeout_ns) {
      return fail(ErrorKind::environment, "setup of the firewall '{}': '{}' did not end within {} ms{}", user_.name,
                  shown, user_.ready_timeout_ns / 1'000'000, process->last_words());
    }
    std::this_thread::sleep_for(kSetupPoll);
  }
  if (*status == 0) return {};
  process->stop();
  return fail(ErrorKind::environment, "setup of the firewall '{}': '{}' {}{}", user_.name, shown,
              describe_wait_status(*status), process->last_words());
}

}  // namespace fwbench
