// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/nft_library.h"

#include <nftables/libnftables.h>

#include <algorithm>
#include <charconv>
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

NftRefusal cannot_ask(std::string why) {
  return {.kind = ErrorKind::environment, .message = why, .text = why};
}

/// "FILE:3:5-20: Error: syntax error, unexpected foo" and the line with its caret below it.
NftRefusal read_refusal(std::string text, const std::string& file) {
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
    if (place.starts_with(file + ":")) {
      std::from_chars(place.data() + file.size() + 1, place.data() + place.size(), refusal.line);
    }
  }
  if (refusal.message.empty()) refusal.message = "nft gave no reason";
  refusal.text = std::move(text);
  return refusal;
}

}  // namespace

std::optional<NftRefusal> nft_load(const std::string& commands) {
  const Context context = open_context();
  if (!context) return cannot_ask("cannot open libnftables");
  // From a file: what is wrong in a buffer has no line in nft's messages.
  const auto memory = memory_file("fwbench-nft", std::as_bytes(std::span(commands)));
  if (!memory) return cannot_ask(memory.error().to_string());
  const std::string file = fmt::format("/proc/self/fd/{}", memory->get());
  if (nft_run_cmd_from_filename(context.get(), file.c_str()) == 0) return std::nullopt;
  return read_refusal(nft_ctx_get_error_buffer(context.get()), file);
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
