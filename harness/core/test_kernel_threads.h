// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// For tests that place a kernel thread on a CPU.

#include <gtest/gtest.h>

#include "core/file.h"

/// In a PID namespace of its own, as in most containers, a process finds no kernel thread in /proc.
#define SKIP_WITHOUT_KERNEL_THREADS()                                    \
  if (::fwbench::read_file("/proc/2/comm").value_or("") != "kthreadd\n") \
  GTEST_SKIP() << "needs kernel threads in sight: not in a PID namespace"
