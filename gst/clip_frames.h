// SPDX-License-Identifier: LGPL-2.1-or-later
// Single decoded frames of a clip that has been downloaded: RGB, as displayed, with square pixels.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <gst/gst.h>

#include "core.h"
#include "gst_ptr.h"

namespace airforce::gst {

using Cancelled = std::function<bool()>;

// Blocks. Throws Failure.
std::vector<std::uint8_t> clip_bytes(Generation& generation, const Cancelled& cancelled);

// These too. `task` is for failures.
Sample first_frame(const std::vector<std::uint8_t>& clip, const BoughtTask& task,
                   const Cancelled& cancelled);
Sample last_frame(const std::vector<std::uint8_t>& clip, const BoughtTask& task,
                  const Cancelled& cancelled);

}  // namespace airforce::gst
