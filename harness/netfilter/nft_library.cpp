// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/nft_library.h"

#include <nftables/libnftables.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "core/memory_file.h"
#include "netfilter/nft_ruleset.h"

namespace fwbench {
namespace {

struct Free {
  void operator()(nft_ctx* context) const { nft_ctx_free(context); }
};
using Context = std::unique_ptr<nft_ctx, Free>;

/// Null when there is none to be had. A context keeps the `define`s of all that it has read: one for each text.
Context open_context() {
  Context context(nft_ctx_new(NFT_CTX_DEFAULT));
  if (!context || nft_ctx_buffer_error(context.get()) != 0 || nft_ctx_buffer_output(context.get()) != 0) return nullptr;
  // What a policy includes is in its text already (policy/include.h).
  nft_ctx_clear_include_paths(context.get());
  return context;
}

/// Where the child has its commands, and what nft calls them.
constexpr int kCommandsFd = 3;
constexpr std::string_view kCommandsFile = "/proc/self/fd/3";

NftRefusal cannot_ask(std::string why) {
  return {.kind = ErrorKind::environment, .message = why, .text = why};
}

/// "/proc/self/fd/3:3:5-20: Error: syntax error, unexpected foo" and the line with its caret below it.
NftRefusal read_refusal(std::string text) {
  constexpr std::string_view kError = ": Error: ";
  NftRefusal refusal;
  const std::string_view all = text;
  const size_t error = all.find(kError);
  const size_t begin = error == std::string_view::npos ? 0 : error + kError.size();
  const size_t end = std::min(all.find('\n', begin), all.size());
  refusal.message = all.substr(begin, end - begin);
  if (error != std::string_view::npos) {
    const size_t newline = all.rfind('\n', error);
    const std::string_view place = all.substr(0, error).substr(newline == std::string_view::npos ? 0 : newline + 1);
    if (place.starts_with(kCommandsFile) && place.substr(kCommandsFile.size()).starts_with(":")) {
      std::from_chars(place.data() + kCommandsFile.size() + 1, place.data() + place.size(), refusal.line);
    }
  }
  if (refusal.message.empty()) refusal.message = "nft gave no reason";
  refusal.text = std::move(text);
  return refusal;
}

constexpr int kLoaded = 0;
constexpr int kRefused = 1;
constexpr int kCannotOpen = 2;

/// Its exit code. nft 1.0.6 asserts its way out of some rulesets, which must not take the lab down. Nothing else is
/// left open there: libnftables waits with select(), which ends the process when its socket is number 1024 or above.
int load_in_child(int commands, int said) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(said, STDERR_FILENO);
  ::dup2(commands, kCommandsFd);
  ::syscall(SYS_close_range, kCommandsFd + 1, ~0U, 0);
  const Context context = open_context();
  if (!context) return kCannotOpen;
  if (nft_run_cmd_from_filename(context.get(), kCommandsFile.data()) == 0) return kLoaded;
  const std::string_view text = nft_ctx_get_error_buffer(context.get());
  const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  return written == static_cast<ssize_t>(text.size()) ? kRefused : kCannotOpen;
}

}  // namespace

std::optional<NftRefusal> nft_load(const std::string& commands) {
  // From a file: what is wrong in a buffer has no line in nft's messages.
  const auto memory = memory_file("fwbench-nft", std::as_bytes(std::span(commands)));
  const auto said = memory_file("fwbench-nft-said", {});
  if (!memory) return cannot_ask(memory.error().to_string());
  if (!said) return cannot_ask(said.error().to_string());
  const pid_t pid = ::fork();
  if (pid < 0) return cannot_ask(fmt::format("cannot start a process: {}", std::strerror(errno)));
  if (pid == 0) ::_exit(load_in_child(memory->get(), said->get()));
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return cannot_ask("its process was lost");
  }
  std::string text = read_memory_file(said->get());
  if (WIFSIGNALED(status)) {
    const std::string reason = text.substr(0, text.find('\n'));
    return NftRefusal{.message = fmt::format("nft itself ends with signal {} on it: {}", WTERMSIG(status), reason),
                      .text = std::move(text)};
  }
  if (WEXITSTATUS(status) == kLoaded) return std::nullopt;
  if (WEXITSTATUS(status) == kCannotOpen) return cannot_ask("cannot open libnftables");
  return read_refusal(std::move(text));
}

std::string nft_version() {
  constexpr std::string_view kVersion = "\"version\": \"";
  const Context context = open_context();
  if (!context) return {};
  nft_ctx_output_set_flags(context.get(), NFT_CTX_OUTPUT_JSON);
  const int status = nft_run_cmd_from_buffer(context.get(), "list tables");
  const std::string output = nft_ctx_get_output_buffer(context.get());
  const size_t at = output.find(kVersion);
  if (status != 0 || at == std::string::npos) return {};
  const size_t begin = at + kVersion.size();
  return output.substr(begin, output.find('"', begin) - begin);
}

tl::unexpected<Error> refused(const Policy& policy, const NftRefusal& refusal) {
  if (refusal.kind != ErrorKind::unsupported) return fail(refusal.kind, "cannot ask nft: {}", refusal.message);
  const auto lines = 1 + std::count(policy.text.begin(), policy.text.end(), '\n');
  if (refusal.line < 1 || refusal.line > lines) {
    return fail(ErrorKind::unsupported, "cannot run this policy: nft: {}", refusal.message);
  }
  return cannot_run(policy, refusal.line, fmt::format("nft: {}", refusal.message));
}

}  // namespace fwbench
