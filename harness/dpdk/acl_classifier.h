// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// DPDK's rte_acl as a classifier of frames. Needs an initialised EAL (eal.h), whose heap holds the tables.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "dpdk/acl_key.h"
#include "dpdk/acl_rules.h"
#include "engine/classifier.h"

struct rte_acl_ctx;

namespace fwbench {

class AclClassifier {
 public:
  /// @param max_bytes for the tables of one list: rte_acl trades memory for speed up to there, and gives up beyond.
  /// @param fallback decides what is for no list; of the same policy, and for as long as this object.
  /// Errors: ErrorKind::unsupported when the rules need more memory than that.
  [[nodiscard]] static Result<AclClassifier> open(const AclPolicy& policy, Classifier fallback, size_t max_bytes);

  /// Decides up to kClassifyBatch frames; bit i of the result is set when frames[i] may pass. One thread at a time.
  [[nodiscard]] uint64_t classify(std::span<const FrameView> frames);

  /// Frames that were for no list since open().
  [[nodiscard]] uint64_t by_fallback() const { return by_fallback_; }

 private:
  struct Free {
    void operator()(rte_acl_ctx* context) const;
  };
  using Context = std::unique_ptr<rte_acl_ctx, Free>;

  /// Frames of one list out of a batch, with their places in it.
  struct List {
    std::array<AclKey, kClassifyBatch> keys;
    std::array<const uint8_t*, kClassifyBatch> data;
    std::array<uint8_t, kClassifyBatch> places;
    uint32_t count = 0;
  };

  AclClassifier(Context ipv4, Context ipv6, const AclPolicy& policy, Classifier fallback);

  [[nodiscard]] static Result<Context> build(const char* name, const AclTable& table, size_t max_bytes);
  [[nodiscard]] uint64_t classify_list(const Context& context, const List& list) const;

  Context ipv4_;  ///< null: no rule meets such a frame
  Context ipv6_;
  AclKeyShape shape_;
  bool default_accepts_;
  Classifier fallback_;
  std::vector<uint64_t> fallback_hits_;
  uint64_t by_fallback_ = 0;
  std::unique_ptr<std::array<List, 2>> lists_;
};

}  // namespace fwbench
