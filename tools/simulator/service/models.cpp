// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/models.h"

#include <algorithm>
#include <cmath>

namespace airforce::simulator {

const std::vector<Model>& models() {
  static const std::vector<Model> table = {
      {.id = "wan-2.6",
       .owner = "wan",
       .makes = "video",
       .modes = {"text", "image"},
       .aspect_ratios = {"16:9", "9:16", "1:1"},
       .qualities = {"480p", "720p", "1080p"},
       .min_seconds = 5,
       .max_seconds = 10,
       .cents_per_second = 40,
       .sound = true},
      {.id = "kling-1",
       .owner = "kling",
       .makes = "video",
       .modes = {"text", "image"},
       .aspect_ratios = {"16:9", "9:16", "1:1"},
       .qualities = {"720p", "1080p"},
       .min_seconds = 5,
       .max_seconds = 10,
       .cents_per_second = 28,
       .frame_rate = 30},
      {.id = "vidu-q1",
       .owner = "vidu",
       .makes = "video",
       .modes = {"text", "image", "reference"},
       .aspect_ratios = {"16:9", "9:16", "1:1", "4:3"},
       .qualities = {"480p", "720p"},
       .min_seconds = 4,
       .max_seconds = 8,
       .cents_per_second = 12,
       .max_images = 7},
      {.id = "veo-3",
       .owner = "google",
       .makes = "video",
       .modes = {"text", "image"},
       .aspect_ratios = {"16:9", "9:16"},
       .qualities = {"720p", "1080p"},
       .min_seconds = 8,
       .max_seconds = 8,
       .cents_per_second = 75,
       .sound = true},
      {.id = "seedance-lite",
       .owner = "seedance",
       .makes = "video",
       .modes = {"text", "image", "reference"},
       .aspect_ratios = {"16:9", "9:16", "1:1", "4:3"},
       .qualities = {"480p", "720p", "1080p"},
       .min_seconds = 2,
       .max_seconds = 12,
       .cents_per_second = 3,
       .max_images = 4,
       .sound = true},
      {.id = "ltx-mini",
       .owner = "ltx",
       .makes = "video",
       .modes = {"text"},
       .aspect_ratios = {"16:9", "1:1"},
       .qualities = {"480p"},
       .min_seconds = 1,
       .max_seconds = 5,
       .cents_per_second = 1},
      {.id = "preview-1",
       .owner = "preview",
       .makes = "video",
       .modes = {"text", "image", "reference"},
       .aspect_ratios = {"16:9", "9:16", "1:1", "4:3"},
       .qualities = {"480p", "720p", "1080p"},
       .min_seconds = 2,
       .max_seconds = 20,
       .cents_per_second = 20,
       .max_images = 4,
       .sound = true,
       .publishes_caps = false},
      {.id = "atelier-pro",
       .owner = "atelier",
       .makes = "video",
       .modes = {"text"},
       .aspect_ratios = {"16:9"},
       .qualities = {"1080p"},
       .min_seconds = 5,
       .max_seconds = 30,
       .cents_per_second = 120,
       .sound = true,
       .gated = true},
      {.id = "flux-schnell", .owner = "flux", .makes = "image"},
      {.id = "llama-3-8b", .owner = "meta", .makes = "text"},
  };
  return table;
}

const Model* find_video_model(std::string_view id) {
  const auto& table = models();
  const auto found = std::find_if(table.begin(), table.end(), [id](const Model& model) {
    return model.id == id && model.makes == "video";
  });
  return found == table.end() ? nullptr : &*found;
}

PictureSize picture_size(std::string_view quality, std::string_view aspect_ratio) {
  const int short_side = std::stoi(std::string(quality));  // "720p"
  const auto colon = aspect_ratio.find(':');
  const double across = std::stod(std::string(aspect_ratio.substr(0, colon)));
  const double down = std::stod(std::string(aspect_ratio.substr(colon + 1)));
  const double ratio = across / down;
  // Chroma is stored at half the size, so that both sides must be even.
  const auto long_side = [short_side](double factor) {
    return static_cast<int>(std::lround(short_side * factor / 2)) * 2;
  };
  if (ratio >= 1) return {long_side(ratio), short_side};
  return {short_side, long_side(1 / ratio)};
}

}  // namespace airforce::simulator
