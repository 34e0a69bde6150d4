// SPDX-License-Identifier: BSD-2-Clause
#include "verify/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "evidence/repro.h"
#include "traffic/pcap_file.h"
#include "verify/nft_judge.h"
#include "verify/packet_generator.h"
#include "verify/pcap_judge.h"
#include "verify/policy_generator.h"
#include "verify/shrink.h"

namespace fwbench::verify {
namespace {

using Clock = std::chrono::steady_clock;

/// Mismatches that are made small and written, for each judge; the rest is counted.
constexpr size_t kMaxReports = 3;

/// Frames one behind the other, and views of them; reused from batch to batch.
class FrameBatch {
 public:
  void clear() {
    bytes_.clear();
    lengths_.clear();
  }
  [[nodiscard]] size_t size() const { return lengths_.size(); }
  void add(std::span<const std::byte> frame) {
    bytes_.insert(bytes_.end(), frame.begin(), frame.end());
    lengths_.push_back(static_cast<uint32_t>(frame.size()));
  }
  [[nodiscard]] std::span<const FrameView> views() {
    views_.clear();
    const std::byte* at = bytes_.data();
    for (const uint32_t length : lengths_) {
      views_.push_back({at, length});
      at += length;
    }
    return views_;
  }

 private:
  std::vector<std::byte> bytes_;
  std::vector<uint32_t> lengths_;
  std::vector<FrameView> views_;
};

Result<std::unique_ptr<Judge>> make_judge(const std::string& name, const VerifyOptions& options) {
  const JudgeFaults& faults = options.faults;
  if (options.source.make) return options.source.make(name);
  if (name == "xdp") return make_xdp_judge(faults);
  if (name == "afxdp") return make_afxdp_judge();
  if (name == "pcap") return make_pcap_judge();
  if (name == "nft") return make_nft_judge();
  return with_remedy(fail(ErrorKind::usage, "there is no judge '{}'", name), "the judges are xdp, afxdp, pcap and nft");
}

PcapPacket packet_of(const FrameView& frame) {
  return {.time_ns = 0, .bytes = {frame.data, frame.data + frame.length}};
}

class Campaign {
 public:
  Campaign(const VerifyOptions& options, const VerifyListener& listener) : options_(options), listener_(listener) {}

  [[nodiscard]] Result<VerifyReport> run();

 private:
  [[nodiscard]] Result<void> prepare();
  [[nodiscard]] Result<void> run_policy(const Policy& policy, uint64_t packets, uint64_t packet_seed);
  [[nodiscard]] Result<void> refuse(const std::string& text, const std::vector<Diagnostic>& diagnostics);
  [[nodiscard]] Result<void> ask(size_t judge, const Policy& policy, std::span<const FrameView> frames);
  [[nodiscard]] Result<void> report(size_t judge, const Policy& policy, std::span<const FrameView> frames,
                                    const Disagreement& disagreement);
  [[nodiscard]] Result<void> write(MismatchReport report, const Case& small, std::span<const PcapPacket> packets,
                                   const std::string& more_options = {});
  /// Of the frame in the form that judges take. "" when the text does not parse, or the judge cannot take it or the
  /// frame, or they agree.
  [[nodiscard]] std::string disagreement(Judge& judge, const std::string& text, std::span<const std::byte> frame);
  /// The policy of the text, taken by the judge; null when there is none or it does not take it. Loading one into a
  /// device costs more than a frame does, and a frame is made small under one policy.
  [[nodiscard]] std::shared_ptr<const Policy> try_policy(Judge& judge, const std::string& text);
  /// The frame as judges take it, alone in its batch; empty when there is no asking.
  [[nodiscard]] std::vector<std::byte> prepared(std::span<const std::byte> frame) const;
  [[nodiscard]] Result<void> report_sequence(MismatchReport entry, const Policy& policy,
                                             std::span<const FrameView> frames);
  void fill_batch(PacketGenerator& generator);

