// SPDX-License-Identifier: BSD-2-Clause
#include "record/json_schema.h"

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "core/file.h"

namespace fwbench {

Result<JsonSchema> JsonSchema::load(const std::string& file) {
  const auto text = read_file(file);
  if (!text) return tl::unexpected(text.error());
  const auto document = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) return fail(ErrorKind::usage, "{} is no JSON", file);
  auto schema = std::make_shared<valijson::Schema>();
  valijson::SchemaParser(valijson::SchemaParser::kDraft7)
      .populateSchema(valijson::adapters::NlohmannJsonAdapter(document), *schema);
  return JsonSchema(std::move(schema));
}

std::string JsonSchema::complaints(const nlohmann::json& document) const {
  valijson::ValidationResults results;
  valijson::Validator validator;
  if (validator.validate(*schema_, valijson::adapters::NlohmannJsonAdapter(document), &results)) return "";
  std::string all = "refused:";
  for (valijson::ValidationResults::Error error; results.popError(error);) {
    for (const std::string& part : error.context) all += part;
    all += ": " + error.description + "\n";
  }
  return all;
}

}  // namespace fwbench
