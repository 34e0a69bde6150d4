// SPDX-License-Identifier: BSD-2-Clause
/// kind = command: the user's own loader.
#include <sys/wait.h>

#include <chrono>
#include <thread>

#include "dut/user_books.h"
#include "dut/user_dut.h"
#include "dut/user_environment.h"
#include "dut/user_process.h"
#include "lab/lab_process.h"
#include "traffic/engines/clock.h"

namespace fwbench {
namespace {

class UserCommandDut final : public Dut {
 public:
  UserCommandDut(const UserDut& user, UserEnvironment environment, UserProcess process)
      : user_(user), environment_(std::move(environment)), process_(std::move(process)) {}
  ~UserCommandDut() override {
    books_.reset();
    process_.stop();
  }
  UserCommandDut(const UserCommandDut&) = delete;
  UserCommandDut& operator=(const UserCommandDut&) = delete;

  /// Waits until it is ready, and runs the set-up.
  Result<void> get_ready(const DutInputs& inputs);
  Result<void> start() override;
  Result<DutCounters> counters() override;
  Result<void> stop() override { return check_all(); }

 private:
  [[nodiscard]] Result<void> wait_until_ready(const Port& in);
  [[nodiscard]] Result<bool> is_ready(Rtnl& rtnl, const Port& in, uint64_t began_ns) const;
  [[nodiscard]] Result<void> check_early_end();
  [[nodiscard]] Error never_ready() const;
  [[nodiscard]] Result<void> check_process();
  [[nodiscard]] Result<void> check_all();

  const UserDut& user_;
  UserEnvironment environment_;
  UserProcess process_;
  std::optional<UserBooks> books_;
};

/// How often it is asked whether it is ready; each costs a netlink request.
constexpr auto kLookAgain = std::chrono::milliseconds(5);

Result<bool> UserCommandDut::is_ready(Rtnl& rtnl, const Port& in, uint64_t began_ns) const {
  if (user_.ready == UserDutReady::line) return process_.seen_line();
  if (user_.ready == UserDutReady::delay) return monotonic_ns() - began_ns >= user_.ready_delay_ns;
  auto link = rtnl.link_info(in.ifindex);
  if (!link) return tl::unexpected(link.error());
  return link->xdp_program != 0;
}

/// A loader may end with status 0 and leave what it loaded.
Result<void> UserCommandDut::check_early_end() {
  const auto status = process_.ended();
  if (!status || *status == 0) return {};
  return fail(ErrorKind::environment, "the firewall '{}' {} before it was ready{}", user_.name,
              describe_wait_status(*status), process_.last_words());
}

Error UserCommandDut::never_ready() const {
  constexpr std::string_view kWaitedFor[] = {"attached no XDP program to its link", "did not print its ready_line",
                                             "was not ready"};
  const std::string_view waited_for = kWaitedFor[static_cast<size_t>(user_.ready)];
  return with_remedy(fail(ErrorKind::environment, "the firewall '{}' {} within {} ms{}", user_.name, waited_for,
                          user_.ready_timeout_ns / 1'000'000, process_.last_words()),
                     user_.ready == UserDutReady::attached
                         ? "it must attach to {iface}; a firewall without XDP needs ready = line or ready = delay"
                         : "see ready_line and ready_timeout in `fwbench explain dut.NAME`")
      .value();
}

Result<void> UserCommandDut::wait_until_ready(const Port& in) {
  auto rtnl = Rtnl::open();
  if (!rtnl) return tl::unexpected(rtnl.error());
  const uint64_t began = monotonic_ns();
  for (;;) {
    // In this order: one that has ended may have got ready before.
    const auto ended = process_.ended();
    auto ready = is_ready(*rtnl, in, began);
    if (!ready) return tl::unexpected(ready.error());
    FWBENCH_TRY(check_early_end());
    if (*ready) return {};
    if (stop_requested()) return fail(ErrorKind::interrupted, "stopped by a signal");
    const bool in_vain = ended && user_.ready == UserDutReady::attached;
    if (in_vain) {
      return fail(ErrorKind::environment, "the firewall '{}' ended with status 0 and left no XDP program on its link{}",
                  user_.name, process_.last_words());
    }
    if (monotonic_ns() - began > user_.ready_timeout_ns) return tl::unexpected(never_ready());
    std::this_thread::sleep_for(kLookAgain);
  }
}

Result<void> UserCommandDut::get_ready(const DutInputs& inputs) {
  FWBENCH_TRY(wait_until_ready(inputs.in));
  FWBENCH_TRY(environment_.run_setup());
  auto books = UserBooks::open(inputs.in, inputs.out, user_.verdict);
  if (!books) return tl::unexpected(books.error());
  books_.emplace(std::move(*books));
  return {};
}

Result<void> UserCommandDut::check_process() {
  const auto status = process_.ended();
  if (!status || *status == 0) return {};
  return fail(ErrorKind::measurement, "the firewall '{}' {} while it was measured{}", user_.name,
              describe_wait_status(*status), process_.last_words());
}

Result<void> UserCommandDut::check_all() {
  FWBENCH_TRY(check_process());
  if (user_.ready != UserDutReady::attached) return {};
  auto attached = books_->has_program();
  if (!attached) return tl::unexpected(attached.error());
  if (*attached) return {};
  // A process that is dying takes its program off before it can be reaped.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  FWBENCH_TRY(check_process());
  return fail(ErrorKind::measurement, "the firewall '{}' has no XDP program on its link any more{}", user_.name,
              process_.last_words());
}

Result<void> UserCommandDut::start() {
  FWBENCH_TRY(check_all());
  return books_->begin();
}

Result<DutCounters> UserCommandDut::counters() {
  FWBENCH_TRY(check_process());
  return books_->counters();
}

}  // namespace

Result<std::unique_ptr<Dut>> open_user_command(const DutInputs& inputs) {
  const UserDut& user = *inputs.user;
  auto environment = UserEnvironment::make(inputs);
  if (!environment) return tl::unexpected(environment.error());
  UserProcessConfig config = environment->config_for(user.command);
  config.wanted_line = user.ready == UserDutReady::line ? user.ready_line : "";
  auto process = UserProcess::start(config);
  if (!process) return tl::unexpected(process.error());
  auto dut = std::make_unique<UserCommandDut>(user, std::move(*environment), std::move(*process));
  FWBENCH_TRY(dut->get_ready(inputs));
  return dut;
}

}  // namespace fwbench
