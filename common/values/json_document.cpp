// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/json_document.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "values/error.h"
#include "values/text.h"

namespace airforce {
namespace {

// The API's own answers nest four deep.
constexpr int kDeepestNesting = 64;
// Every integer of so many digits fits an int64.
constexpr std::size_t kMaxInteger = 18;

Error protocol_error(const std::string& message) {
  return Error(ErrorKind::Protocol, Step::Follow, message);
}

Error wrong_type(const std::string& path, const char* expected, JsonNode* node) {
  return protocol_error("the field '" + path + "' of the answer is " + json_type_name(node) +
                        " where " + expected + " is expected");
}

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

// Copies `text` for json-glib, with integers that would overflow made doubles. Throws for what must
// not reach it.
class Guard {
 public:
  explicit Guard(const std::string& text) : text_(text) { out_.reserve(text.size()); }

  std::string copy() {
    while (at_ < text_.size()) {
      const char character = text_[at_];
      if (character == '"') {
        string();
      } else if (is_digit(character)) {
        number();
      } else {
        punctuation(character);
      }
    }
    return std::move(out_);
  }

 private:
  void string() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size()) throw protocol_error("the answer is JSON that is cut off");
    take(end + 1 - at_);
  }

  void number() {
    const std::size_t end = std::min(text_.find_first_not_of("0123456789.eE+-", at_), text_.size());
    const std::string_view token(text_.data() + at_, end - at_);
    const std::size_t digits = std::min(token.find_first_not_of("0123456789"), token.size());
    if (digits > 1 && token.front() == '0')
      throw protocol_error("the answer is not JSON: a number starts with 0");
    const bool would_wrap = digits == token.size() && digits > kMaxInteger;
    take(token.size());
    if (would_wrap) out_ += ".0";
  }

  void punctuation(char character) {
    static constexpr std::string_view kAllowed = "{}[]:,-. \t\r\ntruefalsn";
    if (kAllowed.find(character) == std::string_view::npos)
      throw protocol_error("the answer is not JSON");
    if (character == '{' || character == '[') ++depth_;
    if (character == '}' || character == ']') --depth_;
    if (depth_ > kDeepestNesting) throw protocol_error("the answer is JSON that nests too deeply");
    take(1);
  }

  void take(std::size_t count) {
    out_.append(text_, at_, count);
    at_ += count;
  }

  const std::string& text_;
  std::string out_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

JsonNodePtr parse_json(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark)
    text.remove_prefix(kByteOrderMark.size());
  const std::string valid = valid_utf8(text);
  const std::size_t first = valid.find_first_not_of(" \t\r\n");
  if (first == std::string::npos)
    throw protocol_error("the answer is empty where JSON is expected");
  if (valid[first] == '<') throw protocol_error("the answer is a web page where JSON is expected");
  const std::string guarded = Guard(valid).copy();
  const GObjectPtr<JsonParser> parser(json_parser_new_immutable());
  GErrorSlot error;
  // The parser's own message quotes the text: it isn't shown.
  if (!json_parser_load_from_data(parser.get(), guarded.c_str(),
                                  static_cast<gssize>(guarded.size()), error)) {
    throw protocol_error("the answer is not JSON, or is cut off");
  }
  JsonNodePtr root(json_parser_steal_root(parser.get()));
  if (!root) throw protocol_error("the answer is empty where JSON is expected");
  return root;
}

const char* json_type_name(JsonNode* node) {
  switch (json_node_get_node_type(node)) {
    case JSON_NODE_OBJECT: return "an object";
    case JSON_NODE_ARRAY: return "an array";
    case JSON_NODE_NULL: return "null";
    case JSON_NODE_VALUE: break;
  }
  const GType type = json_node_get_value_type(node);
  if (type == G_TYPE_STRING) return "a string";
  if (type == G_TYPE_BOOLEAN) return "a boolean";
  return "a number";
}

JsonFields::JsonFields(JsonNode* node, std::string path)
    : object_(nullptr), path_(std::move(path)) {
  if (!JSON_NODE_HOLDS_OBJECT(node)) {
    if (path_.empty())
      throw protocol_error(std::string("the answer is ") + json_type_name(node) +
                           " where an object is expected");
    throw wrong_type(path_, "an object", node);
  }
  object_ = json_node_get_object(node);
}

std::string JsonFields::path_of(const char* name) const {
  return path_.empty() ? name : path_ + "." + name;
}

JsonNode* JsonFields::node(const char* name) const {
  JsonNode* member = json_object_get_member(object_, name);
  return member == nullptr || JSON_NODE_HOLDS_NULL(member) ? nullptr : member;
}

std::string JsonFields::string(const char* name) const {
  JsonNode* member = node(name);
  if (member == nullptr) return {};
  if (!JSON_NODE_HOLDS_VALUE(member) || json_node_get_value_type(member) != G_TYPE_STRING) {
    throw wrong_type(path_of(name), "a string", member);
  }
  return json_node_get_string(member);
}

std::optional<double> JsonFields::number(const char* name) const {
  JsonNode* member = node(name);
  if (member == nullptr) return std::nullopt;
  const GType type =
      JSON_NODE_HOLDS_VALUE(member) ? json_node_get_value_type(member) : G_TYPE_INVALID;
  if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
    throw wrong_type(path_of(name), "a number", member);
  const double value = json_node_get_double(member);
  if (!std::isfinite(value))
    throw protocol_error("the field '" + path_of(name) + "' of the answer is too large a number");
  return value;
}

std::optional<std::int64_t> JsonFields::integer(const char* name) const {
  const std::optional<double> value = number(name);
  if (!value) return std::nullopt;
  constexpr double kExact = 9007199254740992;  // 2^53: beyond it a double isn't every whole number
  if (std::trunc(*value) != *value || std::abs(*value) > kExact) {
    throw protocol_error("the field '" + path_of(name) +
                         "' of the answer is not a whole number that makes sense");
  }
  return static_cast<std::int64_t>(*value);
}

std::optional<std::int64_t> JsonFields::clamped(const char* name, std::int64_t minimum,
                                                std::int64_t maximum) const {
  const std::optional<double> value = number(name);
  if (!value) return std::nullopt;
  return static_cast<std::int64_t>(
      std::clamp(std::trunc(*value), static_cast<double>(minimum), static_cast<double>(maximum)));
}

std::vector<std::string> JsonFields::strings(const char* name) const {
  JsonNode* member = node(name);
  if (member == nullptr) return {};
  if (!JSON_NODE_HOLDS_ARRAY(member)) throw wrong_type(path_of(name), "an array", member);
  JsonArray* array = json_node_get_array(member);
  std::vector<std::string> values;
  for (guint i = 0; i < json_array_get_length(array); ++i) {
    JsonNode* element = json_array_get_element(array, i);
    if (!JSON_NODE_HOLDS_VALUE(element) || json_node_get_value_type(element) != G_TYPE_STRING) {
      throw wrong_type(path_of(name) + "[" + std::to_string(i) + "]", "a string", element);
    }
    values.emplace_back(json_node_get_string(element));
  }
  return values;
}

std::optional<JsonFields> JsonFields::object(const char* name) const {
  JsonNode* member = node(name);
  if (member == nullptr) return std::nullopt;
  return JsonFields(member, path_of(name));
}

}  // namespace airforce
