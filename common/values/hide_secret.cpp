// SPDX-License-Identifier: LGPL-2.1-or-later
// hide_secret(): the key, however a service echoes it.
#include <algorithm>
#include <optional>

#include <glib.h>

#include "values/glib_ptr.h"
#include "values/text.h"

namespace airforce {
namespace {

constexpr std::string_view kHidden = "[hidden]";
constexpr std::size_t kMinSecret = 12;

// One character as a text spells it, and how many bytes that takes.
struct Spelled {
  gunichar character;
  std::size_t bytes;
};

std::optional<gunichar> hexadecimal(std::string_view text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  gunichar value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int digit = g_ascii_xdigit_value(text[i]);
    if (digit < 0) return std::nullopt;
    value = value << 4 | static_cast<gunichar>(digit);
  }
  return value;
}

// What follows "&#" in HTML: "45;", "x2d;".
std::optional<Spelled> character_reference(std::string_view text) {
  constexpr std::size_t kMaxDigits = 8;
  const bool is_hexadecimal = !text.empty() && (text[0] == 'x' || text[0] == 'X');
  const std::size_t begin = is_hexadecimal ? 1 : 0;
  const std::size_t end = text.substr(0, begin + kMaxDigits).find(';');
  if (end == std::string_view::npos || end == begin) return std::nullopt;
  gunichar value = 0;
  for (const char digit : text.substr(begin, end - begin)) {
    const int number = is_hexadecimal ? g_ascii_xdigit_value(digit) : g_ascii_digit_value(digit);
    if (number < 0) return std::nullopt;
    value = value * (is_hexadecimal ? 16 : 10) + static_cast<gunichar>(number);
  }
  return Spelled{value, 2 + end + 1};
}

// What begins `text`, which is not empty.
Spelled spelled(std::string_view text) {
  if (text[0] == '%') {
    if (const auto value = hexadecimal(text.substr(1), 2)) return {*value, 3};
  }
  if (text[0] == '\\' && text.size() > 1) {
    if (text[1] == 'u') {
      if (const auto value = hexadecimal(text.substr(2), 4)) return {*value, 6};
    }
    switch (text[1]) {
      case 'n':
      case 'r':
      case 't':
      case 'b':
      case 'f': return {' ', 2};
      case '/':
      case '"':
      case '\\': return {static_cast<gunichar>(text[1]), 2};
      default: break;
    }
  }
  if (text.starts_with("&#")) {
    if (const auto reference = character_reference(text.substr(2))) return *reference;
  }
  const auto byte = static_cast<unsigned char>(text[0]);
  if (byte < 0x80) return {byte, 1};
  const gunichar character =
      g_utf8_get_char_validated(text.data(), static_cast<gssize>(text.size()));
  if (character >= 0x110000) return {byte, 1};
  return {character, static_cast<std::size_t>(g_unichar_to_utf8(character, nullptr))};
}

// What is left out, or made one space, where a text is shown.
bool is_gap(gunichar character) {
  constexpr gunichar kEmojiSelector = 0xFE0F;
  return g_unichar_isspace(character) || is_invisible(character) || character == kEmojiSelector ||
         character == '+';
}

// How many bytes at the start of `text` spell `secret`; 0 if they don't.
std::size_t match(std::string_view text, std::string_view secret) {
  std::size_t at = 0;
  std::size_t found = 0;
  while (at < text.size()) {
    const Spelled next = spelled(text.substr(at));
    if (next.character == static_cast<unsigned char>(secret[found])) {
      at += next.bytes;
      if (++found == secret.size()) return at;
    } else if (found > 0 && is_gap(next.character)) {
      at += next.bytes;
    } else {
      return 0;
    }
  }
  return 0;
}

void hide_spelling(std::string& text, std::string_view secret) {
  const char starts[] = {secret[0], '%', '\\', '&', '\0'};
  std::string clean;
  std::size_t copied = 0;
  std::size_t at = 0;
  while ((at = text.find_first_of(starts, at)) != std::string::npos) {
    const std::size_t bytes = match(std::string_view(text).substr(at), secret);
    if (bytes == 0) {
      ++at;
      continue;
    }
    clean.append(text, copied, at - copied).append(kHidden);
    copied = at = at + bytes;
  }
  if (copied == 0) return;
  clean.append(text, copied);
  text = std::move(clean);
}

// What the base64 of any text has in it that holds `secret` behind 3n + `before` bytes: without the
// characters at its ends that depend on the neighbours as well.
std::string base64_within(std::string_view secret, std::size_t before) {
  constexpr std::size_t kFirst[] = {0, 2, 3};
  const std::string bytes = std::string(before, ' ') + std::string(secret);
  const GCharPtr encoded(
      g_base64_encode(reinterpret_cast<const guchar*>(bytes.data()), bytes.size()));
  return std::string(encoded.get()).substr(kFirst[before], bytes.size() * 8 / 6 - kFirst[before]);
}

}  // namespace

void hide_secret(std::string& text, std::string_view secret) {
  if (secret.size() < kMinSecret) return;
  hide_spelling(text, secret);
  for (std::size_t before = 0; before < 3; ++before) {
    std::string encoded = base64_within(secret, before);
    hide_spelling(text, encoded);
    if (encoded.find_first_of("+/") == std::string::npos) continue;
    std::replace(encoded.begin(), encoded.end(), '+', '-');
    std::replace(encoded.begin(), encoded.end(), '/', '_');
    hide_spelling(text, encoded);
  }
}

}  // namespace airforce
