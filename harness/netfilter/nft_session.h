// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// nft by its library (libnftables(3)), in this process: no program to start, no file to write.

#include <nftables/libnftables.h>

#include <memory>
#include <optional>
#include <string>

#include "core/result.h"
#include "policy/policy.h"

namespace fwbench {

/// What nft did not like. The kernel's objections have a place too.
struct NftRefusal {
  int line = 0;         ///< of the commands, from 1; 0 when it names none
  std::string message;  ///< "Could not process rule: Operation not supported"
  std::string text;     ///< all that nft said
};

/// Belongs to the network namespace it was opened in; one thread at a time. What it loads outlives it.
class NftSession {
 public:
  /// In the calling thread's namespace.
  [[nodiscard]] static Result<NftSession> open();

  /// Runs commands as `nft -f` does: all of them or none.
  [[nodiscard]] std::optional<NftRefusal> run(const std::string& commands);

  /// Of the library that is loaded: "1.0.6"; empty when it does not say.
  [[nodiscard]] std::string version();

 private:
  struct Free {
    void operator()(nft_ctx* context) const { nft_ctx_free(context); }
  };
  explicit NftSession(nft_ctx* context) : context_(context) {}

  std::unique_ptr<nft_ctx, Free> context_;
};

/// ErrorKind::unsupported with the file and line: nft cannot run the policy there, and says why.
/// @param refusal of a text that has the policy's lines
[[nodiscard]] tl::unexpected<Error> refused(const Policy& policy, const NftRefusal& refusal);

}  // namespace fwbench
