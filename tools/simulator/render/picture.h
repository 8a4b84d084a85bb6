// SPDX-License-Identifier: LGPL-2.1-or-later
// A still picture in memory, and how one is made from a PNG or JPEG file.
#pragma once

#include <memory>
#include <string>

#include <cairo.h>

namespace airforce::simulator {

struct SurfaceDestroy {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
using Surface = std::unique_ptr<cairo_surface_t, SurfaceDestroy>;

struct ContextDestroy {
  void operator()(cairo_t* context) const { cairo_destroy(context); }
};
using Context = std::unique_ptr<cairo_t, ContextDestroy>;

struct PatternDestroy {
  void operator()(cairo_pattern_t* pattern) const { cairo_pattern_destroy(pattern); }
};
using Pattern = std::unique_ptr<cairo_pattern_t, PatternDestroy>;

/// A picture that is not changed any more, so that threads may share it.
using Picture = std::shared_ptr<cairo_surface_t>;

inline Picture make_picture(Surface surface) {
  return Picture(surface.release(), cairo_surface_destroy);
}

/// Decodes a PNG or JPEG. Throws std::runtime_error, with a reason for the client, for what is
/// none, is damaged, or is larger than a sensible picture.
Picture decode_picture(const std::string& file);

}  // namespace airforce::simulator
