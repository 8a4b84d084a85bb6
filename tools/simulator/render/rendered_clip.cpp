// SPDX-License-Identifier: LGPL-2.1-or-later
#include "render/rendered_clip.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <sys/stat.h>

#include <gst/app/app.h>
#include <gst/gst.h>

#include "render/gst_handles.h"
#include "render/mp4_times.h"
#include "render/music.h"

namespace airforce::simulator {
namespace {

constexpr int kAudioChunk = 1024;  // frames of a buffer: what an AAC packet holds

/// Feeds an appsrc, one buffer whenever it asks, from its own streaming thread.
class Feed {
 public:
  Feed(GstElement* source, GstCaps* caps) : source_(GST_APP_SRC(source)) {
    gst_app_src_set_caps(source_, caps);
    gst_caps_unref(caps);
    GstAppSrcCallbacks callbacks = {};
    callbacks.need_data = [](GstAppSrc*, guint, gpointer data) {
      auto* self = static_cast<Feed*>(data);
      if (GstBuffer* buffer = self->next())
        gst_app_src_push_buffer(self->source_, buffer);
      else
        gst_app_src_end_of_stream(self->source_);
    };
    gst_app_src_set_callbacks(source_, &callbacks, this, nullptr);
  }
  virtual ~Feed() = default;
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

 protected:
  /// The next buffer, or nullptr at the end.
  virtual GstBuffer* next() = 0;

 private:
  GstAppSrc* source_;
};

class Frames : public Feed {
 public:
  /// `only`: the one frame to give; -1: all of them.
  Frames(GstElement* source, const ClipSpec& spec, Frame& frame, int only = -1)
      : Feed(source,
             gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, "BGRx", "width",
                                 G_TYPE_INT, spec.width, "height", G_TYPE_INT, spec.height,
                                 "framerate", GST_TYPE_FRACTION, spec.frame_rate, 1, nullptr)),
        spec_(spec),
        frame_(frame),
        index_(only < 0 ? 0 : only),
        end_(only < 0 ? spec.frame_rate * spec.seconds : only + 1) {}

 private:
  GstBuffer* next() override {
    if (index_ >= end_) return nullptr;
    const int stride = spec_.width * 4;  // also what both GStreamer and cairo want for 4 bytes
    GstBuffer* buffer =
        gst_buffer_new_allocate(nullptr, static_cast<gsize>(stride) * spec_.height, nullptr);
    GstMapInfo map;
    gst_buffer_map(buffer, &map, GST_MAP_WRITE);
    {
      const Surface surface(cairo_image_surface_create_for_data(map.data, CAIRO_FORMAT_RGB24,
                                                                spec_.width, spec_.height, stride));
      const Context context(cairo_create(surface.get()));
      frame_.draw(context.get(), static_cast<double>(index_) / spec_.frame_rate, spec_.seconds);
      cairo_surface_flush(surface.get());
    }
    gst_buffer_unmap(buffer, &map);
    const auto start = gst_util_uint64_scale(index_, GST_SECOND, spec_.frame_rate);
    GST_BUFFER_PTS(buffer) = start;
    GST_BUFFER_DURATION(buffer) =
        gst_util_uint64_scale(index_ + 1, GST_SECOND, spec_.frame_rate) - start;
    ++index_;
    return buffer;
  }

  const ClipSpec& spec_;
  Frame& frame_;
  int index_;
  int end_;
};

class Tones : public Feed {
 public:
  Tones(GstElement* source, const ClipSpec& spec)
      : Feed(source,
             gst_caps_new_simple("audio/x-raw", "format", G_TYPE_STRING, "F32LE", "layout",
                                 G_TYPE_STRING, "interleaved", "rate", G_TYPE_INT, Music::kRate,
                                 "channels", G_TYPE_INT, Music::kChannels, nullptr)),
        music_(spec.seed, spec.seconds),
        end_(static_cast<int64_t>(spec.seconds) * Music::kRate) {}

