// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// What the matches of a rule say about its headers so far; nft decides by it which matches to add of its own
/// (nftables src/payload.c, payload_gen_dependency).

#include <optional>
#include <string_view>
#include <vector>

#include "policy/expression.h"
#include "policy/policy.h"
#include "policy/source.h"
#include "policy/value.h"

namespace fwbench {

class Layers {
 public:
  /// @param family of the table: a chain of ip or ip6 knows its packets.
  Layers(Source& source, std::string_view family);

  /// Adds the matches that the expression depends on; reports a contradiction.
  [[nodiscard]] bool require(const Expression& expression, SourcePos pos, std::vector<Match>& matches);

  /// The rule now says that the expression is equal to one of the elements.
  void learn(const Expression& expression, const std::vector<Element>& elements, bool is_set);

 private:
  struct Layer {
    bool known = false;
    bool several = false;  ///< known to be one of a set
    uint16_t value = 0;
  };
  /// Where the EtherType of what is inside is asked for.
  enum class Link : uint8_t { any, ethernet, vlan };

  [[nodiscard]] bool need(Layer& layer, Field field, uint16_t value, const Expression& expression, SourcePos pos,
                          std::vector<Match>& matches);
  [[nodiscard]] bool need_network(uint16_t value, const Expression& expression, SourcePos pos,
                                  std::vector<Match>& matches);
  [[nodiscard]] bool need_vlan(const Expression& expression, SourcePos pos, std::vector<Match>& matches);

  Source* source_;
  Link link_ = Link::any;
  Layer network_;
  Layer transport_;
};

}  // namespace fwbench
