// SPDX-License-Identifier: LGPL-2.1-or-later
#include "http/retry_after.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include <libsoup/soup.h>

#include "values/glib_ptr.h"

namespace airforce::http {
namespace {

using GDateTimePtr = std::unique_ptr<GDateTime, Deleter<g_date_time_unref>>;

}  // namespace

std::optional<double> retry_after(std::string_view header, std::int64_t unix_now) {
  while (header.starts_with(' ')) header.remove_prefix(1);
  while (header.ends_with(' ')) header.remove_suffix(1);
  if (header.empty()) return std::nullopt;
  if (header.find_first_not_of("0123456789") == std::string_view::npos) {
    // More digits than a number holds is a long wait all the same.
    std::uint64_t seconds = 0;
    const auto read = std::from_chars(header.data(), header.data() + header.size(), seconds);
    return read.ec == std::errc() ? static_cast<double>(seconds) : 1e18;
  }
  // Not of the standard, which has whole seconds, but of proxies.
  if (header.find_first_not_of("0123456789.") == std::string_view::npos &&
      header.find_first_of("0123456789") != std::string_view::npos) {
    const double seconds = g_ascii_strtod(std::string(header).c_str(), nullptr);
    return std::ceil(std::min(seconds, 1e18));
  }
  const GDateTimePtr date(soup_date_time_new_from_http_string(std::string(header).c_str()));
  if (!date) return std::nullopt;
  return std::max<double>(0, static_cast<double>(g_date_time_to_unix(date.get()) - unix_now));
}

}  // namespace airforce::http
