// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/json_value.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <glib.h>

#include "values/error.h"
#include "values/odd.h"
#include "values/text.h"
#include "values/trim.h"

namespace airforce {
namespace {

constexpr gunichar kReplacement = 0xFFFD;

Error bad_json(const std::string& message) {
  return Error(ErrorKind::Protocol, Step::Follow, message);
}

bool is_json_digit(char character) {
  return character >= '0' && character <= '9';
}

void append(std::string& text, gunichar character) {
  char buffer[6];
  text.append(buffer, static_cast<std::size_t>(g_unichar_to_utf8(character, buffer)));
}

// One pass over the text, without recursion in what is skipped.
class Parser {
 public:
  Parser(std::string_view text, const std::vector<std::string_view>& names,
         const JsonLimits& limits)
      : text_(text), names_(names), limits_(limits) {}

  JsonValue document() {
    skip_space();
    if (at_ == text_.size()) throw bad_json("the answer is empty where JSON is expected");
    if (text_[at_] == '<') throw bad_json("the answer is a web page where JSON is expected");
    JsonValue root = value(0);
    skip_space();
    if (at_ != text_.size()) throw syntax_error();
    return root;
  }

 private:
  static Error syntax_error() { return bad_json("the answer is not JSON, or is cut off"); }

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }

  char peek() const {
    if (at_ == text_.size()) throw syntax_error();
    return text_[at_];
  }

  bool take(char character) {
    if (at_ == text_.size() || text_[at_] != character) return false;
    ++at_;
    return true;
  }

  void expect(char character) {
    if (!take(character)) throw syntax_error();
  }

  // A value that is kept, as far as the limits allow.
  JsonValue value(int depth) {
    JsonValue result;
    if (kept_ >= limits_.values || depth >= limits_.depth) {
      report_odd("the answer holds more values, or nests deeper, than is read of it");
      skip();
      return result;
    }
    ++kept_;
    switch (peek()) {
      case '{': object(result, depth); break;
      case '[': array(result, depth); break;
      default: scalar(&result);
    }
    return result;
  }

  void object(JsonValue& result, int depth) {
    result.type = JsonValue::Type::Object;
    expect('{');
    skip_space();
    if (take('}')) return;
    do {
      skip_space();
      const std::optional<std::string_view> known = name();
      skip_space();
      expect(':');
      skip_space();
      if (!known) {
        skip();
      } else {
        result.set(*known, value(depth + 1));
      }
      skip_space();
    } while (take(','));
    expect('}');
  }

  void array(JsonValue& result, int depth) {
    result.type = JsonValue::Type::Array;
    expect('[');
    skip_space();
    if (take(']')) return;
    do {
      skip_space();
      if (kept_ < limits_.values) {
        result.items.push_back(value(depth + 1));
      } else {
        value(depth + 1);
      }
      skip_space();
    } while (take(','));
    expect(']');
  }

  // The member's name as it stands in `names`; unset for any other.
  std::optional<std::string_view> name() {
    const std::size_t begin = at_;
    string(nullptr);
    const std::string_view raw = text_.substr(begin + 1, at_ - begin - 2);
    std::string decoded;
    std::string_view spelled = raw;
    if (raw.find('\\') != std::string_view::npos) {
      at_ = begin;
      string(&decoded);
      spelled = decoded;
    }
    const auto found = std::find(names_.begin(), names_.end(), spelled);
    return found == names_.end() ? std::nullopt : std::optional(*found);
  }

  // Passes over a value, however deep it nests: one bit a level.
  void skip() {
    std::vector<bool> open;  // true: an object
    for (;;) {
      skip_space();
      if (take('{')) {
        skip_space();
        if (!take('}')) {
          open.push_back(true);
          skip_name();
          continue;
        }
      } else if (take('[')) {
        skip_space();
        if (!take(']')) {
          open.push_back(false);
          continue;
        }
      } else {
        scalar(nullptr);
      }
      // A value has ended, and with it perhaps what holds it.
      for (;;) {
        if (open.empty()) return;
        skip_space();
        if (take(',')) {
          if (open.back()) skip_name();
          break;
        }
        expect(open.back() ? '}' : ']');
        open.pop_back();
      }
    }
  }

  void skip_name() {
    skip_space();
    string(nullptr);
    skip_space();
    expect(':');
  }

