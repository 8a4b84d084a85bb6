// SPDX-License-Identifier: LGPL-2.1-or-later
// One MP4 of several clips: pictures as they are, sound encoded again.
#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>

#include "clip/clip_file.h"
#include "media/decoded_frames.h"
#include "media/edit_list.h"
#include "media/media.h"
#include "media/packets.h"
#include "media/sound.h"
#include "mp4/metadata_file.h"
#include "values/error.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

struct Encoder {
  const char* element;
  const char* parameters;
  int delay;  // samples that it puts in front
};

constexpr Encoder kEncoders[] = {{"avenc_aac", "bitrate=192000", 1024},
                                 {"fdkaacenc", "bitrate=192000", 2048},
                                 {"voaacenc", "bitrate=192000", 1600}};
constexpr const char* kElements[] = {"qtdemux",      "mp4mux",       "pngenc",
                                     "decodebin",    "audioconvert", "audioresample",
                                     "videoconvert", "videoscale",   "videoflip"};
constexpr double kNoticedPadding = 0.1;  // seconds of sound that are worth a note

bool has_element(const char* name) {
  GstElementFactory* const factory = gst_element_factory_find(name);
  if (factory != nullptr) gst_object_unref(factory);
  return factory != nullptr;
}

const Encoder* encoder() {
  for (const Encoder& each : kEncoders) {
    if (has_element(each.element)) return &each;
  }
  return nullptr;
}

double seconds_of(GstClockTime time) {
  return static_cast<double>(time) / GST_SECOND;
}

std::size_t samples_of(GstClockTime time) {
  return gst_util_uint64_scale_round(time, kSoundRate, GST_SECOND);
}

std::string number_of(std::size_t shot) {
  return std::to_string(shot + 1);
}

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", seconds);
  return text;
}

class Writer {
 public:
  Writer(const FilmFile& film, GCancellable* cancellable)
      : film_(film), cancellable_(cancellable), file_(film.location, "") {
    file_.set_replace(film.replace);
  }

  FilmResult write() {
    look();
    if (with_sound_ && encoder() == nullptr) check_media("film");
    Pipeline pipeline(line(), "the film cannot be written");
    pipeline.set("file", "location", file_.path());
    start(pipeline);
    for (std::size_t i = 0; i < film_.shots.size(); ++i) append(pipeline, i);
    finish(pipeline);
    return result_;
  }

 private:
  struct Look {
    GstClockTime hidden = 0;    // of its first frame, which repeats the one before
    GstClockTime duration = 0;  // displayed
    bool sound = false;
  };

  std::string line() const {
    std::string text =
        "mp4mux name=mux ! filesink name=file "
        "appsrc name=pictures format=time max-bytes=0 ! mux.video_0 ";
    if (with_sound_)
      text += std::string(
                  "appsrc name=sound format=time max-bytes=0 "
                  "caps=audio/x-raw,format=F32LE,layout=interleaved,rate=48000,channels=2 "
                  "! audioconvert ! ") +
              encoder()->element + " " + encoder()->parameters +
              " ! queue max-size-time=0 max-size-buffers=0 max-size-bytes=0 ! mux.audio_0 ";
    return text;
  }

  void check_cancelled() const {
    if (cancellable_ != nullptr && g_cancellable_is_cancelled(cancellable_))
      throw Error(ErrorKind::Cancelled, Step::Download, "cancelled");
  }

  // What is wrong with a clip is said of its shot.
  template <typename Read>
  auto of_shot(std::size_t shot, Read read) const {
    try {
      return read(film_.shots[shot].path);
    } catch (const Error& error) {
      if (error.kind != ErrorKind::Clip || !film_.explained) throw;
      throw Error(film_.explained(shot, error));
    }
  }

