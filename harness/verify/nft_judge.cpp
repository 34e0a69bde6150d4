// SPDX-License-Identifier: BSD-2-Clause
#include "verify/nft_judge.h"

#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <thread>

#include "core/unique_fd.h"
#include "lab/lab.h"
#include "netfilter/nft_counters.h"
#include "netfilter/nft_library.h"
#include "netfilter/nft_ruleset.h"
#include "verify/frame_shape.h"

namespace fwbench::verify {
namespace {

/// Frames in one system call.
constexpr size_t kSendBatch = 64;
/// Everything is received in the sender's own softirq as a rule; where it is not, this is how long we look again.
constexpr int kArrivalTries = 200;
constexpr std::chrono::milliseconds kArrivalPause{10};

/// In front of the policy's chain, and behind it: what came, and what was let through. What was is dropped there, so
/// that the host's stack has no work with it.
constexpr const char* kProbe =
    "table netdev fwbench_probe {\n"
    "  chain arrived { type filter hook ingress device \"d0\" priority -500; counter\n  }\n"
    "  chain passed { type filter hook ingress device \"d0\" priority 500; counter drop\n  }\n"
    "}\n";

bool asks_for_extensions(const Rule& rule) {
  const auto has = [](const std::vector<Field>& fields) {
    return std::find(fields.begin(), fields.end(), Field::exthdrs) != fields.end();
  };
  return std::any_of(rule.matches.begin(), rule.matches.end(),
                     [](const Match& match) { return match.field == Field::exthdrs; }) ||
         std::any_of(rule.tuple_matches.begin(), rule.tuple_matches.end(),
                     [&](const TupleMatch& match) { return has(match.fields); }) ||
         (rule.verdict_map && has(rule.verdict_map->fields));
}

class NftJudge final : public Judge {
 public:
  [[nodiscard]] std::string_view name() const override { return "nft"; }
  [[nodiscard]] Result<std::string> take(const Policy& policy) override;
  [[nodiscard]] std::string_view excludes(const FrameView& frame) const override;
  [[nodiscard]] Result<void> judge(std::span<const FrameView> frames, Findings& findings) override;

 private:
  struct Probe {
    uint64_t arrived = 0;
    uint64_t passed = 0;
  };

  [[nodiscard]] Result<void> build_lab();
  [[nodiscard]] Result<void> find_out_about_fragments();
  [[nodiscard]] Result<void> send(std::span<const FrameView> frames);
  [[nodiscard]] Result<Probe> read_probe();
  [[nodiscard]] Result<Probe> await(uint64_t arrived);
  [[nodiscard]] Result<std::vector<uint64_t>> read_hits();

