// SPDX-License-Identifier: BSD-2-Clause
#include "replay/findings.h"

#include <algorithm>
#include <set>

#include "traffic/summary.h"
#include "traffic/wire.h"

namespace fwbench {
namespace {

constexpr size_t kDescribed = 10;
constexpr size_t kRangesShown = 8;

std::string ranges_text(const std::vector<ByteRange>& ranges) {
  std::vector<std::string> texts;
  for (const ByteRange& range : ranges) {
    if (texts.size() == kRangesShown) {
      texts.emplace_back("...");
      break;
    }
    texts.push_back(range.count == 1 ? fmt::format("{}", range.first)
                                     : fmt::format("{}-{}", range.first, range.first + range.count - 1));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string_view what_happened(DeviationKind kind) {
  switch (kind) {
    case DeviationKind::missing:
      return "had to pass and did not arrive";
    case DeviationKind::leaked:
      return "had to be dropped and arrived";
    case DeviationKind::changed:
      return "arrived changed";
    case DeviationKind::extra:
      return "arrived and was not sent, or not so often";
  }
  return "";
}

PcapPacket as_packet(Bytes bytes, int64_t time_ns) {
  return {.time_ns = pcap_time(time_ns), .bytes = {bytes.begin(), bytes.end()}};
}

std::vector<PcapPacket> passed_packets(const Capture& capture, const ReplayLoad& load, const ReplayTrial& trial,
                                       const Delivery& delivery) {
  std::vector<PcapPacket> packets;
  int64_t time_ns = 0;
  for (size_t i = 0; i < trial.arrivals.size(); ++i) {
    if (delivery.origins[i]) time_ns = capture.packets[load.packets[*delivery.origins[i]]].time_ns;
    packets.push_back(as_packet(trial.arrivals[i], time_ns));
  }
  return packets;
}

std::vector<PcapPacket> dropped_packets(const Capture& capture, const ReplayLoad& load, const Delivery& delivery,
                                        uint64_t passes) {
  std::vector<PcapPacket> packets;
  for (size_t i = 0; i < load.frames.size(); ++i) {
    if (delivery.arrived[i] >= passes) continue;
    packets.push_back(as_packet(load.frames[i].bytes, capture.packets[load.packets[i]].time_ns));
  }
  return packets;
}

std::vector<PcapPacket> wrong_packets(const Capture& capture, const ReplayLoad& load, const ReplayTrial& trial,
                                      const Delivery& delivery) {
  std::vector<PcapPacket> packets;
  for (const Deviation& deviation : delivery.deviations) {
    if (deviation.packet) {
      const size_t i = *deviation.packet;
      packets.push_back(as_packet(load.frames[i].bytes, capture.packets[load.packets[i]].time_ns));
    } else if (deviation.arrival) {
      packets.push_back(as_packet(trial.arrivals[*deviation.arrival], 0));
    }
  }
  return packets;
}

}  // namespace

std::vector<std::string> describe_deviations(const ReplayLoad& load, const ReplayTrial& trial, const Delivery& delivery,
                                             const Policy& policy, const Capture& capture) {
  std::vector<std::string> texts;
  for (const Deviation& deviation : delivery.deviations) {
    if (texts.size() == kDescribed) break;
    if (!deviation.packet) {
      texts.push_back(fmt::format("arrival {}: {}: {}", *deviation.arrival + 1, what_happened(deviation.kind),
                                  summarize_frame(trial.arrivals[*deviation.arrival])));
      continue;
    }
    const size_t i = *deviation.packet;
    std::string text =
        fmt::format("packet {}: {}: {}; {}", capture.packets[load.packets[i]].number, what_happened(deviation.kind),
                    summarize_frame(load.frames[i].bytes), describe_judgement(policy, load.judgements[i]));
    if (!deviation.changed.empty()) text += fmt::format("; bytes that differ: {}", ranges_text(deviation.changed));
    texts.push_back(std::move(text));
  }
  if (delivery.reordered != 0) texts.push_back(fmt::format("{} packets arrived behind later ones", delivery.reordered));
  return texts;
}

Capture deviating_part(const Capture& capture, const ReplayLoad& load, const Delivery& delivery) {
  std::set<size_t> wrong;
  for (const Deviation& deviation : delivery.deviations) {
    if (deviation.packet) wrong.insert(load.packets[*deviation.packet]);
  }
  Capture part;
  part.file = capture.file;
  part.link_type = capture.link_type;
  for (const size_t i : wrong) {
    const Bytes frame = capture.frame(i);
    CapturedPacket packet = capture.packets[i];
    packet.at = part.bytes.size();
    part.bytes.insert(part.bytes.end(), frame.begin(), frame.end());
    part.packets.push_back(packet);
  }
  return part;
}

Repro make_repro(const ReplayOptions& options, const Capture& packets, bool alone, const DutReplay& result,
                 bool map_macs) {
  Repro repro;
  repro.description = result.deviations.empty() ? "packets met the wrong end" : result.deviations.front();
  repro.policy = options.policy->text;
  for (size_t i = 0; i < packets.packets.size(); ++i) {
    repro.packets.push_back(as_packet(packets.frame(i), packets.packets[i].time_ns));
  }
  repro.command = fmt::format("fwbench replay {{pcap}} --policy {{policy}} --dut {}", result.dut);
  if (map_macs) repro.command += " --map-mac";
  if (!alone && options.speed_text != "max") repro.command += fmt::format(" --speed {}", options.speed_text);
  if (!alone && options.loop != 1) repro.command += fmt::format(" --loop {}", options.loop);
  return repro;
}

Result<void> write_outcomes(const ReplayOptions& options, const Capture& capture, const ReplayLoad& load,
                            const ReplayTrial& trial, const Delivery& delivery) {
  if (!options.write_passed.empty()) {
    FWBENCH_TRY(write_pcap(options.write_passed, passed_packets(capture, load, trial, delivery)));
  }
  if (!options.write_dropped.empty()) {
    FWBENCH_TRY(write_pcap(options.write_dropped, dropped_packets(capture, load, delivery, options.loop)));
  }
  if (!options.write_mismatch.empty()) {
    FWBENCH_TRY(write_pcap(options.write_mismatch, wrong_packets(capture, load, trial, delivery)));
  }
  return {};
}

}  // namespace fwbench
