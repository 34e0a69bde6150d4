// SPDX-License-Identifier: BSD-2-Clause
#pragma once
/// JSON from plain structs and back, each member named once: a struct lists its members in a function
/// `fields(io, value)`, and both JsonWriter and JsonReader are such an `io`. Internal to the record module.

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fwbench::json_io {

/// Keeps members in the order they are listed, as people want to read them.
using Json = nlohmann::ordered_json;

/// T or const T.
template <typename T, typename Plain>
concept Is = std::same_as<std::remove_const_t<T>, Plain>;

/// The first thing wrong with a document: where (JSON pointer, RFC 6901) and what.
struct Problem {
  Json::json_pointer path;
  std::string what;
};

// ---- writing -------------------------------------------------------------------------------------------------------

/// Writes one value. write() answers false for a value that does not exist (empty optional, not a finite number).
class JsonWriter {
 public:
  explicit JsonWriter(Json& node) : node_(node) {}

  [[nodiscard]] Json& node() { return node_; }

  /// A value that does not exist leaves no member behind.
  template <typename T>
  void operator()(const std::string& key, const T& value);

  /// A nested object whose members belong to the same struct.
  template <typename Body>
  void object(const char* key, Body&& body) {
    JsonWriter nested(node_[key]);
    body(nested);
  }

  /// Text that is a JSON object already; anything else leaves no member behind.
  void embed(const char* key, const std::string& text) {
    Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (value.is_object()) node_[key] = std::move(value);
  }

 private:
  Json& node_;
};

template <typename T>
bool write(JsonWriter& out, const std::vector<T>& values);
template <typename T>
bool write(JsonWriter& out, const std::map<std::string, T>& values);

template <typename T>
requires std::integral<T> || std::same_as<T, std::string>
bool write(JsonWriter& out, const T& value) {
  out.node() = value;
  return true;
}

inline bool write(JsonWriter& out, double value) {
  out.node() = value;
  return std::isfinite(value);
}

template <typename T>
requires requires(JsonWriter& io, const T& value) {
  fields(io, value);
}
bool write(JsonWriter& out, const T& value) {
  fields(out, value);
  return true;
}

template <typename T>
bool write(JsonWriter& out, const std::optional<T>& value) {
  return value && write(out, *value);
}

template <typename T>
bool write(JsonWriter& out, const std::vector<T>& values) {
  out.node() = Json::array();
  for (const T& value : values) {
    Json element;
    JsonWriter io(element);
    if (write(io, value)) out.node().push_back(std::move(element));
  }
  return true;
}

template <typename T>
bool write(JsonWriter& out, const std::map<std::string, T>& values) {
  out.node() = Json::object();
  for (const auto& [key, value] : values) out(key, value);
  return true;
}

template <typename T>
void JsonWriter::operator()(const std::string& key, const T& value) {
  Json element;
  JsonWriter io(element);
  if (write(io, value)) node_[key] = std::move(element);
}

// ---- reading -------------------------------------------------------------------------------------------------------

/// Reads one value. After the first problem it does nothing more; members it does not know are left alone, so that
/// later versions may add some.
class JsonReader {
 public:
  JsonReader(const Json& node, Json::json_pointer path, std::optional<Problem>& problem)
      : node_(node), path_(std::move(path)), problem_(problem) {}

  [[nodiscard]] const Json& node() const { return node_; }
  [[nodiscard]] bool failed() const { return problem_.has_value(); }

  void fail(std::string what) {
    if (!problem_) problem_ = Problem{path_, std::move(what)};
  }

  /// False, with the problem noted, when the value is not of this kind.
  bool expect(bool is_so, const char* wanted) {
    if (!is_so) fail(std::string("expected ") + wanted + ", found " + node_.type_name());
    return is_so && !failed();
  }

  template <typename Key>
  [[nodiscard]] JsonReader at(const Json& child, Key&& key) const {
    return JsonReader(child, path_ / std::forward<Key>(key), problem_);
  }

  /// A member that must be there, unless it is a std::optional.
  template <typename T>
  void operator()(const char* key, T& member);

  template <typename Body>
  void object(const char* key, Body&& body) {
    if (const Json* child = find(key, /*required=*/true)) {
      JsonReader nested = at(*child, std::string(key));
      if (nested.expect(child->is_object(), "an object")) body(nested);
    }
  }

  /// The counterpart of JsonWriter::embed: an object as compact text; "" when it is not there.
  void embed(const char* key, std::string& text) {
    text.clear();
    if (const Json* child = find(key, /*required=*/false)) {
      JsonReader nested = at(*child, std::string(key));
      if (nested.expect(child->is_object(), "an object")) text = child->dump();
    }
  }

 private:
  const Json* find(const char* key, bool required) {
    if (failed()) return nullptr;
    const auto found = node_.find(key);
    if (found != node_.end()) return &*found;
    if (required) at(node_, std::string(key)).fail("is missing");
    return nullptr;
  }

  const Json& node_;
  Json::json_pointer path_;
  std::optional<Problem>& problem_;
};

template <typename T>
void read(JsonReader& in, std::vector<T>& values);
template <typename T>
void read(JsonReader& in, std::map<std::string, T>& values);

inline void read(JsonReader& in, bool& value) {
  if (in.expect(in.node().is_boolean(), "true or false")) value = in.node().get<bool>();
}

template <typename T>
requires(std::unsigned_integral<T> && !std::same_as<T, bool>) void read(JsonReader& in, T& value) {
  if (!in.expect(in.node().is_number_unsigned(), "a whole number, not negative")) return;
  const auto number = in.node().get<uint64_t>();
  if (number > std::numeric_limits<T>::max()) return in.fail("is too large");
  value = static_cast<T>(number);
}

template <std::signed_integral T>
void read(JsonReader& in, T& value) {
  if (!in.expect(in.node().is_number_integer(), "a whole number")) return;
  const bool in_range = in.node().is_number_unsigned() ? std::in_range<T>(in.node().get<uint64_t>())
                                                       : std::in_range<T>(in.node().get<int64_t>());
  if (!in_range) return in.fail("is out of range");
  value = in.node().get<T>();
}

inline void read(JsonReader& in, double& value) {
  if (in.expect(in.node().is_number(), "a number")) value = in.node().get<double>();
}

inline void read(JsonReader& in, std::string& value) {
  if (in.expect(in.node().is_string(), "a string")) value = in.node().get<std::string>();
}

template <typename T>
requires requires(JsonReader& io, T& value) {
  fields(io, value);
}
void read(JsonReader& in, T& value) {
  if (in.expect(in.node().is_object(), "an object")) fields(in, value);
}

template <typename T>
void read(JsonReader& in, std::optional<T>& value) {
  read(in, value.emplace());
}

template <typename T>
void read(JsonReader& in, std::vector<T>& values) {
  if (!in.expect(in.node().is_array(), "an array")) return;
  values.clear();
  for (size_t i = 0; i < in.node().size() && !in.failed(); ++i) {
    JsonReader element = in.at(in.node()[i], i);
    read(element, values.emplace_back());
  }
}

template <typename T>
void read(JsonReader& in, std::map<std::string, T>& values) {
  if (!in.expect(in.node().is_object(), "an object")) return;
  values.clear();
  for (const auto& [key, child] : in.node().items()) {
    if (in.failed()) return;
    JsonReader element = in.at(child, key);
    read(element, values[key]);
  }
}

template <typename T>
void JsonReader::operator()(const char* key, T& member) {
  constexpr bool kRequired = !requires {
    member.has_value();
  };
  if constexpr (!kRequired) member.reset();
  if (const Json* child = find(key, kRequired)) {
    JsonReader element = at(*child, std::string(key));
    read(element, member);
  }
}

}  // namespace fwbench::json_io
