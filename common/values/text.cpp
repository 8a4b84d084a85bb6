// SPDX-License-Identifier: LGPL-2.1-or-later
#include "values/text.h"

#include <glib.h>

#include "values/glib_ptr.h"
#include "values/regex.h"

namespace airforce {
namespace {

std::string without_secrets(std::string text) {
  static const GRegex* const user = compiled(R"(([a-z][a-z0-9+.-]*://)[^\s/?#"'<>]*@)");
  static const GRegex* const query_of_url =
      compiled(R"(([a-z][a-z0-9+.-]*://[^\s?#"'<>]*)[?#][^\s"'<>]*)");
  static const GRegex* const bare_query = compiled(R"(\?[\w.~%\[\]-]+=[^\s"'<>]*)");
  static const GRegex* const bearer = compiled(R"(\b(bearer)(?:\s+bearer)*\s+[^\s"'<>]+)");
  static const GRegex* const key = compiled(R"(\bsk-[\w*.-]{4,})");
  text = replaced(text, user, "\\1");
  text = replaced(text, query_of_url, "\\1");
  text = replaced(text, bare_query, "");
  text = replaced(text, bearer, "\\1 [hidden]");
  return replaced(text, key, "[hidden]");
}

// `text` without spaces at its ends and with single ones between words.
std::string single_spaced(std::string_view text) {
  std::string result;
  bool gap = false;
  for (const char character : text) {
    if (character == ' ') {
      gap = !result.empty();
      continue;
    }
    if (gap) result += ' ';
    gap = false;
    result += character;
  }
  return result;
}

constexpr gunichar kJoiner = 0x200D;
constexpr gunichar kEmojiStyle = 0xFE0F;

bool is_emoji(gunichar character) {
  const GUnicodeType type = g_unichar_type(character);
  return character >= 0x203C && !is_invisible(character) &&
         (type == G_UNICODE_OTHER_SYMBOL || type == G_UNICODE_MODIFIER_SYMBOL ||
          type == G_UNICODE_UNASSIGNED);
}

// One line of what can be seen of `valid`, which is UTF-8; white space as it comes, each a space.
std::string line_of(const std::string& valid) {
  std::string line;
  gunichar last = 0;  // before an emoji style
  for (const char* next = valid.c_str(); *next != '\0';) {
    const char* const at = next;
    next = g_utf8_next_char(at);
    const gunichar character = g_utf8_get_char(at);
    const bool is_between_emoji =
        character == kJoiner && is_emoji(last) && is_emoji(g_utf8_get_char(next));
    if (g_unichar_isspace(character)) {
      line += ' ';
    } else if (is_between_emoji || character == kEmojiStyle || !is_invisible(character)) {
      if (character == kEmojiStyle && !is_emoji(last)) continue;
      line.append(at, next);  // an invisible one leaves no gap: it must not cut a secret in two
    } else {
      continue;
    }
    if (character != kEmojiStyle) last = character;
  }
  return line;
}

}  // namespace

bool is_invisible(gunichar character) {
  const GUnicodeType type = g_unichar_type(character);
  if (type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || type == G_UNICODE_SURROGATE)
    return true;
  switch (character) {
    case 0x034F:  // combining grapheme joiner
    case 0x2065:  // ignorable, although it is not assigned
    case 0x115F:  // fillers of Hangul
    case 0x1160:
    case 0x3164:
    case 0xFFA0:
    case 0x2800: return true;  // Braille without a dot
    default: break;
  }
  return (character >= 0x180B && character <= 0x180F) ||  // variation selectors
         (character >= 0xFE00 && character < kEmojiStyle) ||
         (character >= 0xE0000 && character <= 0xE0FFF);
}

std::string valid_utf8(std::string_view bytes) {
  const GCharPtr valid(g_utf8_make_valid(bytes.data() != nullptr ? bytes.data() : "",
                                         static_cast<gssize>(bytes.size())));
  return valid.get();
}

std::string shortened(std::string_view text, std::size_t largest) {
  std::string whole(text);
  if (static_cast<std::size_t>(g_utf8_strlen(whole.c_str(), -1)) <= largest) return whole;
  if (largest == 0) return {};
  const char* end = g_utf8_offset_to_pointer(whole.c_str(), static_cast<glong>(largest) - 1);
  return std::string(whole.c_str(), end) + "\u2026";
}

std::string display_text(std::string_view bytes, std::size_t largest) {
  std::string line = line_of(valid_utf8(bytes.substr(0, kMaxExamined)));
  return shortened(single_spaced(without_secrets(std::move(line))), largest);
}

std::string visible_line(std::string_view bytes) {
  return single_spaced(line_of(valid_utf8(bytes)));
}

std::string printable_json(std::string_view json) {
  std::string printable;
  const auto escape = [&printable](gunichar unit) {
    char code[7];
    g_snprintf(code, sizeof code, "\\u%04x", unit);
    printable += code;
  };
  const std::string valid = valid_utf8(json);
  for (const char* next = valid.c_str(); *next != '\0';) {
    const char* const at = next;
    next = g_utf8_next_char(at);
    const gunichar character = g_utf8_get_char(at);
    // Line breaks and the like stand between values; in a string they are escapes already.
    if (character < 0x20 ||
        !(is_invisible(character) || character == 0x2028 || character == 0x2029)) {
      printable.append(at, next);
    } else if (character < 0x10000) {
      escape(character);
    } else {
      escape(0xD800 + ((character - 0x10000) >> 10));
      escape(0xDC00 + ((character - 0x10000) & 0x3FF));
    }
  }
  return printable;
}

std::string shell_quoted(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos)
    return std::string(text);
  const std::string valid = valid_utf8(text);
  std::string escaped;
  bool needs_escapes = false;
  for (const char* next = valid.c_str(); *next != '\0';) {
    const char* const at = next;
    next = g_utf8_next_char(at);
    const gunichar character = g_utf8_get_char(at);
    const bool is_hidden =
        is_invisible(character) || (character != ' ' && g_unichar_isspace(character));
    needs_escapes |= is_hidden;
    for (const char* byte = at; byte != next; ++byte) {
      if (is_hidden) {
        char code[5];
        g_snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned>(*byte) & 0xff);
        escaped += code;
      } else {
        if (*byte == '\'' || *byte == '\\') escaped += '\\';
        escaped += *byte;
      }
    }
  }
  if (needs_escapes) return "$'" + escaped + "'";
  return GCharPtr(g_shell_quote(valid.c_str())).get();
}

std::string listed(const std::vector<std::string>& items) {
  constexpr std::size_t kMaxListed = 10;
  std::string text;
  for (std::size_t i = 0; i < items.size() && i < kMaxListed; ++i)
    text += (i == 0 ? "" : ", ") + items[i];
  if (items.size() > kMaxListed)
    text += " \u2026 and " + std::to_string(items.size() - kMaxListed) + " more";
  return text;
}

std::string display_message(std::string_view bytes, std::size_t largest) {
  std::string line = display_text(bytes, largest);
  // What display_text() takes out may have hidden a tag.
  return looks_like_markup(bytes) || looks_like_markup(line) ? std::string() : line;
}

bool looks_like_markup(std::string_view text) {
  static const GRegex* const markup = compiled(
      R"(<\s*(?:!doctype|!--|\?xml|/?(?:html|head|body|title|meta|h[1-6]|p|div|br|hr|center|span|script)"
      R"(|style|a|pre|table|b|i|strong|em|error)[\s/>]))");
  const std::string valid = valid_utf8(text.substr(0, kMaxExamined));
  return g_regex_match(markup, valid.c_str(), GRegexMatchFlags(0), nullptr);
}

std::string number_text(double number) {
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  return g_ascii_formatd(buffer, sizeof buffer, "%.15g", number);
}

}  // namespace airforce
