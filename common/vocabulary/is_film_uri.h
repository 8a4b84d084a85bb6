// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

namespace airforce {

inline constexpr std::string_view kFilmUri = "airforce://film";

// Whether it is an airforce://film URI, well-formed or not.
inline bool is_film_uri(std::string_view uri) {
  return uri.starts_with(kFilmUri) && (uri.size() == kFilmUri.size() ||
                                       uri[kFilmUri.size()] == '?' || uri[kFilmUri.size()] == '/');
}

}  // namespace airforce
