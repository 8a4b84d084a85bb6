// SPDX-License-Identifier: LGPL-2.1-or-later
// What is to be seen in a clip, frame by frame: pure functions of the seed, the given images and
// the time, so that the same request always gives the same picture.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "render/picture.h"

namespace airforce::simulator {

class Frame {
 public:
  virtual ~Frame() = default;
  /// Draws all of the frame at `elapsed` seconds of `whole`. One thread at a time.
  virtual void draw(cairo_t* frame, double elapsed, double whole) = 0;
};

/// A landscape to move through, with the light that the prompt's words ask for (or, failing
/// that, the seed).
std::unique_ptr<Frame> landscape(const std::string& prompt, uint64_t seed, int width, int height);

/// One image, over which the view moves.
std::unique_ptr<Frame> moving_view(Picture image, uint64_t seed, int width, int height);

/// How a clip continues from its image.
struct Continuation {
  double echo_seconds = 0;  ///< for so long the whole image is shown, before the view moves
  double drift = 0;         ///< the share of orange that is mixed into all frames
};
std::unique_ptr<Frame> continued_view(Picture image, const Continuation& how, int width,
                                      int height);

/// Several images that show through each other, each with its turn in front.
std::unique_ptr<Frame> blend(std::vector<Picture> images, uint64_t seed, int width, int height);

/// Random numbers that are the same everywhere: 0 to 1, for a seed and an index.
double noise(uint64_t seed, uint64_t index);

}  // namespace airforce::simulator
