// SPDX-License-Identifier: LGPL-2.1-or-later
// An input image as a request has it. A picture is kept as its base64 alone, which is 4/3 of its
// size: the least that one JSON body takes.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

namespace airforce {

struct InputImage {
  std::string url;                            // http(s): passed on; or
  std::shared_ptr<const std::string> base64;  // of an encoded picture: sent as b64_json
  // What a request's hash knows of the picture: an identity that was given, or its SHA-256.
  std::string identity;
  std::string sha256;

  bool operator==(const InputImage& other) const {
    return url == other.url && identity == other.identity && sha256 == other.sha256;
  }
};

InputImage image_of_url(std::string url);
// Encodes in the memory of `bytes`, which is not copied where its capacity is base64_size().
// `identity`: what distinguishes pictures; "": their bytes.
InputImage image_of_bytes(std::string bytes, std::string identity = {});

// Of so many bytes.
std::size_t base64_size(std::size_t bytes);

// SHA-256 in hex.
std::string sha256(std::string_view text);

}  // namespace airforce
