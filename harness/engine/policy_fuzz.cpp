// SPDX-License-Identifier: BSD-2-Clause
/// Any text as a policy. One that parses is compiled, and the classifier and the oracle must say the same of frames at
/// the borders of its intervals and of random ones.

#include <string_view>

#include "core/fuzz.h"
#include "engine/image.h"
#include "engine/testing.h"
#include "policy/oracle.h"

namespace {

using namespace fwbench;  // NOLINT: a program of one function

/// Larger ones only take longer.
constexpr size_t kMaxRules = 2000;
constexpr size_t kMaxFrames = 256;
constexpr int kRandomFrames = 64;

void compare(const Policy& policy, const Classifier& classifier, const testing::TestFrame& frame) {
  std::vector<uint64_t> hits(policy.rules.size() + 1);
  const FrameView view = testing::view(frame);
  const bool passes = classifier.classify({&view, 1}, hits) != 0;
  fuzz_require(passes == (judge_frame(policy, frame).verdict == Verdict::accept),
               "the classifier and the oracle differ");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const ParsedPolicy parsed = parse_policy(text, "fuzz.nft");
  static_cast<void>(render(parsed.diagnostics, false));
  if (!parsed.policy || parsed.policy->rules.size() > kMaxRules) return 0;
  const auto image = compile_policy(*parsed.policy);
  if (!image) return 0;
  const auto classifier = Classifier::open(image->bytes());
  fuzz_require(classifier.has_value(), "compile_policy() made what Classifier::open() refuses");
  std::vector<testing::TestFrame> frames = testing::boundary_frames(*parsed.policy);
  if (frames.size() > kMaxFrames) frames.resize(kMaxFrames);
  testing::Random random(std::hash<std::string_view>{}(text));
  for (int i = 0; i < kRandomFrames; ++i) frames.push_back(testing::random_frame(random));
  for (const testing::TestFrame& frame : frames) compare(*parsed.policy, *classifier, frame);
  return 0;
}
