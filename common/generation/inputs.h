// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "generation/files.h"
#include "store/store.h"
#include "values/request.h"
#include "values/settings.h"

namespace airforce {

// All that a create needs, read from where the settings point.
struct Inputs {
  std::string prompt;
  std::vector<InputImage> images;
  Mode mode = Mode::Text;
  RequestBody body;          // JSON of the create
  std::string request_hash;  // of equal requests
  std::string summary;       // the prompt's first words
  std::vector<std::string> warnings;
};

// The prompt as it is sent, from the settings or the prompt file. Throws as load_inputs() does.
std::string load_prompt(const Settings& settings, const ReadLimits& limits = {});

// Reads the prompt file and the images. Throws Error{Settings}: no prompt, a prompt that is not
// UTF-8, an image that can't be read or is neither JPEG, PNG nor WebP, images and mode that don't
// fit.
Inputs load_inputs(const Settings& settings, const ReadLimits& limits = {});

// What the store knows the request of this account by (RequestIdentity::request).
std::string stored_request(const std::string& account, const Inputs& inputs);

// The prompt in the one form that it has however it came (option, file, standard input): without a
// byte order mark and line ends at its end, with LF between its lines.
std::string canonical_prompt(std::string prompt);

}  // namespace airforce
