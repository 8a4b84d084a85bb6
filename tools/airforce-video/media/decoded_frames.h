// SPDX-License-Identifier: LGPL-2.1-or-later
// Single decoded frames of a clip. Private to media/.
#pragma once

#include <string>
#include <vector>

#include "media/pipeline.h"

namespace airforce::cli {

// Decoded, RGB, as displayed. Throws Error{Clip}.
SamplePtr first_frame(const std::string& path);
SamplePtr last_frame(const std::string& path);

// Whether two frames are the same picture but for what encoding and a drift of colour change.
bool is_same_picture(GstSample* one, GstSample* other);

}  // namespace airforce::cli
