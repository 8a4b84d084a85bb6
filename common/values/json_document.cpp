// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/json_document.h"

#include <algorithm>
#include <utility>

#include "values/error.h"
#include "values/text.h"
#include "values/trim.h"

namespace airforce {
namespace {

// The API's own answers nest four deep.
constexpr int kDeepestNesting = 64;
// Every integer of so many digits fits an int64.
constexpr std::size_t kMaxInteger = 18;

Error protocol_error(const std::string& message) {
  return Error(ErrorKind::Protocol, Step::Follow, message);
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
  const std::string valid = valid_utf8(without_byte_order_mark(text));
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
  return type == G_TYPE_BOOLEAN ? "a boolean" : "a number";
}

}  // namespace airforce
