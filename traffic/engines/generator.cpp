// SPDX-License-Identifier: BSD-2-Clause
#include "traffic/engines/generator.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "bpf/abi.h"
#include "lab/bpf.h"
#include "traffic/bursts.h"
#include "traffic/poisson.h"

namespace fwbench {
namespace {

/// Bytes of frame in a slot: see frame_room in bpf/generate.bpf.c.
uint32_t room_for(size_t longest) {
  return static_cast<uint32_t>(std::max<size_t>((longest + 3) / 8 * 8 + 4, 60));
}

Result<void> fill_frames(const generate_bpf& skeleton, const FrameTable& table) {
  auto slots = MappedArray::open(skeleton.maps.frames);
  if (!slots) return tl::unexpected(slots.error());
  for (size_t i = 0; i < table.frames.size(); ++i) {
    const auto& bytes = table.frames[i].bytes;
    const frame_slot_header header = {.length = static_cast<uint16_t>(bytes.size()),
                                      .flags = static_cast<uint16_t>(table.frames[i].follows ? FW_SLOT_FOLLOWS : 0)};
    std::memcpy(slots->at(i), &header, sizeof header);
    std::memcpy(slots->at(i) + sizeof header, bytes.data(), bytes.size());
  }
  return {};
}

Result<void> fill_probes(const generate_bpf& skeleton, const FrameTable& table) {
  if (table.probes.empty()) return {};
  auto slots = MappedArray::open(skeleton.maps.probes);
  if (!slots) return tl::unexpected(slots.error());
  for (size_t i = 0; i < table.probes.size(); ++i) {
    const ProbeFrame& probe = table.probes[i];
    if (probe.bytes.size() > FW_PROBE_FRAME_MAX) {
      return fail(ErrorKind::usage, "probe frames of {} bytes are too large; at most {}", probe.bytes.size(),
                  FW_PROBE_FRAME_MAX);
    }
    probe_slot slot = {};
    slot.length = static_cast<uint16_t>(probe.bytes.size());
    slot.identity_offset = probe.identity_offset;
    slot.stamp_offset = probe.stamp_offset;
    std::memcpy(slot.bytes, probe.bytes.data(), probe.bytes.size());
    std::memcpy(slots->at(i), &slot, sizeof slot);
  }
  return {};
}

}  // namespace

void DestroyGenerator::operator()(generate_bpf* object) const {
  generate_bpf__destroy(object);
}

Result<Generator> load_generator(const FrameTable& table) {
  size_t longest = 0;
  for (const Frame& frame : table.frames) longest = std::max(longest, frame.bytes.size());
  size_t longest_probe = 0;
  for (const ProbeFrame& probe : table.probes) longest_probe = std::max(longest_probe, probe.bytes.size());
  Generator generator = {.room = room_for(longest), .probe_room = room_for(longest_probe)};
  generator.object.reset(generate_bpf__open());
  generate_bpf* const object = generator.object.get();
  if (object == nullptr) return sys_fail(errno, "cannot open the generator's BPF object");
  object->rodata->frame_count = static_cast<uint32_t>(table.frames.size());
  object->rodata->probe_count = static_cast<uint32_t>(std::max<size_t>(table.probes.size(), 1));
  object->rodata->frame_room = generator.room;
  object->rodata->has_bursts = bursts_of(table).longest > 1 ? 1 : 0;
  std::copy(poisson_times().begin(), poisson_times().end(), object->rodata->poisson_times);
  bpf_map__set_value_size(object->maps.frames, FW_SLOT_HEADER + generator.room);
  bpf_map__set_max_entries(object->maps.frames, static_cast<uint32_t>(table.frames.size()));
  bpf_map__set_max_entries(object->maps.probes, static_cast<uint32_t>(std::max<size_t>(table.probes.size(), 1)));
  if (const int error = -generate_bpf__load(object); error != 0) {
    return with_remedy(sys_fail(error, "cannot load the generator's BPF object"), "see `fwbench doctor`");
  }
  FWBENCH_TRY(fill_frames(*object, table));
  FWBENCH_TRY(fill_probes(*object, table));
  return generator;
}

}  // namespace fwbench
