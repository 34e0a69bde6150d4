// SPDX-License-Identifier: BSD-2-Clause
#include "dut/xdp_object.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <vector>

#include "core/text.h"

namespace fwbench {
namespace {

/// What a message shows of what libbpf said: the reason stands at the end, behind the verifier's log.
constexpr size_t kLogLines = 12;
constexpr size_t kLogBytes = 4096;

std::string* g_said = nullptr;  // libbpf's callback has no argument of ours: the one global that it forces on us

int keep(libbpf_print_level level, const char* format, va_list arguments) {
  if (level == LIBBPF_DEBUG || g_said == nullptr) return 0;
  std::array<char, 16384> line = {};
  if (std::vsnprintf(line.data(), line.size(), format, arguments) > 0) *g_said += line.data();
  return 0;
}

/// What libbpf says while this lives.
class LibbpfLog {
 public:
  LibbpfLog() : before_(::libbpf_set_print(keep)) { g_said = &said_; }
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;
  ~LibbpfLog() {
    g_said = nullptr;
    ::libbpf_set_print(before_);
  }

  [[nodiscard]] bool mentions(const char* text) const { return said_.find(text) != std::string::npos; }
  [[nodiscard]] std::string last_lines() const {
    std::vector<std::string_view> lines;
    const std::string_view said = std::string_view(said_).substr(said_.size() - std::min(said_.size(), kLogBytes));
    for (size_t at = 0; at < said.size();) {
      const size_t end = std::min(said.find('\n', at), said.size());
      if (end != at) lines.push_back(said.substr(at, end - at));
      at = end + 1;
    }
    std::string shown;
    for (size_t i = lines.size() - std::min(lines.size(), kLogLines); i < lines.size(); ++i) {
      shown += "\n    | " + printable(lines[i]);
    }
    return shown;
  }

 private:
  std::string said_;
  libbpf_print_fn_t before_;
};

tl::unexpected<Error> refused(const std::string& file, int sys_errno, std::string_view what, const LibbpfLog& log) {
  const bool legacy = log.mentions("legacy map definitions") || log.mentions("legacy maps");
  Error error = {ErrorKind::environment, 0,
                 fmt::format("cannot {} '{}': {}{}", what, file, std::strerror(sys_errno), log.last_lines()),
                 legacy ? "libbpf 1.0 and later take no 'maps' section: use kind = command with the loader that the "
                          "object was made for"
                        : "build it with `clang -O2 -g -target bpf`; an object that needs its own loader is started by "
                          "kind = command"};
  return tl::unexpected(std::move(error));
}

/// Everything in the file that is, or may be meant as, an XDP program.
Result<bpf_program*> choose(bpf_object* object, const std::string& file, const std::string& wanted) {
  std::vector<std::string> names;
  bpf_program* chosen = nullptr;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    const std::string name = bpf_program__name(program);
    const bool is_wanted = name == wanted;
    // A section of any name will do for the one that was asked for.
    if (is_wanted) bpf_program__set_type(program, BPF_PROG_TYPE_XDP);
    const bool is_xdp = bpf_program__type(program) == BPF_PROG_TYPE_XDP;
    bpf_program__set_autoload(program, is_xdp);
    if (!is_xdp) continue;
    names.push_back(name);
    if (is_wanted || (wanted.empty() && chosen == nullptr)) chosen = program;
  }
  if (chosen != nullptr && (!wanted.empty() || names.size() == 1)) return chosen;
  const std::string there = names.empty() ? "it has no XDP program (a function in SEC(\"xdp\"))"
                                          : fmt::format("it has {}", fmt::join(names, ", "));
  if (wanted.empty()) {
    return with_remedy(
        fail(ErrorKind::environment, "cannot tell which program of '{}' is the firewall: {}", file, there),
        "name it with program = NAME");
  }
  return with_remedy(fail(ErrorKind::environment, "no program '{}' in '{}': {}", wanted, file, there),
                     "program is the name of the function, not of its section");
}

}  // namespace

Result<XdpObject> XdpObject::load(const std::string& file, const std::string& program, const std::string& pins) {
  const LibbpfLog log;
  bpf_object_open_opts options = {};
  options.sz = sizeof options;
  options.pin_root_path = pins.c_str();
  bpf_object* const opened = bpf_object__open_file(file.c_str(), &options);
  if (opened == nullptr) return refused(file, errno, "read the BPF object", log);
  XdpObject object(opened, nullptr);
  auto chosen = choose(opened, file, program);
  if (!chosen) return tl::unexpected(chosen.error());
  object.program_ = *chosen;
  if (const int error = -bpf_object__load(opened); error != 0) return refused(file, error, "load the BPF object", log);
  if (const int error = -bpf_object__pin_maps(opened, pins.c_str()); error != 0) {
    return refused(file, error, "pin the maps of", log);
  }
  return object;
}

}  // namespace fwbench
