// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// A JSON schema (draft 7) to hold documents against. For tests only.

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/result.h"

namespace valijson {
class Schema;
}

namespace fwbench {

class JsonSchema {
 public:
  [[nodiscard]] static Result<JsonSchema> load(const std::string& file);
  /// "" when the document obeys the schema.
  [[nodiscard]] std::string complaints(const nlohmann::json& document) const;

 private:
  explicit JsonSchema(std::shared_ptr<const valijson::Schema> schema) : schema_(std::move(schema)) {}

  std::shared_ptr<const valijson::Schema> schema_;
};

}  // namespace fwbench
