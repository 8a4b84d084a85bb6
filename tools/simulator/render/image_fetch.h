// SPDX-License-Identifier: LGPL-2.1-or-later
// Gets the images that a request names, as the service would: by HTTP, or from its base64.
#pragma once

#include "render/picture.h"
#include "service/request.h"

namespace airforce::simulator {

/// Fetches and decodes one image, blocking. Throws std::runtime_error with a reason for the
/// client. An image on example.com, .org or .net, which are there for documentation, is drawn.
Picture load_image(const InputImage& image);

}  // namespace airforce::simulator
