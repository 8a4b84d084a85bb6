// SPDX-License-Identifier: LGPL-2.1-or-later
// Single decoded frames of a clip that has been downloaded.
#pragma once

#include <cstdint>
#include <vector>

#include <gst/gst.h>

#include "core.h"
#include "gstreamer/frames.h"

namespace airforce::gst {

// Blocks. Throws Failure.
std::vector<std::uint8_t> clip_bytes(CoreGeneration& generation, const Cancelled& cancelled);

// These too. `task` is for failures.
Sample first_frame(const std::vector<std::uint8_t>& clip, const BoughtTask& task,
                   const Cancelled& cancelled);
Sample last_frame(const std::vector<std::uint8_t>& clip, const BoughtTask& task,
                  const Cancelled& cancelled);

}  // namespace airforce::gst
