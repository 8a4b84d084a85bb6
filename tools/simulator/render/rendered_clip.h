// SPDX-License-Identifier: LGPL-2.1-or-later
// A clip made by a GStreamer pipeline: drawn frames with prompt, model and timecode written in,
// and music, as H.264 and AAC in an MP4.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "render/frame.h"
#include "service/clip.h"

namespace airforce::simulator {

struct ClipSpec {
  int width = 0;
  int height = 0;
  int frame_rate = 24;
  int seconds = 0;
  std::string prompt;
  std::string model;
  uint64_t seed = 0;
  bool sound = false;
  bool faststart = true;
  bool with_text = true;  ///< prompt, model and timecode
};

/// Renders it, blocking; `stop` is asked now and then. The file has no name and goes with the Clip.
/// The same arguments give the same bytes. Throws std::runtime_error.
std::shared_ptr<Clip> render_clip(const ClipSpec& spec, Frame& frame,
                                  const std::function<bool()>& stop);

/// A clip around a file that exists. It has no thumbnail. Throws std::runtime_error.
std::shared_ptr<Clip> open_clip(const std::string& path);

/// What is missing on this machine to render; empty if nothing is.
std::string missing_elements();

}  // namespace airforce::simulator