  // Finds out everything that can fail before anything is written.
  void look() {
    SamplePtr last;
    for (std::size_t i = 0; i < film_.shots.size(); ++i) {
      check_cancelled();
      const FilmShot& shot = film_.shots[i];
      const Packets packets = of_shot(i, read_packets);
      if (!caps_) caps_.reset(gst_caps_ref(packets.caps.get()));
      const std::string difference = codec_difference(caps_.get(), packets.caps.get());
      if (!difference.empty())
        throw Error(ErrorKind::Clip, Step::Download,
                    "shot " + number_of(i) + " cannot follow shot " + number_of(i - 1) +
                        " without encoding again: " + difference,
                    film_.apart_advice);
      Look look;
      if (shot.continues && i > 0) {
        if (is_same_picture(last.get(), of_shot(i, first_frame).get()))
          look.hidden = packets.first_duration;
        else
          result_.notes.push_back(
              "shot " + number_of(i) +
              " does not begin with the last frame before it: all of it is shown");
      }
      const bool is_continued = i + 1 < film_.shots.size() && film_.shots[i + 1].continues;
      last = is_continued ? of_shot(i, last_frame) : nullptr;
      look.duration = packets.duration - look.hidden;
      result_.frames += static_cast<int>(packets.buffers.size()) - (look.hidden > 0 ? 1 : 0);
      result_.hidden_frames += look.hidden > 0 ? 1 : 0;
      total_ += look.duration;
      look.sound = of_shot(i, has_track);
      with_sound_ = with_sound_ || look.sound;
      looks_.push_back(look);
    }
    with_sound_ = with_sound_ || !film_.music.empty();
    result_.has_sound = with_sound_;
    result_.seconds = seconds_of(total_);
  }

  static bool has_track(const std::string& path) {
    const Pipeline pipeline(
        file_source(path) + " ! qtdemux name=demux demux.video_0 ! queue ! fakesink sync=false",
        "'" + path + "' cannot be read");
    pipeline.preroll();
    bool found = false;
    GstIterator* const pads = gst_element_iterate_src_pads(pipeline.element("demux"));
    GValue value = G_VALUE_INIT;
    while (gst_iterator_next(pads, &value) == GST_ITERATOR_OK) {
      const GstPad* const pad = GST_PAD(g_value_get_object(&value));
      found = found || g_str_has_prefix(GST_PAD_NAME(pad), "audio");
      g_value_reset(&value);
    }
    gst_iterator_free(pads);
    return found;
  }

  void start(Pipeline& pipeline) {
    gst_app_src_set_caps(GST_APP_SRC(pipeline.element("pictures")), caps_.get());
    if (!film_.music.empty()) {
      Sound music = read_sound(film_.music, SoundFile::Music, result_.seconds);
      if (music.empty())
        throw Error(ErrorKind::Clip, Step::Download, "'" + film_.music + "' has no sound");
      if (static_cast<double>(frames_of(music)) / kSoundRate + kNoticedPadding < result_.seconds)
        result_.notes.push_back("the music ends before the film");
      music_.emplace(std::move(music), samples_of(total_));
    }
    pipeline.play();
  }

  void append(Pipeline& pipeline, std::size_t shot) {
    check_cancelled();
    pipeline.check();
    const Look& look = looks_[shot];
    const Packets packets = of_shot(shot, read_packets);
    auto* const pictures = GST_APP_SRC(pipeline.element("pictures"));
    for (const BufferPtr& packet : packets.buffers) {
      GstBuffer* const moved = gst_buffer_copy(packet.get());
      GST_BUFFER_PTS(moved) += media_ - packets.start;
      if (GST_BUFFER_DTS_IS_VALID(moved)) GST_BUFFER_DTS(moved) += media_ + kRoom - packets.start;
      GST_BUFFER_PTS(moved) += kRoom;
      gst_app_src_push_buffer(pictures, moved);
    }
    const Edit edit{seconds_of(media_ + look.hidden), seconds_of(look.duration)};
    // What follows without a gap is one edit.
    if (!edits_.empty() && look.hidden == 0)
      edits_.back().seconds += edit.seconds;
    else
      edits_.push_back(edit);
    media_ += look.hidden + look.duration;
    if (with_sound_) append_sound(pipeline, shot);
  }

  void append_sound(Pipeline& pipeline, std::size_t shot) {
    const Look& look = looks_[shot];
    shown_ += look.duration;
    const std::size_t end = samples_of(shown_);
    const std::size_t count = end - samples_;
    Sound sound;
    if (look.sound) {
      sound = of_shot(shot, [&](const std::string& path) {
        return read_sound(path, SoundFile::Clip, seconds_of(look.hidden + look.duration) + 1);
      });
    }
    note_length(shot, sound, look);
    sound = fitted(sound, samples_of(look.hidden), count);
    if (music_) music_->mix(sound);
    push_sound(pipeline, sound);
  }

