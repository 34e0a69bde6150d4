// SPDX-License-Identifier: BSD-2-Clause
#include "doctor/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace fwbench {
namespace {

std::string_view name_of(Check::Status status) {
  switch (status) {
    case Check::Status::ok:
      return "ok";
    case Check::Status::warn:
      return "warn";
    case Check::Status::fail:
      return "fail";
  }
  return "fail";
}

std::string_view color_of(Check::Status status) {
  switch (status) {
    case Check::Status::ok:
      return "\033[32m";
    case Check::Status::warn:
      return "\033[33m";
    case Check::Status::fail:
      return "\033[31m";
  }
  return "";
}

std::string plural(std::ptrdiff_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string verdict_line(const std::vector<Check>& checks) {
  const auto count = [&](Check::Status status) { return std::ranges::count(checks, status, &Check::status); };
  return fmt::format("{}, {}: fwbench {} run here.\n", plural(count(Check::Status::fail), "failure"),
                     plural(count(Check::Status::warn), "warning"), can_run(checks) ? "can" : "cannot");
}

}  // namespace

bool can_run(const std::vector<Check>& checks) {
  return std::ranges::none_of(checks, [](const Check& c) { return c.required && c.status == Check::Status::fail; });
}

std::string render_checks(const std::vector<Check>& checks, bool color) {
  size_t width = 0;
  for (const Check& check : checks) width = std::max(width, check.title.size());

  std::string text;
  for (const Check& check : checks) {
    text += fmt::format("{}{:<4}{}  {:<{}}  {}\n", color ? color_of(check.status) : "", name_of(check.status),
                        color ? "\033[0m" : "", check.title, width, check.detail);
    if (!check.remedy.empty()) text += fmt::format("{:6}{:<{}}  -> {}\n", "", "", width, check.remedy);
  }
  return text + "\n" + verdict_line(checks);
}

std::string checks_to_json(const std::vector<Check>& checks) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Check& check : checks) {
    nlohmann::ordered_json item = {{"id", check.id},
                                   {"title", check.title},
                                   {"status", name_of(check.status)},
                                   {"required", check.required},
                                   {"detail", check.detail}};
    if (!check.remedy.empty()) item["remedy"] = check.remedy;
    list.push_back(std::move(item));
  }
  const nlohmann::ordered_json all = {{"can_run", can_run(checks)}, {"checks", std::move(list)}};
  // replace: a kernel or tool message that is not UTF-8 must not cost us the whole answer.
  return all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace fwbench
