// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// How a device takes its packets in: by NAPI without GRO, and on which CPU.

#include <string>
#include <thread>

#include "core/result.h"
#include "core/unique_fd.h"
#include "lab/bpf.h"
#include "lab/lab.h"

namespace fwbench {

/// Has the stack behind a device see every frame by itself. GRO would hand segments that follow each other to it as one
/// packet (net/ipv4/tcp_offload.c): rules would see another packet than was sent, and counters fewer of them. GRO is
/// off, and a program that lets everything through keeps NAPI running.
class NapiKeeper {
 public:
  /// In the calling thread's network namespace.
  [[nodiscard]] static Result<NapiKeeper> attach(const Port& port);

 private:
  explicit NapiKeeper(XdpLink link) : link_(std::move(link)) {}
  XdpLink link_;
};

/// Threaded NAPI (Documentation/networking/napi.rst): a kernel thread of its own takes a device's packets in, and can
/// be kept on a CPU other than the sender's. Without it a veth's packets are taken in on the CPU that sent them.
/// On while this lives. One at a time for each device. The CPU does not sleep meanwhile: waking a halted virtual CPU
/// takes tens of microseconds, and milliseconds when its host gives it to others.
class ThreadedNapi {
 public:
  /// Inside the lab process, with the calling thread in the device's namespace. The device has NAPI already: an XDP
  /// program, or GRO.
  /// Errors: ErrorKind::environment on kernels before 6.8, which do not name a device's NAPI, and where the threads are
  /// out of this PID namespace's sight, as in most containers.
  [[nodiscard]] static Result<ThreadedNapi> start(const Port& device, int cpu);
  ThreadedNapi(ThreadedNapi&&) = default;
  ThreadedNapi& operator=(ThreadedNapi&&) = delete;
  ThreadedNapi(const ThreadedNapi&) = delete;
  ThreadedNapi& operator=(const ThreadedNapi&) = delete;
  ~ThreadedNapi();

 private:
  explicit ThreadedNapi(UniqueFd setting) : setting_(std::move(setting)) {}
  UniqueFd setting_;  ///< /sys/class/net/DEVICE/threaded
  std::jthread awake_;
};

}  // namespace fwbench
