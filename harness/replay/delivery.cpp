// SPDX-License-Identifier: BSD-2-Clause
#include "replay/delivery.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "traffic/wire.h"

namespace fwbench {
namespace {

/// An unknown frame is taken for a changed one of those that were sent this near behind the last one that was known.
constexpr uint64_t kChangeWindow = 64;

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Packets of the same bytes. The k-th of them that was sent is members[k mod n] of pass k / n.
struct Content {
  std::vector<uint32_t> members;  ///< places in the pass, ascending
  uint64_t next = 0;              ///< the first that was neither matched nor passed over
  std::vector<uint64_t> over;     ///< passed over, ascending
};

uint64_t distance(uint64_t a, uint64_t b) {
  return a > b ? a - b : b - a;
}

size_t count_bytes(const std::vector<ByteRange>& ranges) {
  size_t count = 0;
  for (const ByteRange& range : ranges) count += range.count;
  return count;
}

class Comparison {
 public:
  Comparison(std::span<const ExpectedPacket> sent, uint64_t passes, std::span<const Bytes> arrivals)
      : sent_(sent), passes_(passes), arrivals_(arrivals), matched_(sent.size() * passes) {
    for (uint32_t i = 0; i < sent.size(); ++i) contents_[text_of(sent[i].bytes)].members.push_back(i);
    delivery_.arrived.resize(sent.size());

    delivery_.origins.resize(arrivals.size());
  }

  Delivery run();

 private:
  struct Unknown {
    size_t arrival;
    uint64_t behind;  ///< the position after the newest that was known
    bool too_often;   ///< its bytes are known, but not so often
  };
  [[nodiscard]] uint64_t position(const Content& content, uint64_t k) const {
    return k / content.members.size() * sent_.size() + content.members[k % content.members.size()];
  }
  [[nodiscard]] std::optional<uint64_t> take(Content& content) const;
  void match(size_t arrival, uint64_t at);
  void explain(const Unknown& unknown);
  void count();
  void list_missing();
  void add(Deviation deviation) {
    if (delivery_.deviations.size() < kMaxDeviations) delivery_.deviations.push_back(std::move(deviation));
  }

