// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "airforce-video.h"
#include "values/error.h"

namespace airforce {

// *error, if there is a place for it, becomes a new AirforceError of `failure`.
void set_error(AirforceError** error, const Error& failure);

}  // namespace airforce
