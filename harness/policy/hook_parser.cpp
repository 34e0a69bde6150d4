// SPDX-License-Identifier: BSD-2-Clause
#include "policy/hook_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace fwbench {
namespace {

constexpr auto kNetdevHooks = std::to_array<std::string_view>({"ingress"});
constexpr auto kInetHooks = std::to_array<std::string_view>({"ingress", "prerouting", "forward", "input"});
constexpr auto kIpHooks = std::to_array<std::string_view>({"prerouting", "forward", "input"});

std::span<const std::string_view> hooks_of(std::string_view family) {
  if (family == "netdev") return kNetdevHooks;
  if (family == "inet") return kInetHooks;
  return kIpHooks;
}

}  // namespace

bool HookParser::error_at(const Token& token, std::string message, std::string hint) {
  source_.error(token.pos(), std::move(message), std::move(hint));
  return false;
}

bool HookParser::expected(const Cursor& cursor, std::string_view what, std::string hint) {
  return error_at(cursor.peek(), fmt::format("expected {}, got {}", what, cursor.peek().quoted_name()),
                  std::move(hint));
}

bool HookParser::parse(Cursor& cursor) {
  if (!cursor.accept_word("filter")) {
    return expected(cursor, "'filter'", "supported: type filter hook ingress device \"d0\" priority 0");
  }
  return parse_hook(cursor) && parse_priority(cursor);
}

bool HookParser::parse_hook(Cursor& cursor) {
  if (!cursor.accept_word("hook")) return expected(cursor, "'hook'");
  const Token hook = cursor.take();
  const auto hooks = hooks_of(family_);
  if (std::find(hooks.begin(), hooks.end(), hook.raw) == hooks.end()) {
    return error_at(hook, fmt::format("unsupported hook {}", hook.quoted_name()),
                    fmt::format("supported in a table of family {}: {}", family_, fmt::join(hooks, ", ")));
  }
  return !hook.is_word("ingress") || parse_device(cursor);
}

bool HookParser::parse_device(Cursor& cursor) {
  if (cursor.accept_word("devices")) {
    return error_at(cursor.peek(), "several devices are not supported", "supported: device \"d0\"");
  }
  if (!cursor.accept_word("device"))
    return expected(cursor, "'device'", "an ingress hook belongs to a device: device \"d0\"");
  const Token device = cursor.take();
  if (device.kind == TokenKind::variable) {
    if (defines_.contains(device.text())) return true;
    return error_at(device, fmt::format("'{}' is not defined", device.raw), "define it before it is used");
  }
  if (device.kind != TokenKind::word && device.kind != TokenKind::quoted) {
    return error_at(device, fmt::format("expected a device's name, got {}", device.quoted_name()));
  }
  if (device.text() != "d0") {
    source_.warning(
        device.pos(), fmt::format("the device is '{}'", device.text()),
        "the lab's device under test receives on 'd0': nft can load this policy there under that name only");
  }
  return true;
}

bool HookParser::parse_priority(Cursor& cursor) {
  if (!cursor.accept_word("priority")) return expected(cursor, "'priority'");
  cursor.accept("-");
  const Token value = cursor.take();
  if (value.kind == TokenKind::variable) {
    if (defines_.contains(value.text())) return true;
    return error_at(value, fmt::format("'{}' is not defined", value.raw), "define it before it is used");
  }
  if (value.kind != TokenKind::word || (!parse_number(value.raw) && value.raw != "filter" && value.raw != "raw")) {
    return error_at(value, fmt::format("expected a priority, got {}", value.quoted_name()), "a number, or 'filter'");
  }
  if (cursor.accept("+") || cursor.accept("-")) {
    const Token offset = cursor.take();
    if (!parse_number(offset.raw))
      return error_at(offset, fmt::format("expected a number, got {}", offset.quoted_name()));
  }
  return true;
}

}  // namespace fwbench
