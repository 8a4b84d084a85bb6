// SPDX-License-Identifier: LGPL-2.1-or-later
// Clips of numbered pictures, and what a film of them shows.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "support.h"

namespace airforce::gst::test {

inline constexpr int kFilmRate = 24;
inline constexpr GstClockTime kFilmFrame = GST_SECOND / kFilmRate;

// What is done to the colours of a clip: brightness (0 to 255) and one difference of colour.
struct Drift {
  double gain = 1;
  double offset = 0;
  double blue = 0;
};

struct ClipSpec {
  int first = 0;  // the number of its first picture
  int count = kFilmRate;
  int sound = 47;  // blocks of 1024 samples at 48000 a second; 0: none
  Drift drift = {};
  int width = 160;
  int height = 120;
};
// An MP4 of pictures that carry their numbers, each unlike its neighbours.
std::string make_numbered_clip(const TempDir& directory, const std::string& name,
                               const ClipSpec& spec);

struct ShownFrame {
  GstClockTime time = 0;
  GstClockTime duration = 0;
  int number = -1;        // that it carries
  double brightness = 0;  // its mean, without the number
  double blue = 0;
};
struct HeardBuffer {
  GstClockTime time = 0;
  GstClockTime duration = 0;
  bool silent = false;
  std::vector<gint16> samples;  // of one channel
};
// The time of the first loud sample from `from` on, or of the last one before `to`; none: unset.
std::optional<GstClockTime> first_loud(const std::vector<HeardBuffer>& sound, GstClockTime from);
std::optional<GstClockTime> last_loud(const std::vector<HeardBuffer>& sound, GstClockTime to);

// What arrives at fakesinks "video" and "audio" of a pipeline. Connect before playing; the pictures
// are I420, the sound S16LE.
class FilmWatch {
 public:
  explicit FilmWatch(const Pipeline& pipeline, bool with_sound = true);
  FilmWatch(const FilmWatch&) = delete;
  FilmWatch& operator=(const FilmWatch&) = delete;

  std::vector<ShownFrame> frames() const;
  std::vector<HeardBuffer> sound() const;
  std::vector<int> numbers() const;
  void clear();
  int segments() const { return segments_; }
  int starts() const { return starts_; }
  int formats() const { return formats_; }

 private:
  static void see(GstElement* sink, GstBuffer* buffer, GstPad* pad, gpointer self);
  static void hear(GstElement* sink, GstBuffer* buffer, GstPad* pad, gpointer self);

  mutable std::mutex lock_;
  std::vector<ShownFrame> frames_;
  std::vector<HeardBuffer> sound_;
  std::atomic<int> segments_ = 0;
  std::atomic<int> starts_ = 0;
  std::atomic<int> formats_ = 0;
};

// first, first + 1, ... so many of them, behind `numbers`.
void append(std::vector<int>& numbers, int first, int count);

// The test fails unless each begins where the one before it ends.
void fail_unless_contiguous(const std::vector<ShownFrame>& frames);
void fail_unless_contiguous(const std::vector<HeardBuffer>& sound);

}  // namespace airforce::gst::test
