// SPDX-License-Identifier: BSD-2-Clause
#include "dut/output_drain.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "core/text.h"

namespace fwbench {
namespace {

/// The size of a pipe (fcntl(2), F_SETPIPE_SZ): one read empties it.
constexpr size_t kChunk = 65536;
/// What a message can show; more than a screen of it helps nobody.
constexpr size_t kKept = 4096;
constexpr size_t kShownLines = 12;

}  // namespace

OutputDrain::OutputDrain(UniqueFd pipe, std::string wanted) : pipe_(std::move(pipe)), wanted_(std::move(wanted)) {
  // Signals are for the lab's own thread.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

OutputDrain::~OutputDrain() {
  thread_.join();
}

void OutputDrain::run() {
  std::array<char, kChunk> buffer = {};
  for (;;) {
    const ssize_t n = ::read(pipe_.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    take({buffer.data(), static_cast<size_t>(n)});
  }
  at_end_.store(true);
}

void OutputDrain::take(std::string_view chunk) {
  if (!wanted_.empty() && !seen_.load()) {
    overlap_ += chunk;
    if (overlap_.find(wanted_) != std::string::npos) seen_.store(true);
    overlap_.erase(0, overlap_.size() - std::min(overlap_.size(), wanted_.size() - 1));
  }
  const std::scoped_lock lock(mutex_);
  tail_ += chunk.substr(chunk.size() - std::min(chunk.size(), kKept));
  tail_.erase(0, tail_.size() - std::min(tail_.size(), kKept));
}

std::string OutputDrain::last_lines() const {
  std::string text;
  {
    const std::scoped_lock lock(mutex_);
    text = tail_;
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  size_t begin = text.size();
  for (size_t lines = 0; lines < kShownLines && begin != 0; ++lines) {
    const size_t newline = begin < 2 ? std::string::npos : text.rfind('\n', begin - 2);
    begin = newline == std::string::npos ? 0 : newline + 1;
  }
  std::string shown;
  for (size_t at = begin; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    shown += "\n    | " + printable(std::string_view(text).substr(at, end - at));
    at = end + 1;
  }
  return shown;
}

}  // namespace fwbench
