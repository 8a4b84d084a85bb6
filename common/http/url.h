// SPDX-License-Identifier: LGPL-2.1-or-later
// Origins and what of a URL may be shown.
#pragma once

#include <string>
#include <string_view>

#include "values/glib_ptr.h"

namespace airforce::http {

// nullptr unless it is an http(s) URL with a host. Takes what browsers take: signs that should have
// been escaped are.
GUriPtr parse_url(std::string_view url);

// scheme://host[:port], lower case, the default port left out (RFC 6454); "" if the URL can't be
// parsed or is not http(s).
std::string origin_of(std::string_view url);
bool is_https(std::string_view url);
// http:// to 127.0.0.0/8, [::1] or localhost.
bool is_loopback(std::string_view url);
// The URL without user, query and fragment: the form in which URLs are printed.
std::string redacted(std::string_view url);
// The one form of a base URL, for requests and for the identity of a purchase: host in lower case,
// without a default port, a trailing '/' or a trailing "/v1" (as users of other clients of such
// services write it). Checked: https, or http to loopback. Throws Error{Settings} before anything
// is sent.
std::string checked_base_url(const std::string& base);
// `url` as seen from `base`: as it is where it is absolute; "" where it is no URL at all.
std::string resolved(std::string_view base, std::string_view url);
// `location` of a redirect, resolved against `url`; "" where it is refused: another scheme than
// http(s), or https to http.
std::string redirect_target(std::string_view url, std::string_view location);

}  // namespace airforce::http
