// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "values/settings.h"

namespace airforce {

// uri_policy, else AIRFORCE_URI_POLICY, for requests that came as a URI; `allow` for others. Throws
// Error{Settings} for an unknown value of the environment.
UriPolicy uri_policy_of(const Settings& settings);
// Before anything is read or sent: throws Error{Settings} where URIs are denied.
void check_may_open(const Settings& settings);
// Before a purchase: throws Error{Settings} where URIs may only replay what was bought.
void check_may_create(const Settings& settings);

}  // namespace airforce
