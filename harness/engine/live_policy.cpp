// SPDX-License-Identifier: BSD-2-Clause
#include "engine/live_policy.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <thread>

#include "engine/image_view.h"

namespace fwbench {
namespace {

constexpr uint32_t kNoSlot = 2;
constexpr size_t kAlign = 64;
/// A batch takes microseconds; a process that was not scheduled for so long is gone or stopped.
constexpr auto kPatience = std::chrono::seconds(2);

}  // namespace

/// A hazard pointer (Michael 2004) for one reader: it says which slot it reads before it reads it.
struct LivePolicy::Shared {
  alignas(kAlign) std::atomic<uint32_t> active = 0;
  alignas(kAlign) std::atomic<uint32_t> in_use = kNoSlot;
  static_assert(std::atomic<uint32_t>::is_always_lock_free, "shared between processes");
};

size_t LivePolicy::bytes_for(size_t image_bytes) {
  return sizeof(Shared) + 2 * round_up(image_bytes, kAlign);
}

Result<LivePolicy> LivePolicy::open(std::span<std::byte> memory, const PolicyImage& image) {
  const size_t room = (memory.size() - std::min(memory.size(), sizeof(Shared))) / 2 / kAlign * kAlign;
  if (image.bytes().size() > room) {
    return fail(ErrorKind::internal, "a policy of {} bytes does not fit {}", image.bytes().size(), room);
  }
  FWBENCH_TRY(check_image(image.bytes()));
  LivePolicy policy(new (memory.data()) Shared, room);
  std::copy(image.bytes().begin(), image.bytes().end(), policy.slot(0).begin());
  return policy;
}

std::span<std::byte> LivePolicy::slot(uint32_t number) const {
  auto* const first = reinterpret_cast<std::byte*>(shared_) + sizeof(Shared);
  return {first + number * room_, room_};
}

uint64_t LivePolicy::classify(std::span<const FrameView> frames, std::span<uint64_t> hits) const {
  uint32_t active = shared_->active.load();
  for (;;) {
    shared_->in_use.store(active);
    const uint32_t now = shared_->active.load();
    if (now == active) break;  // the writer sees in_use before it touches this slot
    active = now;
  }
  const uint64_t verdicts = Classifier::trusted(slot(active)).classify(frames, hits);
  shared_->in_use.store(kNoSlot, std::memory_order_release);
  return verdicts;
}

Result<void> LivePolicy::replace(const PolicyImage& image) {
  if (image.bytes().size() > room_) {
    return fail(ErrorKind::usage, "a policy of {} bytes does not fit the {} bytes made room for", image.bytes().size(),
                room_);
  }
  FWBENCH_TRY(check_image(image.bytes()));
  const uint32_t next = 1 - shared_->active.load();
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (shared_->in_use.load() == next) {
    if (std::chrono::steady_clock::now() > give_up) {
      return fail(ErrorKind::measurement, "the firewall's process has been at one batch of frames for 2 s");
    }
    std::this_thread::yield();
  }
  std::copy(image.bytes().begin(), image.bytes().end(), slot(next).begin());
  shared_->active.store(next);
  return {};
}

}  // namespace fwbench
