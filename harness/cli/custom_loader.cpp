// SPDX-License-Identifier: BSD-2-Clause
/// A loader of somebody else's, for custom_test: custom_loader BEHAVIOUR [IFACE OBJECT PROGRAM].
#include <bpf/libbpf.h>
#include <net/if.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>

namespace {

constexpr int kCrashAfterUs = 300'000;
constexpr size_t kGigabyte = size_t{1} << 30;

/// Holds the program on the link until the process ends.
bool attach(char** arguments) {
  bpf_object* const object = bpf_object__open_file(arguments[1], nullptr);
  if (object == nullptr || bpf_object__load(object) != 0) return false;
  const bpf_program* const program = bpf_object__find_program_by_name(object, arguments[2]);
  const unsigned ifindex = ::if_nametoindex(arguments[0]);
  return program != nullptr && bpf_program__attach_xdp(program, static_cast<int>(ifindex)) != nullptr;
}

[[noreturn]] void wait_for_ever() {
  for (;;) ::pause();
}

void talk_much() {
  const std::string line(63, 'x');
  const std::string chunk = [&] {
    std::string text;
    for (int i = 0; i < 1024; ++i) text += line + "\n";
    return text;
  }();
  for (size_t written = 0; written < kGigabyte; written += chunk.size()) {
    static_cast<void>(!::write(STDERR_FILENO, chunk.data(), chunk.size()));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string behaviour = argc > 1 ? argv[1] : "";
  if (behaviour == "exit") {
    std::fputs("cannot open fw.conf\n", stderr);
    return 7;
  }
  if (behaviour == "hang") {
    std::signal(SIGTERM, SIG_IGN);
    std::puts("starting");
    std::fflush(stdout);
    if (::fork() == 0) ::setsid();  // and a daemon that its process group does not have
    wait_for_ever();
  }
  if (behaviour == "talk") {
    talk_much();
    std::fputs("out of ideas\n", stderr);
    return 1;
  }
  if (argc < 5 || !attach(argv + 2)) {
    std::fputs("cannot attach\n", stderr);
    return 1;
  }
  std::puts("firewall is up");
  std::fflush(stdout);
  if (behaviour == "crash") {
    ::usleep(kCrashAfterUs);
    std::signal(SIGSEGV, SIG_DFL);
    std::raise(SIGSEGV);
  }
  wait_for_ever();
}
