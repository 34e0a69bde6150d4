// SPDX-License-Identifier: BSD-2-Clause
#include "doctor/probes.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <xdp/xsk.h>

#include <array>
#include <chrono>
#include <memory>
#include <thread>

#include "core/file.h"
#include "core/tool.h"
#include "core/unique_fd.h"
#include "doctor/program.h"
#include "doctor/veth.h"

namespace fwbench {
namespace {

/// A native attachment; ends with the file descriptor.
Result<UniqueFd> attach_native(int program, int ifindex) {
  LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_DRV_MODE);
  const int fd = bpf_link_create(program, ifindex, BPF_XDP, &options);
  if (fd < 0) return sys_fail(-fd, "cannot attach an XDP program in native mode");
  return UniqueFd(fd);
}

Result<void> mount_sysfs() {
  if (::mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, nullptr) != 0)
    return sys_fail(errno, "cannot mount a sysfs");
  return {};
}

Result<uint64_t> read_counter(int map) {
  const uint32_t key = 0;
  uint64_t value = 0;
  const int error = bpf_map_lookup_elem(map, &key, &value);
  if (error < 0) return sys_fail(-error, "cannot read a map");
  return value;
}

/// Emits `frames` live frames of kTestEtherType through `program`.
Result<void> send_live_frames(int program, uint32_t frames) {
  std::array<uint8_t, 60> frame{};
  frame[12] = kTestEtherType >> 8;
  frame[13] = kTestEtherType & 0xFF;
  LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame.data(), .data_size_in = frame.size(),
              .repeat = static_cast<int>(frames), .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = frames);
  const int error = bpf_prog_test_run_opts(program, &options);
  if (error < 0) return sys_fail(-error, "BPF_PROG_RUN does not take live frames");
  return {};
}

}  // namespace

Result<std::string> probe_mounts() {
  FWBENCH_TRY(mount_sysfs());
  if (::mount("bpffs", "/sys/fs/bpf", "bpf", 0, nullptr) != 0) return sys_fail(errno, "cannot mount a bpffs");
  return "mounted";
}

Result<std::string> probe_veth() {
  FWBENCH_TRY(make_veth_pair());
  return "made";
}

Result<std::string> probe_xdp_native() {
  const auto veth = make_veth_pair();
  if (!veth) return tl::unexpected(veth.error());
  const auto program = load_drop_program();
  if (!program) return tl::unexpected(program.error());
  FWBENCH_TRY(attach_native(program->get(), veth->receiver));
  return "attached";
}

Result<std::string> probe_live_frames() {
  constexpr uint32_t kFrames = 64;  // a quarter of the veth ring: none may be lost
  const auto veth = make_veth_pair();
  if (!veth) return tl::unexpected(veth.error());
  const auto counter = make_counter_map(0);
  if (!counter) return tl::unexpected(counter.error());
  const auto counting = load_counting_program(counter->get());
  if (!counting) return tl::unexpected(counting.error());
  const auto link = attach_native(counting->get(), veth->receiver);
  if (!link) return tl::unexpected(link.error());
  const auto redirect = load_redirect_program(veth->sender);
  if (!redirect) return tl::unexpected(redirect.error());
  FWBENCH_TRY(send_live_frames(redirect->get(), kFrames));

  // The receiver usually ran inside the call, but a busy softirq may finish later.
  uint64_t arrived = 0;
  for (int tries = 0; tries < 50 && arrived < kFrames; ++tries) {
    const auto value = read_counter(counter->get());
    if (!value) return tl::unexpected(value.error());
    arrived = *value;
    if (arrived < kFrames) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  if (arrived != kFrames) return fail(ErrorKind::environment, "{} of {} frames arrived", arrived, kFrames);
  return fmt::format("{0} of {0} frames arrived", kFrames);
}

Result<std::string> probe_mmapable_map() {
  const auto map = make_counter_map(BPF_F_MMAPABLE);
  if (!map) return tl::unexpected(map.error());
  void* memory = ::mmap(nullptr, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, map->get(), 0);
  if (memory == MAP_FAILED) return sys_fail(errno, "cannot map a BPF map into memory");
  constexpr uint64_t kMark = 0x66776221;
  *static_cast<volatile uint64_t*>(memory) = kMark;
  const auto seen = read_counter(map->get());
  if (!seen) return tl::unexpected(seen.error());
  if (*seen != kMark) return fail(ErrorKind::environment, "a value written to the memory is not in the map");
  return "mapped";
}

Result<std::string> probe_bpf_loop() {
  const int known = libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_loop, nullptr);
  if (known < 0) return sys_fail(-known, "cannot ask the verifier");
  if (known == 0) return fail(ErrorKind::environment, "the verifier does not know it");
  return "known to the verifier";
}

