// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "api/client.h"
#include "clip/byte_source.h"
#include "clip/clip.h"

namespace airforce {

// The clip of a task, through `client`, which outlives it. `url` is never called by two threads at
// once.
std::unique_ptr<ByteSource> make_task_source(api::Client& client, Clip::UrlProvider url);

}  // namespace airforce