  std::optional<Lab> lab_;
  std::optional<NftCounterReader> counters_;
  UniqueFd socket_;
  bool reads_later_fragments_ = false;
  bool asks_for_extensions_ = false;  ///< some rule of the policy in force does
  const Policy* policy_ = nullptr;
  std::vector<uint64_t> hits_before_;
  Probe probe_before_;
};

Result<void> NftJudge::build_lab() {
  auto lab = Lab::build({});
  if (!lab) return tl::unexpected(lab.error());
  lab_.emplace(std::move(*lab));
  // GRO would make one packet of several before any rule sees them.
  auto ethtool = Ethtool::open(lab_->d0().name);
  if (!ethtool) return tl::unexpected(ethtool.error());
  FWBENCH_TRY(ethtool->set_gro(false));
  auto counters = NftCounterReader::open();
  if (!counters) return tl::unexpected(counters.error());
  counters_.emplace(std::move(*counters));
  auto scope = NetNsScope::enter(lab_->gen_ns());
  if (!scope) return tl::unexpected(scope.error());
  socket_.reset(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!socket_.valid()) return sys_fail(errno, "cannot open a packet socket");
  sockaddr_ll address = {};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = lab_->g0().ifindex;
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return sys_fail(errno, "cannot bind a packet socket to {}", lab_->g0().name);
  }
  return {};
}

Result<void> NftJudge::send(std::span<const FrameView> frames) {
  std::array<iovec, kSendBatch> vectors = {};
  std::array<mmsghdr, kSendBatch> messages = {};
  for (size_t at = 0; at < frames.size();) {
    const size_t count = std::min(kSendBatch, frames.size() - at);
    for (size_t i = 0; i < count; ++i) {
      const FrameView& frame = frames[at + i];
      vectors[i] = {const_cast<std::byte*>(frame.data), frame.length};  // sendmmsg() only reads it
      messages[i].msg_hdr.msg_iov = &vectors[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    const int sent = ::sendmmsg(socket_.get(), messages.data(), static_cast<unsigned>(count), 0);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return sys_fail(errno, "cannot send a frame of {} bytes", frames[at].length);
    at += static_cast<size_t>(sent);
  }
  return {};
}

Result<NftJudge::Probe> NftJudge::read_probe() {
  const auto counters = counters_->read("netdev", "fwbench_probe");
  if (!counters) return tl::unexpected(counters.error());
  const auto arrived = counters->find("arrived");
  const auto passed = counters->find("passed");
  if (arrived == counters->end() || passed == counters->end() || arrived->second.empty() || passed->second.empty()) {
    return fail(ErrorKind::environment, "the counters around the policy are gone");
  }
  return Probe{arrived->second[0], passed->second[0]};
}

Result<NftJudge::Probe> NftJudge::await(uint64_t arrived) {
  for (int i = 0;; ++i) {
    auto probe = read_probe();
    if (!probe || probe->arrived == arrived) return probe;
    if (i == kArrivalTries) {
      return fail(ErrorKind::measurement, "{} frames reached nft, not {}", probe->arrived, arrived);
    }
    std::this_thread::sleep_for(kArrivalPause);
  }
}

/// Up to the fix asked for in "fix L4 header parsing for non-first fragments" (netfilter-devel, 2026-04-27), nft's fast
/// path reads a transport header out of later fragments, other than its slow path does: no judge of them then.
Result<void> NftJudge::find_out_about_fragments() {
  const auto no = nft_load(std::string(kProbe) +
                           "table netdev fwbench_try {\n  chain t { type filter hook ingress device \"d0\" "
                           "priority 0; tcp dport 80 counter\n  }\n}\n");
  if (no) return fail(ErrorKind::environment, "nft refuses a plain ruleset: {}", no->text);
  const auto fragment = later_fragment(80);
  const FrameView view = {fragment.data(), static_cast<uint32_t>(fragment.size())};
  FWBENCH_TRY(send({&view, 1}));
  if (auto probe = await(1); !probe) return tl::unexpected(probe.error());
  const auto counters = counters_->read("netdev", "fwbench_try");
  if (!counters) return tl::unexpected(counters.error());
  reads_later_fragments_ = counters->at("t").at(0) != 0;
  return {};
}

Result<std::string> NftJudge::take(const Policy& policy) {
  if (!lab_) {
    FWBENCH_TRY(build_lab());
    FWBENCH_TRY(find_out_about_fragments());
  }
  if (policy.family != "netdev" && !policy.family.empty())
    return std::string{"families other than netdev (they hook in behind the stack's own checks)"};
  policy_ = &policy;
  asks_for_extensions_ = std::any_of(policy.rules.begin(), policy.rules.end(), asks_for_extensions);
  // One transaction: what is in force is the old or the new, and nft does not read back what it has just loaded.
  if (const auto no = nft_load("flush ruleset; " + policy.text + "\n" + kProbe)) {
    if (no->kind != ErrorKind::unsupported) return refused(policy, *no);
    return fail(ErrorKind::usage, "{}: nft refuses what our parser accepts: {:.400}", nft_place(policy, no->line),
                no->text);
  }
  hits_before_.assign(policy.rules.size(), 0);
  // A `counter packets 7` begins where the file says.
  auto hits = read_hits();
  if (!hits) return tl::unexpected(hits.error());
  hits_before_ = std::move(*hits);
  probe_before_ = {};
  return std::string{};
}

std::string_view NftJudge::excludes(const FrameView& frame) const {
  const FrameShape shape = shape_of(frame);
  if (frame.length <= kMinNftFrame) return "frames without a byte behind the Ethernet header";
  if (shape.short_tag) return "VLAN tags cut short (dropped in front of all rules)";
  if (shape.ends_in_address) return "frames that end inside an address";
  if (asks_for_extensions_ && shape.short_ipv6)
    return "IPv6 headers cut short, and exthdr (nft reads beyond the frame)";
  if (reads_later_fragments_ && shape.later_fragment) return "later fragments (this kernel reads ports out of them)";
  return {};
}

Result<std::vector<uint64_t>> NftJudge::read_hits() {
  const auto counters = counters_->read(policy_->family, policy_->table);
  if (!counters) return tl::unexpected(counters.error());
  std::vector<uint64_t> hits(policy_->rules.size(), 0);
  for (const Chain& chain : policy_->chains) {
    const auto values = counters->find(chain.name);
    size_t at = 0;
    for (uint32_t i = chain.first_rule; i < chain.first_rule + chain.rule_count; ++i) {
      if (!policy_->rules[i].counted) continue;
      if (values == counters->end() || at == values->second.size()) {
        return fail(ErrorKind::environment, "nft lists fewer counters in chain {} than the policy has", chain.name);
      }
      hits[i] = values->second[at++];
    }
  }
  return hits;
}

Result<void> NftJudge::judge(std::span<const FrameView> frames, Findings& findings) {
  findings.reset(0, policy_->rules.size());
  FWBENCH_TRY(send(frames));
  const auto probe = await(probe_before_.arrived + frames.size());
  if (!probe) return tl::unexpected(probe.error());
  auto hits = read_hits();
  if (!hits) return tl::unexpected(hits.error());
  for (size_t i = 0; i < hits->size(); ++i) findings.hits[i] = (*hits)[i] - hits_before_[i];
  findings.passed = probe->passed - probe_before_.passed;
  hits_before_ = std::move(*hits);
  probe_before_ = *probe;
  return {};
}

}  // namespace

std::unique_ptr<Judge> make_nft_judge() {
  return std::make_unique<NftJudge>();
}

}  // namespace fwbench::verify