  std::span<const ExpectedPacket> sent_;
  uint64_t passes_;
  std::span<const Bytes> arrivals_;
  std::vector<bool> matched_;  ///< by position: place in the pass + pass * size
  std::unordered_map<std::string_view, Content> contents_;
  std::vector<Unknown> unknown_;
  uint64_t front_ = 0;  ///< one more than the largest position matched so far
  uint64_t changed_to_pass_ = 0;
  Delivery delivery_;
};

/// The position nearest to where we are, of those of this content that are left: what was lost before is passed over,
/// and what comes late is found behind.
std::optional<uint64_t> Comparison::take(Content& content) const {
  const uint64_t all = content.members.size() * passes_;
  while (content.next < all && position(content, content.next) < front_) content.over.push_back(content.next++);
  if (content.next == all && content.over.empty()) return std::nullopt;
  const bool has_next = content.next < all;
  if (has_next && !content.over.empty()) {
    const uint64_t back = position(content, content.over.back());
    if (distance(position(content, content.next), front_) <= distance(back + 1, front_)) {
      return position(content, content.next++);
    }
  } else if (has_next) {
    return position(content, content.next++);
  }
  const uint64_t k = content.over.back();
  content.over.pop_back();
  return position(content, k);
}

void Comparison::match(size_t arrival, uint64_t at) {
  const size_t packet = at % sent_.size();
  matched_[at] = true;
  delivery_.origins[arrival] = packet;
  ++delivery_.arrived[packet];
  if (at < front_) ++delivery_.reordered;
  front_ = std::max(front_, at + 1);
  if (sent_[packet].fate != Fate::drop) return;
  ++delivery_.leaked;
  add({.kind = DeviationKind::leaked, .packet = packet, .pass = at / sent_.size(), .arrival = arrival, .changed = {}});
}

/// A changed packet where one of those that are missing hereabouts has at least half of its bytes in common.
void Comparison::explain(const Unknown& unknown) {
  const Bytes got = arrivals_[unknown.arrival];
  const uint64_t end = std::min<uint64_t>(matched_.size(), unknown.behind + kChangeWindow);
  for (uint64_t at = unknown.behind; at < end && !unknown.too_often; ++at) {
    if (matched_[at]) continue;
    const size_t packet = at % sent_.size();
    auto changed = differing_bytes(sent_[packet].bytes, got);
    if (count_bytes(changed) * 2 > std::max(sent_[packet].bytes.size(), got.size())) continue;
    matched_[at] = true;
    delivery_.origins[unknown.arrival] = packet;
    ++delivery_.arrived[packet];
    const bool leaked = sent_[packet].fate == Fate::drop;
    ++(leaked ? delivery_.leaked : delivery_.changed);
    if (sent_[packet].fate == Fate::pass) ++changed_to_pass_;
    add({.kind = leaked ? DeviationKind::leaked : DeviationKind::changed,
         .packet = packet,
         .pass = at / sent_.size(),
         .arrival = unknown.arrival,
         .changed = std::move(changed)});
    return;
  }
  ++delivery_.extra;
  add({.kind = DeviationKind::extra, .packet = {}, .pass = 0, .arrival = unknown.arrival, .changed = {}});
}

void Comparison::count() {
  for (size_t i = 0; i < sent_.size(); ++i) {
    const uint64_t arrived = delivery_.arrived[i];
    switch (sent_[i].fate) {
      case Fate::pass:
        delivery_.expect_pass += passes_;
        delivery_.passed += arrived;
        delivery_.missing += passes_ - arrived;
        break;
      case Fate::drop:
        delivery_.expect_drop += passes_;
        delivery_.dropped += passes_ - arrived;
        break;
      case Fate::open:
        delivery_.open += passes_;
        delivery_.open_passed += arrived;
        break;
    }
  }
}

void Comparison::list_missing() {
  for (uint64_t at = 0; at < matched_.size() && delivery_.deviations.size() < kMaxDeviations; ++at) {
    const size_t packet = at % sent_.size();
    if (matched_[at] || sent_[packet].fate != Fate::pass) continue;
    add({.kind = DeviationKind::missing, .packet = packet, .pass = at / sent_.size(), .arrival = {}, .changed = {}});
  }
}

Delivery Comparison::run() {
  for (size_t i = 0; i < arrivals_.size(); ++i) {
    const auto found = contents_.find(text_of(arrivals_[i]));
    const auto at = found == contents_.end() ? std::nullopt : take(found->second);
    if (at) {
      match(i, *at);
    } else {
      unknown_.push_back({.arrival = i, .behind = front_, .too_often = found != contents_.end()});
    }
  }
  for (const Unknown& unknown : unknown_) explain(unknown);
  count();
  delivery_.passed -= changed_to_pass_;  // they arrived, but not as they had to
  if (delivery_.missing != 0) list_missing();
  return std::move(delivery_);
}

}  // namespace

std::vector<ByteRange> differing_bytes(Bytes a, Bytes b) {
  std::vector<ByteRange> ranges;
  const auto add = [&ranges](size_t first, size_t count) {
    if (!ranges.empty() && ranges.back().first + ranges.back().count == first) {
      ranges.back().count += count;
    } else {
      ranges.push_back({first, count});
    }
  };
  const size_t common = std::min(a.size(), b.size());
  for (size_t i = 0; i < common; ++i) {
    if (a[i] != b[i]) add(i, 1);
  }
  if (a.size() != b.size()) add(common, std::max(a.size(), b.size()) - common);
  return ranges;
}

Delivery compare_delivery(std::span<const ExpectedPacket> sent, uint64_t passes,
                          std::span<const std::span<const std::byte>> arrivals) {
  return Comparison(sent, passes, arrivals).run();
}

}  // namespace fwbench
