// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film/film_uri.h"

#include <algorithm>
#include <optional>
#include <string>

#include <glib.h>

#include "values/error.h"
#include "values/glib_ptr.h"
#include "vocabulary/is_film_uri.h"

namespace airforce {
namespace {

Error wrong(const std::string& what) {
  return {ErrorKind::Settings, Step::Settings, "the airforce:// URI " + what,
          "write airforce://film?storyboard=...&model=..., with what is not a letter or digit "
          "percent-encoded"};
}

std::string decoded(std::string_view value) {
  std::string plain(value);
  for (char& c : plain) {
    if (c == '+') c = ' ';
  }
  const GCharPtr text(g_uri_unescape_string(plain.c_str(), nullptr));
  if (!text) throw wrong("has a wrong percent-encoding");
  return text.get();
}

bool boolean(const std::string& text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  throw wrong("has a field 'continue' that is neither true nor false");
}

}  // namespace

Storyboard storyboard_of_uri(std::string_view uri, Settings& settings) {
  const std::size_t question = uri.find('?');
  const std::string_view path = uri.substr(0, question);
  if (path != kFilmUri && path != std::string(kFilmUri) + "/") throw wrong("is not of 'film'");
  std::string_view query =
      question == std::string_view::npos ? std::string_view() : uri.substr(question + 1);
  std::optional<std::string> text;
  StoryboardOptions options;
  options.local_files = false;
  std::string rest;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view field = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = field.find('=');
    const std::string_view name = field.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : field.substr(equals + 1);
    if (name == "storyboard") {
      if (text) throw wrong("names storyboard twice");
      text = decoded(value);
    } else if (name == "continue") {
      options.continues = boolean(decoded(value));
    } else {
      rest += (rest.empty() ? "" : "&") + std::string(field);
    }
  }
  if (!text) throw wrong("has no storyboard");
  settings.set_uri("airforce://generate" + (rest.empty() ? "" : "?" + rest));
  return parse_storyboard(*text, settings, options);
}

}  // namespace airforce
