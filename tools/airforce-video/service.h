// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "api/client.h"
#include "generation/credentials.h"
#include "values/settings.h"

namespace airforce::cli {

// The API as these settings reach it. Throws Error where there is no key or a bad base URL.
inline api::Client connect(const Settings& settings, KeyNeed need = KeyNeed::Required) {
  const Credentials credentials = resolve_credentials(settings, need);
  return {http::shared_session(), credentials.base_url, credentials.key};
}

}  // namespace airforce::cli
