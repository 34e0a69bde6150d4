// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/engines/sender_thread.h"

#include <pthread.h>
#include <sched.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <future>

namespace fwbench {
namespace {

// Any signal whose handler is not SA_RESTART makes BPF_PROG_RUN return -EINTR (net/bpf/test_run.c,
// bpf_test_timer_continue); nobody else uses this one.
constexpr int kInterrupt = SIGUSR1;

Result<void> settle(int netns_fd, int cpu) {
  if (::setns(netns_fd, CLONE_NEWNET) != 0) return sys_fail(errno, "the sender cannot enter the generator's namespace");
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu), &set);
  const int error = ::pthread_setaffinity_np(::pthread_self(), sizeof set, &set);
  if (error != 0) return sys_fail(error, "cannot pin the sender to CPU {}", cpu);
  return {};
}

}  // namespace

Result<void> SenderThread::start(int netns_fd, int cpu, std::function<Result<void>()> body) {
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  ::sigaction(kInterrupt, &action, nullptr);

  std::promise<Result<void>> settled;
  auto ready = settled.get_future();
  result_ = {};
  finished_.store(false, std::memory_order_release);
  thread_ = std::thread([this, netns_fd, cpu, body = std::move(body), &settled] {
    const Result<void> placed = settle(netns_fd, cpu);
    settled.set_value(placed);  // the promise may be gone from here on
    if (placed) result_ = body();
    finished_.store(true, std::memory_order_release);
  });
  Result<void> placed = ready.get();
  if (!placed) thread_.join();
  return placed;
}

Result<void> SenderThread::interrupt_and_join() {
  if (!thread_.joinable()) return {};
  // Again and again: a signal that comes just before the system call would be lost on it.
  while (!finished()) {
    ::pthread_kill(thread_.native_handle(), kInterrupt);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  thread_.join();
  return result_;
}

}  // namespace fwbench
