// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store/redis_address.h"

#include <glib.h>

#include "values/error.h"
#include "values/glib_ptr.h"

namespace airforce {
namespace {

constexpr double kMinLease = 0.5;
constexpr double kMaxLease = 600;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorKind::Settings, Step::Settings, "The store's URI " + what,
              "write redis://[user:password@]host:port/database, rediss://... or "
              "redis+unix:///path");
}

int number(const char* text, int largest, const char* what) {
  guint64 value = 0;
  if (!g_ascii_string_to_unsigned(text, 10, 0, static_cast<guint64>(largest), &value, nullptr)) {
    refuse(std::string("has no number from 0 to ") + std::to_string(largest) + " as its " + what);
  }
  return static_cast<int>(value);
}

}  // namespace

bool is_redis_uri(std::string_view where) {
  for (const std::string_view scheme : {"redis://", "rediss://", "redis+unix://", "unix://"}) {
    if (where.substr(0, scheme.size()) == scheme) return true;
  }
  return false;
}

RedisAddress::RedisAddress(const std::string& uri) {
  // GLib's message may quote the URI, and the password with it: only its code is used.
  const GUriPtr parsed(g_uri_parse(uri.c_str(), G_URI_FLAGS_HAS_PASSWORD, nullptr));
  if (parsed == nullptr || !is_redis_uri(uri)) refuse("can't be read");
  const auto text = [](const char* part) { return std::string(part != nullptr ? part : ""); };
  const std::string scheme = text(g_uri_get_scheme(parsed.get()));
  const std::string path = text(g_uri_get_path(parsed.get()));
  tls = scheme == "rediss";
  user = text(g_uri_get_user(parsed.get()));
  password = text(g_uri_get_password(parsed.get()));
  if (password.empty()) password = text(g_getenv("AIRFORCE_STORE_PASSWORD"));

  if (scheme == "unix" || scheme == "redis+unix") {
    socket = path;
    if (socket.empty() || socket == "/") refuse("names no socket");
  } else {
    host = text(g_uri_get_host(parsed.get()));
    if (host.empty()) host = "localhost";
    if (const int given = g_uri_get_port(parsed.get()); given > 0) port = given;
    if (path.size() > 1) database = number(path.c_str() + 1, 1'000'000, "database");
  }

  const std::string query = text(g_uri_get_query(parsed.get()));
  GUriParamsIter parameters;
  g_uri_params_iter_init(&parameters, query.c_str(), -1, "&", G_URI_PARAMS_NONE);
  for (;;) {
    char* name = nullptr;
    char* value = nullptr;
    if (!g_uri_params_iter_next(&parameters, &name, &value, nullptr)) break;
    const GCharPtr owned_name(name);
    const GCharPtr owned_value(value);
    if (std::string_view(name) == "database" && !socket.empty()) {
      database = number(value, 1'000'000, "database");
    } else if (std::string_view(name) == "lease_seconds") {
      char* end = nullptr;
      lease_seconds = g_ascii_strtod(value, &end);
      const bool in_range = lease_seconds >= kMinLease && lease_seconds <= kMaxLease;
      if (end == value || *end != '\0' || !in_range) {
        refuse("has no number from 0.5 to 600 as its lease_seconds");
      }
    } else {
      refuse("has an unknown parameter: " + std::string(name));
    }
  }
}

std::string RedisAddress::shown() const {
  const std::string base =
      socket.empty() ? std::string(tls ? "rediss://" : "redis://") +
                           (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" +
                           std::to_string(port)
                     : "redis+unix://" + socket;
  return database == 0 ? base
                       : base + (socket.empty() ? "/" : "?database=") + std::to_string(database);
}

}  // namespace airforce
