// SPDX-License-Identifier: BSD-2-Clause
#include "netfilter/nft_session.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "netfilter/nft_ruleset.h"

namespace fwbench {
namespace {

/// "<cmdline>:3:5-20: Error: syntax error, unexpected foo" and the line with its caret below it.
NftRefusal read_refusal(std::string text) {
  constexpr std::string_view kError = ": Error: ";
  NftRefusal refusal;
  const std::string_view all = text;
  const size_t error = all.find(kError);
  const size_t begin = error == std::string_view::npos ? 0 : error + kError.size();
  const size_t end = std::min(all.find('\n', begin), all.size());
  refusal.message = all.substr(begin, end - begin);
  if (error != std::string_view::npos) {
    const size_t line_start = all.rfind('\n', error) == std::string_view::npos ? 0 : all.rfind('\n', error) + 1;
    const size_t colon = all.find(':', line_start);
    if (colon < error) std::from_chars(text.data() + colon + 1, text.data() + error, refusal.line);
  }
  if (refusal.message.empty()) refusal.message = "nft gave no reason";
  refusal.text = std::move(text);
  return refusal;
}

}  // namespace

Result<NftSession> NftSession::open() {
  NftSession session(nft_ctx_new(NFT_CTX_DEFAULT));
  nft_ctx* const context = session.context_.get();
  if (context == nullptr || nft_ctx_buffer_error(context) != 0 || nft_ctx_buffer_output(context) != 0) {
    return fail(ErrorKind::environment, "cannot open libnftables");
  }
  // What a policy includes is in its text already (policy/include.h).
  nft_ctx_clear_include_paths(context);
  return session;
}

std::optional<NftRefusal> NftSession::run(const std::string& commands) {
  const int status = nft_run_cmd_from_buffer(context_.get(), commands.c_str());
  // Reading a buffer empties it.
  static_cast<void>(nft_ctx_get_output_buffer(context_.get()));
  std::string text = nft_ctx_get_error_buffer(context_.get());
  if (status == 0) return std::nullopt;
  return read_refusal(std::move(text));
}

std::string NftSession::version() {
  constexpr std::string_view kVersion = "\"version\": \"";
  const unsigned flags = nft_ctx_output_get_flags(context_.get());
  nft_ctx_output_set_flags(context_.get(), flags | NFT_CTX_OUTPUT_JSON);
  const int status = nft_run_cmd_from_buffer(context_.get(), "list tables");
  const std::string output = nft_ctx_get_output_buffer(context_.get());
  static_cast<void>(nft_ctx_get_error_buffer(context_.get()));
  nft_ctx_output_set_flags(context_.get(), flags);
  const size_t at = output.find(kVersion);
  if (status != 0 || at == std::string::npos) return {};
  const size_t begin = at + kVersion.size();
  return output.substr(begin, output.find('"', begin) - begin);
}

tl::unexpected<Error> refused(const Policy& policy, const NftRefusal& refusal) {
  const auto lines = 1 + std::count(policy.text.begin(), policy.text.end(), '\n');
  if (refusal.line < 1 || refusal.line > lines) {
    return fail(ErrorKind::unsupported, "cannot run this policy: nft: {}", refusal.message);
  }
  return cannot_run(policy, refusal.line, fmt::format("nft: {}", refusal.message));
}

}  // namespace fwbench