  void note_length(std::size_t shot, const Sound& sound, const Look& look) {
    if (!look.sound) return;
    const double difference = static_cast<double>(frames_of(sound)) / kSoundRate -
                              seconds_of(look.hidden + look.duration);
    if (difference < -kNoticedPadding)
      result_.notes.push_back("the sound of shot " + number_of(shot) + " is " +
                              seconds_text(-difference) + " shorter than its picture: padded");
    if (difference > kNoticedPadding)
      result_.notes.push_back("the sound of shot " + number_of(shot) +
                              " is longer than its picture: cut");
  }

  void push_sound(Pipeline& pipeline, const Sound& sound) {
    const std::size_t size = sound.size() * sizeof(float);
    GstBuffer* const buffer = gst_buffer_new_allocate(nullptr, size, nullptr);
    gst_buffer_fill(buffer, 0, sound.data(), size);
    const auto time_of = [](std::size_t samples) {
      return gst_util_uint64_scale_round(samples, GST_SECOND, kSoundRate);
    };
    GST_BUFFER_PTS(buffer) = kRoom + time_of(samples_);
    samples_ += frames_of(sound);
    GST_BUFFER_DURATION(buffer) = kRoom + time_of(samples_) - GST_BUFFER_PTS(buffer);
    gst_app_src_push_buffer(GST_APP_SRC(pipeline.element("sound")), buffer);
  }

  void finish(Pipeline& pipeline) {
    std::vector<TrackEdits> tracks{{"vide", edits_}};
    gst_app_src_end_of_stream(GST_APP_SRC(pipeline.element("pictures")));
    if (with_sound_) {
      // So that the encoder's delay cuts nothing off at the end.
      push_sound(pipeline, Sound(static_cast<std::size_t>(encoder()->delay) * kSoundChannels, 0));
      gst_app_src_end_of_stream(GST_APP_SRC(pipeline.element("sound")));
      tracks.push_back(
          {"soun", {{static_cast<double>(encoder()->delay) / kSoundRate, result_.seconds}}});
    }
    pipeline.wait_end(cancellable_);
    pipeline.stop();
    set_edit_lists(file_.path(), tracks);
    give_name();
  }

  void give_name() {
    ClipFile with_metadata(film_.location, "");
    with_metadata.set_replace(film_.replace);
    const std::string wanted = file_.location();
    const std::string why =
        mp4::write_metadata(file_.path(), film_.metadata, &with_metadata, cancellable_);
    if (!why.empty()) {
      result_.notes.push_back("no metadata: " + why);
      if (!file_.commit(std::filesystem::file_size(file_.path()), cancellable_)) check_cancelled();
    }
    const std::string& location = why.empty() ? with_metadata.location() : file_.location();
    result_.path = location == wanted ? film_.location : location;
  }

  // In front of all times, so that no decoding time is negative.
  static constexpr GstClockTime kRoom = 1000 * GST_SECOND;

  const FilmFile& film_;
  GCancellable* const cancellable_;
  ClipFile file_;  // until it has its metadata
  FilmResult result_;
  CapsPtr caps_;
  std::vector<Look> looks_;
  bool with_sound_ = false;
  std::optional<MusicMixer> music_;
  GstClockTime total_ = 0;
  GstClockTime media_ = 0;  // in the track's own time, with the hidden frames
  GstClockTime shown_ = 0;
  std::size_t samples_ = 0;
  std::vector<Edit> edits_;
};

}  // namespace

bool has_media() {
  return true;
}

void check_media(const std::string& purpose) {
  start_gstreamer();
  for (const char* element : kElements) {
    if (!has_element(element))
      throw Error(ErrorKind::Settings, Step::Settings,
                  purpose + " needs the GStreamer element " + element + ", which is not installed",
                  "install gstreamer1.0-plugins-good and gstreamer1.0-plugins-base");
  }
  if (encoder() == nullptr || !has_element("avdec_h264"))
    throw Error(ErrorKind::Settings, Step::Settings,
                purpose + " needs GStreamer's decoders and an AAC encoder, which are not installed",
                "install gstreamer1.0-libav");
}

void check_music(const std::string& path) {
  start_gstreamer();
  if (read_sound(path, SoundFile::Music, kNoticedPadding).empty())
    throw Error(ErrorKind::Clip, Step::Settings, "'" + path + "' has no sound",
                "name another file with --music");
}

FilmResult write_film(const FilmFile& film, GCancellable* cancellable) {
  start_gstreamer();
  try {
    return Writer(film, cancellable).write();
  } catch (const std::system_error& error) {
    throw Error(ErrorKind::File, Step::Download,
                std::string("the film cannot be written: ") + error.what());
  }
}

}  // namespace airforce::cli
