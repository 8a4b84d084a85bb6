// SPDX-License-Identifier: LGPL-2.1-or-later
// Joins the sound of shots sample by sample: cut or padded to the picture of its shot, faded where
// one meets the other.
#pragma once

#include <cstdint>
#include <vector>

#include <gst/audio/audio.h>
#include <gst/gst.h>

#include "gstreamer/gst_ptr.h"

namespace airforce::gst {

// Not thread-safe.
class SoundJoin {
 public:
  // What comes next begins there, in film time.
  void begin_run(GstClockTime start);
  // The shot's place in film time. False for a format that it can't join.
  bool begin_shot(GstCaps* caps, GstClockTime begin, GstClockTime end);
  // What is to be sent for a buffer that begins at `time`: with times of the film, nothing, or
  // silence before it.
  std::vector<Buffer> place(Buffer buffer, GstClockTime time);
  // What is missing up to the shot's end.
  std::vector<Buffer> finish();

 private:
  std::int64_t sample_at(GstClockTime time) const;
  void stamp(GstBuffer* buffer, std::int64_t samples);
  Buffer silence(std::int64_t samples);
  void fade(Buffer& buffer, std::int64_t first, std::int64_t samples);

  GstAudioInfo info_{};
  GstClockTime start_ = 0;  // of the run
  bool is_run_start_ = true;
  std::int64_t next_ = 0;   // the sample that is sent next, from the film's beginning
  std::int64_t begin_ = 0;  // of the shot
  std::int64_t end_ = 0;
};

}  // namespace airforce::gst
