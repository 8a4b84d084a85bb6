// SPDX-License-Identifier: LGPL-2.1-or-later
#include "film_support.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include <gst/video/video.h>

namespace airforce::gst::test {
namespace {

constexpr int kBits = 10;
constexpr int kBlock = 16;  // pixels of a bit, each way

guint8 level(double value) {
  return static_cast<guint8>(std::clamp(std::lround(value), 16L, 235L));
}

// A slope that moves, with the number above it in black and white.
std::string picture(int number, const ClipSpec& spec) {
  std::string bytes;
  for (int y = 0; y < spec.height; ++y) {
    for (int x = 0; x < spec.width; ++x) {
      if (y < kBlock) {
        const int bit = x / kBlock;
        const bool is_set = bit < kBits && ((number >> bit) & 1) != 0;
        bytes += static_cast<char>(is_set ? 235 : 16);
        continue;
      }
      const int at = (x + y + 3 * number) % spec.width;
      const double plain = 60 + 120.0 * std::abs(2.0 * at / spec.width - 1);
      bytes += static_cast<char>(level(plain * spec.drift.gain + spec.drift.offset));
    }
  }
  for (int plane = 0; plane < 2; ++plane) {
    for (int y = 0; y < spec.height / 2; ++y) {
      for (int x = 0; x < spec.width / 2; ++x) {
        const double plain = 108 + 40.0 * x / (spec.width / 2.0);
        bytes += static_cast<char>(level(plain + (plane == 0 ? spec.drift.blue : 0)));
      }
    }
  }
  return bytes;
}

double mean(const GstVideoFrame& frame, guint plane, int from_row) {
  const auto* row = static_cast<const guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, plane));
  const int width = GST_VIDEO_FRAME_COMP_WIDTH(&frame, plane);
  const int height = GST_VIDEO_FRAME_COMP_HEIGHT(&frame, plane);
  double sum = 0;
  for (int y = from_row; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      sum += row[y * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, plane) + x];
    }
  }
  return sum / (width * (height - from_row));
}

int number_in(const GstVideoFrame& frame) {
  const auto* row = static_cast<const guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, 0)) +
                    (kBlock / 2) * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, 0);
  int number = 0;
  for (int bit = 0; bit < kBits; ++bit) {
    if (row[bit * kBlock + kBlock / 2] > 128) number |= 1 << bit;
  }
  return number;
}

}  // namespace

std::string make_numbered_clip(const TempDir& directory, const std::string& name,
                               const ClipSpec& spec) {
  const std::string raw = directory.file(name + ".yuv");
  {
    std::ofstream file(raw, std::ios::binary);
    for (int i = 0; i < spec.count; ++i) file << picture(spec.first + i, spec);
  }
  const std::string size =
      "width=" + std::to_string(spec.width) + " height=" + std::to_string(spec.height);
  const std::string sound =
      spec.sound == 0 ? ""
                      : "audiotestsrc freq=3000 num-buffers=" + std::to_string(spec.sound) +
                            " samplesperbuffer=1024 ! audio/x-raw,rate=48000,channels=1 ! "
                            "audioconvert ! avenc_aac ! mux. ";
  std::string path = directory.file(name + ".mp4");
  Pipeline("filesrc location=" + raw + " ! rawvideoparse format=i420 framerate=24/1 " + size +
           " ! x264enc threads=1 speed-preset=ultrafast key-int-max=12 qp-max=18 ! "
           "video/x-h264,profile=high ! mux. " +
           sound + "mp4mux name=mux faststart=true ! filesink location=" + path)
      .play_to_end();
  return path;
}

FilmWatch::FilmWatch(const Pipeline& pipeline, bool with_sound) {
  const Ref<GstElement> video = pipeline.element("video");
  g_object_set(video.get(), "signal-handoffs", TRUE, nullptr);
  g_signal_connect(video.get(), "handoff", G_CALLBACK(see), this);
  const Ref<GstPad> pad(gst_element_get_static_pad(video.get(), "sink"));
  gst_pad_add_probe(
      pad.get(), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      [](GstPad*, GstPadProbeInfo* info, gpointer data) {
        auto* self = static_cast<FilmWatch*>(data);
        const GstEventType type = GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info));
        if (type == GST_EVENT_SEGMENT) ++self->segments_;
        if (type == GST_EVENT_STREAM_START) ++self->starts_;
        if (type == GST_EVENT_CAPS) ++self->formats_;
        return GST_PAD_PROBE_OK;
      },
      this, nullptr);
  if (!with_sound) return;
  const Ref<GstElement> audio = pipeline.element("audio");
  g_object_set(audio.get(), "signal-handoffs", TRUE, nullptr);
  g_signal_connect(audio.get(), "handoff", G_CALLBACK(hear), this);
}

