// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

#include "film/storyboard.h"

namespace airforce {

// The storyboard of airforce://film?storyboard=TEXT&continue=true&FIELD=VALUE...: its other fields
// are those of airforce://generate, and are applied to `settings` as Settings::set_uri() says.
// Throws Error{Settings}.
Storyboard storyboard_of_uri(std::string_view uri, Settings& settings);

}  // namespace airforce
