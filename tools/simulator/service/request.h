// SPDX-License-Identifier: LGPL-2.1-or-later
// The body of `POST /v1/video/generations`, read strictly and checked against the model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "service/models.h"

namespace airforce::simulator {

/// One of `input_images`: exactly one of the two is filled.
struct InputImage {
  std::string url;
  std::string bytes;  ///< what was in b64_json, decoded
};

struct Request {
  const Model* model = nullptr;
  std::string prompt;
  std::string mode;
  int duration_seconds = 0;
  std::string aspect_ratio;
  std::string quality;
  std::vector<InputImage> images;
  std::optional<int64_t> seed;
  bool sound = false;
  std::string extra;  ///< the fields that are passed on to the model's provider, as a JSON object;
                      ///< empty: none

  [[nodiscard]] int cost_cents() const { return duration_seconds * model->cents_per_second; }
};

/// Reads and checks a request; defaults are filled in. Throws ApiError: 400 for what is not a
/// request at all, 404 for a model that does not exist, 403 for one that the account may not use,
/// 422 for what the model can't do. In the sdk dialect a model that makes no video is a 400.
Request parse_request(std::string_view body, Dialect dialect = Dialect::kReference);

}  // namespace airforce::simulator
