// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// The Record as JSON (CONTRACT: results/schema/record.v1.json) and back.

#include <string>
#include <string_view>

#include "core/result.h"
#include "record/record.h"

namespace fwbench {

/// Never fails. Numbers that do not exist, or are not finite, leave no member behind; bytes that are not UTF-8 become
/// U+FFFD. A plan_json that is not a JSON object leaves no "plan" behind, which the schema then refuses.
[[nodiscard]] std::string record_to_json(const Record& record);

/// The exact inverse: every member, every bit of every number; plan_json comes back as compact JSON text.
/// Errors (ErrorKind::usage) for any text that is not a record of this schema version: a syntax error with its byte
/// offset, a wrong or missing member with its JSON pointer. Members it does not know are ignored.
[[nodiscard]] Result<Record> record_from_json(std::string_view text);

/// "mrr", "delay_load", ...: as in the JSON.
[[nodiscard]] std::string_view purpose_name(TrialPurpose purpose);

}  // namespace fwbench
