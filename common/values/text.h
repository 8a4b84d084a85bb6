// SPDX-License-Identifier: LGPL-2.1-or-later
// Text for people: foreign text made fit to be shown, and numbers.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <glib.h>

namespace airforce {

// Whether a character shows nothing: control and format characters (terminal escapes, bidirectional
// overrides, tags), fillers, and all variation selectors but the emoji style.
bool is_invisible(gunichar character);

// UTF-8 in any case: each byte that is not part of a character, and each NUL, becomes U+FFFD.
std::string valid_utf8(std::string_view bytes);

// At most `largest` characters, the last one an ellipsis where something is missing. `text` is
// UTF-8.
std::string shortened(std::string_view text, std::size_t largest);

// One line, as it may be printed anywhere: UTF-8; white space runs are one space; control
// characters (C0, C1), format characters (bidirectional, zero width, tags) and fillers that nobody
// sees are left out, but for what joins two emoji. Of any length, secrets and all.
std::string visible_line(std::string_view bytes);

// JSON with what visible_line() leaves out written as escapes: it means the same, and can be
// printed.
std::string printable_json(std::string_view json);

// `text` as one word of a POSIX shell, quoted where that is needed; what nobody sees as an escape
// of
// $'...'.
std::string shell_quoted(std::string_view text);

// "a, b, c", the first ten, then "… and N more".
std::string listed(const std::vector<std::string>& items);

// One line for a person: UTF-8 without control characters, white space runs made one space, and
// nothing that looks like a secret: URLs lose user, query and fragment, keys and bearer tokens
// become "[hidden]". At most `largest` characters.
std::string display_text(std::string_view bytes, std::size_t largest = 300);

// display_text() of a message that a server made; "" for markup, which is a proxy's page rather
// than a message.
std::string display_message(std::string_view bytes, std::size_t largest = 300);

// Whether this is HTML or XML rather than a sentence.
bool looks_like_markup(std::string_view text);

// Replaces `secret` by "[hidden]" wherever `text` has it, however it is spelled there: as it is,
// with characters percent-encoded or written as escapes of JSON or HTML, with any number of white
// space, control or invisible characters between them, and within a text that is base64. A secret
// of less than 12 bytes is none: it may stand in honest words.
void hide_secret(std::string& text, std::string_view secret);

// A number in the C locale's form without needless digits, at most 15 that count: "5", "0.1".
std::string number_text(double number);

}  // namespace airforce