 private:
  GstBuffer* next() override {
    if (position_ >= end_) return nullptr;
    const int count = static_cast<int>(std::min<int64_t>(kAudioChunk, end_ - position_));
    GstBuffer* buffer =
        gst_buffer_new_allocate(nullptr, sizeof(float) * Music::kChannels * count, nullptr);
    GstMapInfo map;
    gst_buffer_map(buffer, &map, GST_MAP_WRITE);
    music_.play(reinterpret_cast<float*>(map.data), position_, count);
    gst_buffer_unmap(buffer, &map);
    const auto start = gst_util_uint64_scale(position_, GST_SECOND, Music::kRate);
    position_ += count;
    GST_BUFFER_PTS(buffer) = start;
    GST_BUFFER_DURATION(buffer) =
        gst_util_uint64_scale(position_, GST_SECOND, Music::kRate) - start;
    return buffer;
  }

  Music music_;
  int64_t position_ = 0;
  int64_t end_;
};

/// The first of these that is installed, or nullptr.
template <size_t N>
const char* installed(const std::array<const char*, N>& factories) {
  for (const char* factory : factories)
    if (element_exists(factory)) return factory;
  return nullptr;
}

/// All of them make the profiles that everything decodes; which one it is makes no difference to
/// anybody but the bytes.
const char* audio_encoder() {
  return installed<4>({"avenc_aac", "fdkaacenc", "voaacenc", "faac"});
}

std::string launch_line(const ClipSpec& spec) {
  // One thread: x264's output may depend on their number, and a core is enough.
  std::string line =
      "appsrc name=frames format=time ! videoconvert ! video/x-raw,format=I420 ! "
      "textoverlay name=prompt valignment=bottom halignment=left line-alignment=left "
      "wrap-mode=wordchar shaded-background=true shading-value=110 xpad=24 ypad=22 ! "
      "textoverlay name=model valignment=top halignment=left shaded-background=true "
      "shading-value=110 xpad=24 ypad=20 ! "
      "timeoverlay name=time valignment=top halignment=right shaded-background=true "
      "shading-value=110 xpad=24 ypad=20 ! "
      "queue max-size-buffers=4 max-size-bytes=0 max-size-time=0 ! "
      "x264enc threads=1 speed-preset=superfast trellis=false rc-lookahead=10 sync-lookahead=0 "
      "pass=qual quantizer=22 key-int-max=48 ! "
      "video/x-h264,profile=high ! "
      "mp4mux name=mp4 ! filesink name=file ";
  if (spec.sound)
    line += "appsrc name=tones format=time ! audioconvert ! " + std::string(audio_encoder()) +
            " bitrate=96000 ! queue ! mp4.";
  return line;
}

/// What of a long prompt fits into the picture.
std::string shortened(const std::string& text) {
  constexpr glong kMax = 180;  // characters
  if (g_utf8_strlen(text.c_str(), -1) <= kMax) return text;
  return text.substr(0, g_utf8_offset_to_pointer(text.c_str(), kMax) - text.c_str()) + "…";
}

void write_texts(const Pipeline& pipeline, const ClipSpec& spec) {
  const auto label = [&](const char* name, const std::string& text, const char* font) {
    const std::unique_ptr<char, decltype(&g_free)> escaped(
        g_markup_escape_text(text.c_str(), static_cast<gssize>(text.size())), g_free);
    g_object_set(pipeline.element(name), "text", escaped.get(), "font-desc", font, nullptr);
  };
  label("prompt", shortened(spec.prompt), "Sans 15");
  label("model", spec.model, "Sans Bold 13");
  g_object_set(pipeline.element("time"), "font-desc", "Monospace 13", nullptr);
  for (const char* name : {"prompt", "model", "time"})
    g_object_set(pipeline.element(name), "silent", static_cast<gboolean>(!spec.with_text), nullptr);
}

FileDescriptor nameless_file() {
  FileDescriptor file(open(g_get_tmp_dir(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file) return file;
  std::string name = std::string(g_get_tmp_dir()) + "/airforce-simulator-XXXXXX";
  file = FileDescriptor(mkostemp(name.data(), O_CLOEXEC));
  if (!file)
    throw std::runtime_error("cannot make a file in " + std::string(g_get_tmp_dir()) + ": " +
                             std::strerror(errno));
  unlink(name.c_str());
  return file;
}

std::string thumbnail(const ClipSpec& spec, Frame& frame) {
  std::unique_ptr<Frames> frames;
  const Pipeline pipeline(
      "appsrc name=frames format=time ! videoconvert ! jpegenc ! "
      "appsink name=jpeg sync=false");
  frames = std::make_unique<Frames>(pipeline.element("frames"), spec, frame,
                                    spec.frame_rate * spec.seconds / 3);
  pipeline.play();
  const std::unique_ptr<GstSample, decltype(&gst_sample_unref)> sample(
      gst_app_sink_try_pull_sample(GST_APP_SINK(pipeline.element("jpeg")), 10 * GST_SECOND),
      gst_sample_unref);
  if (!sample) return {};
  GstMapInfo map;
  GstBuffer* buffer = gst_sample_get_buffer(sample.get());
  gst_buffer_map(buffer, &map, GST_MAP_READ);
  std::string jpeg(reinterpret_cast<const char*>(map.data), map.size);
  gst_buffer_unmap(buffer, &map);
  return jpeg;
}

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

std::string tag_of_content(int file) {
  const std::unique_ptr<GChecksum, decltype(&g_checksum_free)> sum(g_checksum_new(G_CHECKSUM_MD5),
                                                                   g_checksum_free);
  std::string piece(1 << 16, '\0');
  off_t offset = 0;
  for (ssize_t got; (got = pread(file, piece.data(), piece.size(), offset)) > 0; offset += got)
    g_checksum_update(sum.get(), reinterpret_cast<const guchar*>(piece.data()), got);
  return quoted(g_checksum_get_string(sum.get()));
}

int64_t size_of(int file) {
  struct stat about = {};
  return fstat(file, &about) == 0 ? about.st_size : 0;
}

}  // namespace

std::shared_ptr<Clip> render_clip(const ClipSpec& spec, Frame& frame,
                                  const std::function<bool()>& stop) {
  auto clip = std::make_shared<Clip>();
  clip->file = nameless_file();
  {
    std::unique_ptr<Frames> frames;  // the feeds go after the pipeline, whose threads use them
    std::unique_ptr<Tones> tones;
    const Pipeline pipeline(launch_line(spec));
    write_texts(pipeline, spec);
    const std::string path = "/proc/self/fd/" + std::to_string(clip->file.get());
    g_object_set(pipeline.element("file"), "location", path.c_str(), nullptr);
    g_object_set(pipeline.element("mp4"), "faststart", static_cast<gboolean>(spec.faststart),
                 nullptr);
    frames = std::make_unique<Frames>(pipeline.element("frames"), spec, frame);
    if (spec.sound) tones = std::make_unique<Tones>(pipeline.element("tones"), spec);
    pipeline.run(stop);
  }
  clear_mp4_times(clip->file.get());
  clip->size = size_of(clip->file.get());
  clip->etag = tag_of_content(clip->file.get());
  clip->thumbnail = thumbnail(spec, frame);
  return clip;
}

std::shared_ptr<Clip> open_clip(const std::string& path) {
  auto clip = std::make_shared<Clip>();
  clip->file = FileDescriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat about = {};
  if (!clip->file || fstat(clip->file.get(), &about) != 0)
    throw std::runtime_error(path + ": " + std::strerror(errno));
  if (!S_ISREG(about.st_mode)) throw std::runtime_error(path + ": not a regular file");
  clip->size = about.st_size;
  // Not of the content: the file may be huge.
  clip->etag =
      quoted(std::to_string(about.st_ino) + "-" + std::to_string(about.st_size) + "-" +
             std::to_string(about.st_mtim.tv_sec) + "." + std::to_string(about.st_mtim.tv_nsec));
  return clip;
}

std::string missing_elements() {
  std::string missing;
  for (const char* factory : {"appsrc", "appsink", "textoverlay", "timeoverlay", "videoconvert",
                              "audioconvert", "x264enc", "mp4mux", "jpegenc"})
    if (!element_exists(factory)) missing += std::string(missing.empty() ? "" : ", ") + factory;
  if (!audio_encoder()) missing += std::string(missing.empty() ? "" : ", ") + "avenc_aac";
  return missing;
}

}  // namespace airforce::simulator
