// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "generation/files.h"
#include "values/settings.h"

namespace airforce {

// Where the API is, and who asks. `key` is a secret.
struct Credentials {
  std::string base_url;
  std::string key;
  // Hash of both: whose tasks and slots the store's rows are.
  std::string account() const;
};

// base_url, else AIRFORCE_BASE_URL, else https://api.airforce. api_key, else api_key_file, else
// AIRFORCE_API_KEY, else AIRFORCE_API_KEY_FILE. Throws Error{Settings} for a bad URL or key file,
// Error{NotAuthorized} where there is no key, unless the request needs none.
enum class KeyNeed { Required, Optional };
Credentials resolve_credentials(const Settings& settings, KeyNeed need = KeyNeed::Required,
                                const ReadLimits& limits = {});

}  // namespace airforce