  void scalar(JsonValue* result) {
    const char first = peek();
    if (first == '"') {
      if (result != nullptr) result->type = JsonValue::Type::String;
      string(result != nullptr ? &result->text : nullptr);
    } else if (first == '-' || is_json_digit(first)) {
      if (first == '-' && word("-Infinity")) return;
      number(result);
    } else if (word("true") || word("false")) {
      if (result == nullptr) return;
      result->type = JsonValue::Type::Boolean;
      result->boolean = first == 't';
    } else if (!word("null") && !word("NaN") && !word("Infinity")) {
      throw syntax_error();
    }
  }

  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }

  void digits() {
    if (at_ == text_.size() || !is_json_digit(text_[at_])) throw syntax_error();
    while (at_ < text_.size() && is_json_digit(text_[at_])) ++at_;
  }

  void number(JsonValue* result) {
    const std::size_t begin = at_;
    take('-');
    const std::size_t whole = at_;
    digits();
    if (text_[whole] == '0' && at_ > whole + 1) throw syntax_error();  // octal, elsewhere
    if (take('.')) digits();
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      digits();
    }
    if (result == nullptr) return;
    result->type = JsonValue::Type::Number;
    result->text = text_.substr(begin, std::min(at_ - begin, limits_.string_bytes));
  }

  void string(std::string* result) {
    expect('"');
    std::string characters;
    for (;;) {
      const std::size_t end = text_.find_first_of("\"\\", at_);
      if (end == std::string_view::npos) throw bad_json("the answer is JSON that is cut off");
      if (result != nullptr) keep(characters, text_.substr(at_, end - at_));
      at_ = end + 1;
      if (text_[end] == '"') break;
      const gunichar character = escape();
      if (result != nullptr && characters.size() < limits_.string_bytes) {
        append(characters, character);
      }
    }
    if (result == nullptr) return;
    *result = g_utf8_validate_len(characters.data(), characters.size(), nullptr) &&
                      characters.find('\0') == std::string::npos
                  ? std::move(characters)
                  : valid_utf8(characters);
  }

  void keep(std::string& characters, std::string_view part) const {
    const std::size_t room =
        limits_.string_bytes - std::min(characters.size(), limits_.string_bytes);
    if (part.size() > room) report_odd("a text in the answer is too long and is cut");
    characters.append(part.substr(0, room));
  }

  // What follows a backslash.
  gunichar escape() {
    const char sign = peek();
    ++at_;
    switch (sign) {
      case '"':
      case '\\':
      case '/': return static_cast<gunichar>(sign);
      case 'b': return '\b';
      case 'f': return '\f';
      case 'n': return '\n';
      case 'r': return '\r';
      case 't': return '\t';
      case 'u': break;
      default: throw syntax_error();
    }
    const gunichar unit = hexadecimal();
    if (unit == 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) return kReplacement;
    if (unit < 0xD800 || unit > 0xDFFF) return unit;
    const std::size_t after = at_;
    if (word("\\u")) {
      const gunichar low = hexadecimal();
      if (low >= 0xDC00 && low <= 0xDFFF) return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
      at_ = after;
    }
    return kReplacement;
  }

  gunichar hexadecimal() {
    if (text_.size() - at_ < 4) throw syntax_error();
    gunichar unit = 0;
    for (int i = 0; i < 4; ++i) {
      const int digit = g_ascii_xdigit_value(text_[at_++]);
      if (digit < 0) throw syntax_error();
      unit = unit << 4 | static_cast<gunichar>(digit);
    }
    return unit;
  }

  const std::string_view text_;
  const std::vector<std::string_view>& names_;
  const JsonLimits& limits_;
  std::size_t at_ = 0;
  std::size_t kept_ = 0;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? nullptr : &items[static_cast<std::size_t>(found - names.begin())];
}

void JsonValue::set(std::string_view name, JsonValue&& value) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) {
    items[static_cast<std::size_t>(found - names.begin())] = std::move(value);
    return;
  }
  names.emplace_back(name);
  items.push_back(std::move(value));
}

JsonValue parse_json_value(std::string_view text, const std::vector<std::string_view>& names,
                           const JsonLimits& limits) {
  return Parser(without_byte_order_mark(text), names, limits).document();
}

const char* json_type_name(JsonValue::Type type) {
  switch (type) {
    case JsonValue::Type::Null: return "null";
    case JsonValue::Type::Boolean: return "a boolean";
    case JsonValue::Type::Number: return "a number";
    case JsonValue::Type::String: return "a string";
    case JsonValue::Type::Array: return "an array";
    case JsonValue::Type::Object: return "an object";
  }
  return "nothing";
}

}  // namespace airforce