  const VerifyOptions& options_;
  const VerifyListener& listener_;
  std::vector<std::unique_ptr<Judge>> judges_;
  std::vector<PcapPacket> packets_;  ///< of the user's captures
  FrameBatch batch_;
  uint64_t policy_packets_ = 0;  ///< of the policy at hand: how many in all, how many were drawn, from what seed
  uint64_t drawn_ = 0;
  uint64_t packet_seed_ = 0;
  std::string tried_text_;                      ///< try_policy() was asked last; "" when not since report()
  std::shared_ptr<const Policy> tried_policy_;  ///< its answer
  VerifyReport report_;
};

Result<void> Campaign::prepare() {
  for (const std::string& name : options_.judges) {
    auto judge = make_judge(name, options_);
    if (!judge) return tl::unexpected(judge.error());
    judges_.push_back(std::move(*judge));
    report_.judges.push_back({.name = name, .excluded = {}});
  }
  for (const std::string& file : options_.pcaps) {
    auto packets = read_pcap(file);
    if (!packets) return tl::unexpected(packets.error());
    std::move(packets->begin(), packets->end(), std::back_inserter(packets_));
  }
  for (const PcapPacket& packet : packets_) {
    if (packet.bytes.size() < kMinFrameBytes) return fail(ErrorKind::usage, "the captures have frames under 14 bytes");
  }
  report_.seed = options_.seed;
  return {};
}

std::vector<std::byte> Campaign::prepared(std::span<const std::byte> frame) const {
  std::vector<std::byte> bytes(frame.begin(), frame.end());
  if (options_.source.prepare && !options_.source.prepare(bytes, 0).empty()) bytes.clear();
  return bytes;
}

std::shared_ptr<const Policy> Campaign::try_policy(Judge& judge, const std::string& text) {
  if (text == tried_text_) return tried_policy_;
  tried_text_ = text;
  tried_policy_ = parse_policy(text, "shrunk.nft").policy;
  if (!tried_policy_) return nullptr;
  const auto taken = judge.take(*tried_policy_);
  if (!taken || !taken->empty()) tried_policy_ = nullptr;
  return tried_policy_;
}

std::string Campaign::disagreement(Judge& judge, const std::string& text, std::span<const std::byte> frame) {
  const std::vector<std::byte> bytes = prepared(frame);
  if (bytes.empty()) return {};
  const std::shared_ptr<const Policy> policy = try_policy(judge, text);
  if (!policy) return {};
  const auto difference = compare_one(judge, *policy, {bytes.data(), static_cast<uint32_t>(bytes.size())});
  return difference ? *difference : std::string{};
}

Result<void> Campaign::write(MismatchReport report, const Case& small, std::span<const PcapPacket> packets,
                             const std::string& more_options) {
  Repro repro = {.description = report.description,
                 .policy = small.policy,
                 .packets = {packets.begin(), packets.end()},
                 .command = "fwbench verify --policy {policy} "};
  if (!packets.empty()) repro.command += "--pcap {pcap} ";
  repro.command += fmt::format("{}{} {}", more_options, options_.source.option,
                               report.judge == "parser" ? options_.judges.front() : report.judge);
  if (report.judge == "xdp" && options_.faults.pass_every != 0) {
    repro.command += fmt::format(" --fault-pass-every {}", options_.faults.pass_every);
  }
  if (report.judge == "xdp" && options_.faults.drop_every != 0) {
    repro.command += fmt::format(" --fault-drop-every {}", options_.faults.drop_every);
  }
  auto files = write_repro(options_.out / fmt::format("{}-{}", report.judge, report_.mismatches.size() + 1), repro);
  if (!files) return tl::unexpected(files.error());
  report.policy = files->policy;
  report.pcap = files->pcap;
  report.command = files->command;
  report_.mismatches.push_back(report);
  if (listener_.mismatch) listener_.mismatch(report);
  return {};
}

/// It takes the frames before it: a judge that remembers. They are written as they were; those of all batches so far
/// are rather drawn again.
Result<void> Campaign::report_sequence(MismatchReport entry, const Policy& policy, std::span<const FrameView> frames) {
  entry.description += " (only with the packets before it)";
  const Case whole = {policy.text, {}};
  if (drawn_ > frames.size() && packets_.empty()) {
    return write(std::move(entry), whole, {}, fmt::format("--packets {} --seed {} ", policy_packets_, packet_seed_));
  }
  std::vector<PcapPacket> all;
  for (const FrameView& frame : frames) all.push_back(packet_of(frame));
  return write(std::move(entry), whole, all);
}

Result<void> Campaign::report(size_t judge, const Policy& policy, std::span<const FrameView> frames,
                              const Disagreement& disagreement_found) {
  Judge& of = *judges_[judge];
  tried_text_.clear();
  MismatchReport entry = {.judge = std::string(of.name()),
                          .description = disagreement_found.description,
                          .policy = {},
                          .pcap = {},
                          .command = {}};
  Case small = {policy.text, {}};
  if (!disagreement_found.alone) return report_sequence(std::move(entry), policy, frames);
  small.frame = packet_of(frames[disagreement_found.frame]).bytes;
  if (options_.source.prepare && disagreement(of, small.policy, small.frame).empty()) {
    const auto taken = of.take(policy);
    if (!taken) return tl::unexpected(taken.error());
    return report_sequence(std::move(entry), policy, frames);
  }
  small = shrink(
      std::move(small),
      [&](const std::string& text, std::span<const std::byte> frame) { return !disagreement(of, text, frame).empty(); },
      options_.source.shrink_limit);
  small.frame = prepared(small.frame);
  if (const std::string again = disagreement(of, small.policy, small.frame); !again.empty()) entry.description = again;
  const PcapPacket packet = {.time_ns = 0, .bytes = small.frame};
  FWBENCH_TRY(write(std::move(entry), small, {&packet, 1}));
  // Back to the policy at hand.
  const auto taken = of.take(policy);
  return taken ? Result<void>{} : tl::unexpected(taken.error());
}

Result<void> Campaign::ask(size_t judge, const Policy& policy, std::span<const FrameView> frames) {
  JudgeTotals& totals = report_.judges[judge];
  auto found = compare_batch(*judges_[judge], policy, frames, totals);
  if (!found) return tl::unexpected(found.error());
  if (!*found) return {};
  const auto written = std::count_if(report_.mismatches.begin(), report_.mismatches.end(),
                                     [&](const MismatchReport& mismatch) { return mismatch.judge == totals.name; });
  const size_t wanted = options_.stop_at_first ? 1 : kMaxReports;
  if (static_cast<size_t>(written) >= wanted) return {};
  return report(judge, policy, frames, **found);
}

Result<void> Campaign::refuse(const std::string& text, const std::vector<Diagnostic>& diagnostics) {
  ++report_.policies_refused;
  if (report_.policies_refused > kMaxReports) return {};
  std::string why = "our parser refuses what it should read";
  if (!diagnostics.empty()) why += fmt::format(": line {}: {}", diagnostics[0].pos.line, diagnostics[0].message);
  return write({.judge = "parser", .description = why, .policy = {}, .pcap = {}, .command = {}}, {text, {}}, {});
}

/// The next batch, from the captures or drawn.
void Campaign::fill_batch(PacketGenerator& generator) {
  std::array<std::byte, kMaxFrameBytes> room;
  std::vector<std::byte> frame;
  batch_.clear();
  for (; batch_.size() < options_.source.batch && drawn_ < policy_packets_; ++drawn_) {
    if (packets_.empty()) {
      const auto drawn = std::span(room).first(generator.next(room));
      frame.assign(drawn.begin(), drawn.end());
    } else {
      frame = packets_[drawn_].bytes;
    }
    ++report_.packets;
    if (options_.source.prepare) {
      const std::string_view reason = options_.source.prepare(frame, static_cast<uint32_t>(batch_.size()));
      if (!reason.empty()) {
        ++report_.excluded[std::string(reason)];
        continue;
      }
    }
    batch_.add(frame);
  }
}

Result<void> Campaign::run_policy(const Policy& policy, uint64_t packets, uint64_t packet_seed) {
  ++report_.policies;
  report_.rules += policy.rules.size();
  std::vector<std::string> reasons;
  for (const auto& judge : judges_) {
    const auto taken = judge->take(policy);
    if (!taken) return tl::unexpected(taken.error());
    reasons.push_back(*taken);
  }
  PacketGenerator generator(policy, packet_seed);
  policy_packets_ = packets_.empty() ? packets : packets_.size();
  drawn_ = 0;
  packet_seed_ = packet_seed;
  while (drawn_ < policy_packets_) {
    if (listener_.stop && listener_.stop()) return fail(ErrorKind::interrupted, "interrupted");
    fill_batch(generator);
    for (size_t i = 0; i < judges_.size(); ++i) {
      if (!reasons[i].empty()) {
        report_.judges[i].excluded[reasons[i]] += batch_.size();
        continue;
      }
      FWBENCH_TRY(ask(i, policy, batch_.views()));
    }
  }
  return {};
}

Result<VerifyReport> Campaign::run() {
  const auto start = Clock::now();
  FWBENCH_TRY(prepare());
  if (!options_.policy_file.empty()) {
    const ParsedPolicy parsed = load_policy(options_.policy_file);
    if (listener_.policy_diagnostics) listener_.policy_diagnostics(parsed.diagnostics);
    if (!parsed.policy) return fail(ErrorKind::usage, "cannot read the policy '{}'", options_.policy_file);
    FWBENCH_TRY(run_policy(*parsed.policy, options_.packets, options_.seed));
  } else {
    for (size_t i = 0; i < options_.policies; ++i) {
      const PolicyShape shape = {.seed = options_.seed, .index = i};
      const uint64_t packets =
          options_.packets * (i + 1) / options_.policies - options_.packets * i / options_.policies;
      const std::string text = generate_policy(shape);
      const ParsedPolicy parsed = parse_policy(text, fmt::format("policy-{}.nft", i));
      FWBENCH_TRY(parsed.policy ? run_policy(*parsed.policy, packets, options_.seed + i)
                                : refuse(text, parsed.diagnostics));
      if (listener_.progress) listener_.progress(i + 1);
      if (options_.stop_at_first && !report_.agreed()) break;
    }
  }
  report_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return std::move(report_);
}

}  // namespace

bool VerifyReport::agreed() const {
  return policies_refused == 0 && mismatches.empty() &&
         std::all_of(judges.begin(), judges.end(),
                     [](const JudgeTotals& judge) { return judge.mismatches == 0 && judge.counter_mismatches == 0; });
}

Result<VerifyReport> verify(const VerifyOptions& options, const VerifyListener& listener) {
  return Campaign(options, listener).run();
}

}  // namespace fwbench::verify
