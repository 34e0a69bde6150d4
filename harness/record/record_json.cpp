// SPDX-License-Identifier: BSD-2-Clause
#include "record/record_json.h"

#include "record/json_io.h"
#include "record/record_fields.h"

namespace fwbench {
namespace {

using json_io::Json;

/// Deeper documents are not records; and following them down could exhaust the stack.
constexpr int kMaxDepth = 32;

constexpr auto kReplaceBadUtf8 = Json::error_handler_t::replace;

/// One line for each member of the outer `levels`, whole values below: files that people can read, search and diff.
void dump_lines(const Json& node, int levels, const std::string& indent, std::string& out) {
  if (levels == 0 || !node.is_structured() || node.empty()) {
    out += node.dump(-1, ' ', false, kReplaceBadUtf8);
    return;
  }
  const std::string deeper = indent + " ";
  out += node.is_object() ? "{" : "[";
  const char* separator = "\n";
  for (const auto& [key, child] : node.items()) {
    out += separator;
    out += deeper;
    if (node.is_object()) out += Json(key).dump(-1, ' ', false, kReplaceBadUtf8) + ": ";
    dump_lines(child, levels - 1, deeper, out);
    separator = ",\n";
  }
  out += "\n" + indent + (node.is_object() ? "}" : "]");
}

/// nlohmann's parser with its exceptions turned into an Error.
Result<Json> parse_json(std::string_view text) {
  bool too_deep = false;
  const auto limit_depth = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kMaxDepth;
    return depth <= kMaxDepth;
  };
  try {
    Json document = Json::parse(text, limit_depth);
    if (too_deep) return fail(ErrorKind::usage, "not a fwbench record: nested deeper than {} levels", kMaxDepth);
    return document;
  } catch (const Json::parse_error& error) {
    return fail(ErrorKind::usage, "not a fwbench record: JSON syntax error at byte {}{}", error.byte,
                error.byte > text.size() ? " (the file ends too early)" : "");
  } catch (const Json::exception& error) {
    return fail(ErrorKind::usage, "not a fwbench record: {}", error.what());
  }
}

Result<void> check_version(const Json& document) {
  if (!document.is_object() || !document.contains("schema_version") ||
      !document["schema_version"].is_number_integer()) {
    return fail(ErrorKind::usage, "not a fwbench record: it has no \"schema_version\"");
  }
  const auto& version = document["schema_version"];
  if (version != kRecordSchemaVersion) {
    return with_remedy(fail(ErrorKind::usage, "the record has schema version {}, this fwbench reads version {}",
                            version.dump(), kRecordSchemaVersion),
                       "read it with the version of fwbench that wrote it, or a later one");
  }
  return {};
}

}  // namespace

std::string_view purpose_name(TrialPurpose purpose) {
  for (const auto& [value, name] : json_io::kPurposes) {
    if (value == purpose) return name;
  }
  return "?";
}

std::string record_to_json(const Record& record) {
  Json document;
  json_io::JsonWriter io(document);
  fields(io, record);
  std::string text;
  dump_lines(document, 3, "", text);
  return text + "\n";
}

Result<Record> record_from_json(std::string_view text) {
  auto document = parse_json(text);
  if (!document) return tl::unexpected<Error>(std::move(document).error());
  FWBENCH_TRY(check_version(*document));
  Record record;
  std::optional<json_io::Problem> problem;
  json_io::JsonReader io(*document, Json::json_pointer(), problem);
  fields(io, record);
  if (problem) {
    // As a JSON string: keys of a foreign file may hold anything, and this goes to a terminal.
    return fail(ErrorKind::usage, "not a valid fwbench record: {} {}",
                Json(problem->path.to_string()).dump(-1, ' ', true, kReplaceBadUtf8), problem->what);
  }
  return record;
}

}  // namespace fwbench
