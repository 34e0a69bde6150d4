// SPDX-License-Identifier: BSD-2-Clause
#include "reader/process.h"

#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <new>

namespace fwbench {
namespace {

/// Loops look at `stop` every few milliseconds; what they have read by then is little.
constexpr auto kStopTimeout = std::chrono::seconds(2);

}  // namespace

ReaderProcess::ReaderProcess(std::string name, SharedMemory memory)
    : name_(std::move(name)), memory_(std::move(memory)) {
  new (memory_.bytes().data()) ReaderState;
}

ReaderState& ReaderProcess::state() const {
  return *std::launder(reinterpret_cast<ReaderState*>(memory_.bytes().data()));
}

Result<ReaderProcess> ReaderProcess::start(const char* name, int cpu, const ReaderLoop& loop) {
  auto memory = SharedMemory::open(sizeof(ReaderState));
  if (!memory) return tl::unexpected(std::move(memory).error());
  ReaderProcess process(name, std::move(*memory));
  auto child = fork_pinned(name, cpu, [&] {
    const int error = loop(process.state());
    process.state().error.store(error);
    return error;
  });
  if (!child) return tl::unexpected(std::move(child).error());
  process.child_ = std::move(*child);
  return process;
}

Result<void> ReaderProcess::judge_end(int status) {
  if (const int error = state().error.load(); error != 0) {
    failure_ = Error{ErrorKind::measurement, error, fmt::format("the process {} gave up", name_),
                     "check that its interface stays up during the trial"};
  } else if (state().stop.load() == 0 || !WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS) {
    failure_ =
        Error{ErrorKind::measurement, 0, fmt::format("the process {} {}", name_, describe_wait_status(status)), {}};
  }
  return check();
}

Result<void> ReaderProcess::check() {
  if (failure_) return tl::unexpected(*failure_);
  if (const auto status = child_.wait(std::chrono::milliseconds(0))) return judge_end(*status);
  return {};
}

Result<void> ReaderProcess::stop() {
  if (auto running = check(); !running || child_.pid() < 0) return running;
  state().stop.store(1);
  child_.signal(SIGTERM);
  if (const auto status = child_.wait(kStopTimeout)) return judge_end(*status);
  child_.kill();
  failure_ = Error{ErrorKind::internal, 0, fmt::format("the process {} did not stop when told to", name_), {}};
  return check();
}

}  // namespace fwbench