Result<std::string> probe_jit() {
  const auto program = load_drop_program();
  if (!program) return tl::unexpected(program.error());
  bpf_prog_info info{};
  __u32 size = sizeof(info);
  const int error = bpf_obj_get_info_by_fd(program->get(), &info, &size);
  if (error < 0) return sys_fail(-error, "cannot look at a loaded program");
  if (info.jited_prog_len == 0) return fail(ErrorKind::environment, "programs are interpreted");
  return fmt::format("{} instructions became {} bytes", info.xlated_prog_len / sizeof(bpf_insn), info.jited_prog_len);
}

Result<std::string> probe_af_xdp() {
  constexpr size_t kUmemSize = size_t{64} * XSK_UMEM__DEFAULT_FRAME_SIZE;
  FWBENCH_TRY(make_veth_pair());
  void* memory = ::mmap(nullptr, kUmemSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return sys_fail(errno, "no memory for a UMEM");

  xsk_umem* umem = nullptr;
  xsk_ring_prod fill{};
  xsk_ring_cons completion{};
  int error = xsk_umem__create(&umem, memory, kUmemSize, &fill, &completion, nullptr);
  if (error < 0) return sys_fail(-error, "cannot register a UMEM");

  xsk_socket* socket = nullptr;
  xsk_ring_cons receive{};
  xsk_ring_prod transmit{};
  xsk_socket_config config{};
  config.rx_size = XSK_RING_CONS__DEFAULT_NUM_DESCS;
  config.tx_size = XSK_RING_PROD__DEFAULT_NUM_DESCS;
  config.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD;
  config.bind_flags = XDP_COPY | XDP_USE_NEED_WAKEUP;
  error = xsk_socket__create(&socket, kReceiverLink, 0, umem, &receive, &transmit, &config);
  if (error == 0) xsk_socket__delete(socket);
  xsk_umem__delete(umem);
  if (error < 0) return sys_fail(-error, "cannot bind an AF_XDP socket to a veth");
  return "bound";
}

Result<std::string> probe_threaded_napi() {
  const auto veth = make_veth_pair();
  if (!veth) return tl::unexpected(veth.error());
  const auto program = load_drop_program();
  if (!program) return tl::unexpected(program.error());
  const auto link = attach_native(program->get(), veth->receiver);  // without a program veth has no NAPI
  if (!link) return tl::unexpected(link.error());
  FWBENCH_TRY(mount_sysfs());
  const std::string path = fmt::format("/sys/class/net/{}/threaded", kReceiverLink);
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.valid() || ::write(file.get(), "1", 1) != 1) return sys_fail(errno, "cannot turn it on for a veth");
  const auto state = read_file(path);
  if (!state) return tl::unexpected(state.error());
  if (!state->starts_with('1')) return fail(ErrorKind::environment, "turned on for a veth, but it stays off");
  return "turned on for a veth";
}

Result<std::string> probe_nft_netdev() {
  FWBENCH_TRY(make_veth_pair());
  const std::string rules = fmt::format(R"(table netdev doctor {{
  chain ingress {{
    type filter hook ingress device {} priority 0
    policy drop
  }}
}}
)",
                                        kReceiverLink);
  FWBENCH_TRY(run_tool_or_fail("nft", {"-f", "-"}, rules));
  return "ruleset loaded";
}

}  // namespace fwbench
