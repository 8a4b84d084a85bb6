// SPDX-License-Identifier: LGPL-2.1-or-later
// The create request as values: from settings and loaded images to JSON, and to the hash that says
// equal requests.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "values/input_image.h"
#include "values/request_body.h"
#include "values/settings.h"

namespace airforce {

// `auto` made definite: text without images, image with one, reference with more.
Mode resolve_mode(Mode mode, std::size_t images);

// The JSON of POST /v1/video/generations: every AIRFORCE_BODY parameter that is not initial, in the
// table's order. `prompt` replaces the setting (it may have been read from a file), `images` the
// list; mode is the resolved one, left out where it is text and there are no images, so that `auto`
// and `text` make one request. Then the fields of `extra`, in alphabetical order at every level, so
// that equal objects make equal requests. Throws Error{Settings} for a prompt that is not UTF-8,
// and for an `extra` that is no JSON object or has a field that the table knows.
RequestBody write_create_request(const Settings& settings, const std::string& prompt,
                                 const std::vector<InputImage>& images);

// SHA-256 in hex of the same, images by their identity or their content's hash, with the settings'
// occurrence, so that equal requests have equal hashes.
std::string request_hash(const Settings& settings, const std::string& prompt,
                         const std::vector<InputImage>& images);

}  // namespace airforce
