// SPDX-License-Identifier: LGPL-2.1-or-later
// The create request as values: from settings and loaded images to JSON, and to the hash that tells equal requests.
#pragma once

#include <string>
#include <vector>

#include "vocabulary/settings.h"

namespace airforce {

struct InputImage {
  std::string url;    // http(s): passed on; or
  std::string bytes;  // an encoded picture: sent as b64_json
};

// `auto` made definite: text without images, image with one, reference with more.
Mode resolve_mode(Mode mode, std::size_t images);

// The JSON of POST /v1/video/generations: every AIRFORCE_BODY parameter that is not initial, in the table's order. `prompt` replaces
// the setting (it may have come from a file); duration_seconds 0 is left out.
std::string write_create_request(const Settings& settings, const std::string& prompt, const std::vector<InputImage>& images);

// SHA-256 in hex of the same, images by their content's hash, so that equal requests have equal hashes.
std::string request_hash(const Settings& settings, const std::string& prompt, const std::vector<InputImage>& images);

// SHA-256 in hex.
std::string sha256(std::string_view text);

}  // namespace airforce
