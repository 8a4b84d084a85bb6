// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/credentials.h"

#include <algorithm>
#include <cstdlib>

#include "generation/files.h"
#include "http/url.h"
#include "values/error.h"
#include "values/request.h"
#include "values/trim.h"

namespace airforce {
namespace {

constexpr const char* kDefaultBaseUrl = "https://api.airforce";
constexpr std::size_t kMaxKeyFile = 4096;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::string first_of(const std::string& first, const std::string& second) {
  return first.empty() ? second : first;
}

// A key goes into a header field: visible ASCII only.
std::string checked_key(std::string key, const std::string& from) {
  key = std::string(trimmed(key));
  for (const unsigned char c : key) {
    if (c <= 0x20 || c >= 0x7f)
      throw Error(ErrorKind::Settings, Step::Settings,
                  from + " does not hold one API key: it has spaces, lines or other signs in it",
                  "put the key alone into it");
  }
  return key;
}

}  // namespace

std::string Credentials::account() const {
  return sha256("account\n" + base_url + "\n" + key);
}

Credentials resolve_credentials(const Settings& settings, KeyNeed need, const ReadLimits& limits) {
  Credentials credentials;
  credentials.base_url = http::checked_base_url(
      first_of(first_of(settings.string(Parameter::base_url), environment("AIRFORCE_BASE_URL")),
               kDefaultBaseUrl));
  credentials.key = checked_key(settings.string(Parameter::api_key), "api_key");
  std::string file = settings.string(Parameter::api_key_file);
  if (credentials.key.empty() && file.empty()) {
    credentials.key = checked_key(environment("AIRFORCE_API_KEY"), "AIRFORCE_API_KEY");
    file = environment("AIRFORCE_API_KEY_FILE");
  }
  if (credentials.key.empty() && !file.empty()) {
    credentials.key = checked_key(
        read_input_file(file, "the API key file", kMaxKeyFile, FileKind::RegularOrPipe, limits),
        "the API key file '" + file + "'");
    if (credentials.key.empty())
      throw Error(ErrorKind::Settings, Step::Settings, "the API key file '" + file + "' is empty",
                  "put the key into it");
  }
  if (credentials.key.empty() && need == KeyNeed::Required)
    throw Error(ErrorKind::NotAuthorized, Step::Settings, "no API key",
                "set AIRFORCE_API_KEY, or name a file that holds it with api_key_file; without a "
                "key, try it on the simulator: "
                "airforce-simulator -- COMMAND");
  return credentials;
}

}  // namespace airforce
