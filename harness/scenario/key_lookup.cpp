// SPDX-License-Identifier: BSD-2-Clause
/// What others ask of the key table.
#include <algorithm>

#include "scenario/keys.h"

namespace fwbench {

bool is_named_kind(std::string_view section) {
  return section == "class" || section == "ratio";
}

bool is_header_field(const Key& key) {
  constexpr KeyType kTypes[] = {KeyType::protocol, KeyType::addresses, KeyType::ports, KeyType::icmp_types,
                                KeyType::tcp_flags};
  return key.section == "class" &&
         (key.name == "ip" || std::find(std::begin(kTypes), std::end(kTypes), key.type) != std::end(kTypes));
}

const Key* find_key(std::string_view section, std::string_view name) {
  const std::span<const Key> all = all_keys();
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const Key& k) { return k.section == section && k.name == name; });
  return at == all.end() ? nullptr : &*at;
}

}  // namespace fwbench
