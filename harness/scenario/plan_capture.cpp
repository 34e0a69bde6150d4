// SPDX-License-Identifier: BSD-2-Clause
#include "scenario/plan_capture.h"

#include "scenario/captured_traffic.h"

namespace fwbench {

void read_plan_capture(SectionReader& reader) {
  const auto found = reader.find_value("traffic", "pcap");
  if (!found) return;
  auto capture = read_traffic_capture(reader.folder() / found->value.text.text);
  if (!capture) {
    return reader.report(found->value.source->error_at(found->value.text.pos, error_text(capture.error())));
  }
  TrafficSpec& traffic = reader.draft().plan.traffic;
  traffic.frames = static_cast<uint32_t>((*capture)->packets.size());
  traffic.capture = std::move(*capture);
}

void add_captured_class(SectionReader& reader) {
  Plan& plan = reader.draft().plan;
  for (const TrafficClass& c : plan.traffic.classes) {
    if (c.weight <= 0) continue;
    const IniSection* const section = reader.find_section(std::string(kClassPrefix) + c.name);
    reader.report(
        reader.ini().source.error_at(section->name.pos, fmt::format("class {} beside a capture", c.name),
                                     "the capture is the traffic; a class of weight 0 can be the probe_class"));
  }
  if (plan.policy_is_absent) reader.report_missing(*find_key("policy", "file"), "policy");
  plan.traffic.classes.push_back(captured_class());
  plan.class_expects.push_back(ClassExpect::policy);
}

}  // namespace fwbench
