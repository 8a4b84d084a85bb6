// SPDX-License-Identifier: LGPL-2.1-or-later
// The models that the simulator offers, and what each of them can do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "service/dialect.h"
#include "service/json_text.h"

namespace airforce::simulator {

/// A row of `GET /v1/models`. The fields after `makes` are meaningful for video models only.
struct Model {
  std::string id;
  std::string owner;
  std::string makes;  ///< its one output modality: "video", "image" or "text"

  std::vector<std::string> modes;
  std::vector<std::string> aspect_ratios;  ///< the first one is the default
  std::vector<std::string> qualities;      ///< likewise
  int min_seconds = 0;
  int max_seconds = 0;
  int cents_per_second = 0;
  int max_images = 1;          ///< how many input_images a request may carry
  bool sound = false;          ///< makes an audio track when asked to
  int frame_rate = 24;         ///< frames per second of its clips
  bool publishes_caps = true;  ///< false: the list shows it without `video_caps`
  bool gated = false;          ///< for subscribers: refused to every key of the simulator
};

/// The whole table, video models first.
const std::vector<Model>& models();

/// The video model of that name, or nullptr.
const Model* find_video_model(std::string_view id);

/// The answer to `GET /v1/models`. With a key, models that the account may not use are left out of
/// the sdk dialect's list.
std::string models_json(Dialect dialect, bool with_key);

/// Whether there is a model of that name, of any kind, in the sdk dialect's catalogue.
bool is_in_catalogue(std::string_view id);

struct PictureSize {
  int width;
  int height;
};

/// The size in pixels of "720p" at "16:9": the quality counts the short side; both sides are even.
PictureSize picture_size(std::string_view quality, std::string_view aspect_ratio);

}  // namespace airforce::simulator