void FilmWatch::see(GstElement*, GstBuffer* buffer, GstPad* pad, gpointer data) {
  auto* self = static_cast<FilmWatch*>(data);
  g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
  GstVideoInfo info;
  GstVideoFrame frame;
  ShownFrame shown;
  shown.time = GST_BUFFER_PTS(buffer);
  shown.duration = GST_BUFFER_DURATION(buffer);
  if (caps != nullptr && gst_video_info_from_caps(&info, caps) &&
      gst_video_frame_map(&frame, &info, buffer, GST_MAP_READ)) {
    shown.number = number_in(frame);
    shown.brightness = mean(frame, 0, 2 * kBlock);
    shown.blue = mean(frame, 1, kBlock);
    gst_video_frame_unmap(&frame);
  }
  const std::lock_guard guard(self->lock_);
  self->frames_.push_back(shown);
}

void FilmWatch::hear(GstElement*, GstBuffer* buffer, GstPad* pad, gpointer data) {
  auto* self = static_cast<FilmWatch*>(data);
  HeardBuffer heard{GST_BUFFER_PTS(buffer), GST_BUFFER_DURATION(buffer), true, {}};
  GstMapInfo map;
  if (gst_buffer_map(buffer, &map, GST_MAP_READ)) {
    const auto* samples = reinterpret_cast<const gint16*>(map.data);
    heard.silent = std::all_of(samples, samples + map.size / sizeof(gint16),
                               [](gint16 sample) { return std::abs(sample) < 300; });
    g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
    int channels = 1;
    gst_structure_get_int(gst_caps_get_structure(caps, 0), "channels", &channels);
    for (std::size_t i = 0; i < map.size / sizeof(gint16); i += static_cast<std::size_t>(channels))
      heard.samples.push_back(samples[i]);
    gst_buffer_unmap(buffer, &map);
  }
  const std::lock_guard guard(self->lock_);
  self->sound_.push_back(heard);
}

std::vector<ShownFrame> FilmWatch::frames() const {
  const std::lock_guard guard(lock_);
  return frames_;
}

std::vector<HeardBuffer> FilmWatch::sound() const {
  const std::lock_guard guard(lock_);
  return sound_;
}

std::vector<int> FilmWatch::numbers() const {
  std::vector<int> numbers;
  for (const ShownFrame& frame : frames()) numbers.push_back(frame.number);
  return numbers;
}

void FilmWatch::clear() {
  const std::lock_guard guard(lock_);
  frames_.clear();
  sound_.clear();
}

namespace {

// Calls `use` with the time of each loud sample, until it returns false.
template <typename Use>
void for_each_loud(const std::vector<HeardBuffer>& sound, Use use) {
  constexpr gint16 kLoud = 2000;
  for (const HeardBuffer& heard : sound) {
    const std::size_t count = heard.samples.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (std::abs(heard.samples[i]) < kLoud) continue;
      if (!use(heard.time + gst_util_uint64_scale(heard.duration, i, count))) return;
    }
  }
}

}  // namespace

std::optional<GstClockTime> first_loud(const std::vector<HeardBuffer>& sound, GstClockTime from) {
  std::optional<GstClockTime> first;
  for_each_loud(sound, [&](GstClockTime time) {
    if (time >= from) first = time;
    return !first;
  });
  return first;
}

std::optional<GstClockTime> last_loud(const std::vector<HeardBuffer>& sound, GstClockTime to) {
  std::optional<GstClockTime> last;
  for_each_loud(sound, [&](GstClockTime time) {
    if (time < to) last = time;
    return time < to;
  });
  return last;
}

void append(std::vector<int>& numbers, int first, int count) {
  for (int i = 0; i < count; ++i) numbers.push_back(first + i);
}

namespace {

template <typename Piece>
void check_contiguous(const std::vector<Piece>& pieces, GstClockTime tolerance) {
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const auto end = static_cast<gint64>(pieces[i - 1].time + pieces[i - 1].duration);
    const gint64 step = static_cast<gint64>(pieces[i].time) - end;
    fail_unless(std::abs(step) <= static_cast<gint64>(tolerance), "piece %u begins %lld ns off",
                static_cast<unsigned>(i), static_cast<long long>(step));
  }
}

}  // namespace

void fail_unless_contiguous(const std::vector<ShownFrame>& frames) {
  check_contiguous(frames, 3);
}

void fail_unless_contiguous(const std::vector<HeardBuffer>& sound) {
  check_contiguous(sound, 25 * GST_USECOND);  // a sample
}

}  // namespace airforce::gst::test
