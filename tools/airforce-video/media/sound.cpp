// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/sound.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "media/pipeline.h"
#include "values/error.h"

namespace airforce::cli {
namespace {

constexpr std::size_t kFade = kSoundRate / 200;        // 5 ms, at a cut
constexpr std::size_t kMusicFadeIn = kSoundRate / 2;   // 0.5 s
constexpr std::size_t kMusicFadeOut = kSoundRate * 2;  // 2 s
constexpr float kAlone = 0.7F;                         // the music's gain where nothing else sounds
constexpr float kDucked = 0.2F;                        // -14 dB
constexpr float kAudible = 0.01F;                      // -40 dB: what the music makes room for
constexpr std::size_t kDuckBlock = kSoundRate / 50;    // 20 ms
constexpr float kAttack = 0.3F;                        // of the way to the wanted gain, each block
constexpr float kRelease = 0.05F;

// What a file of the user's is, GStreamer finds out. A clip of the service is an MP4 or nothing.
std::string decoding_line(const std::string& path, SoundFile kind) {
  return file_source(path) +
         (kind == SoundFile::Clip ? " ! qtdemux name=demux demux.audio_0 ! queue" : "") +
         " ! decodebin name=decoder expose-all-streams=false "
         "caps=audio/x-raw ! audioconvert ! audioresample ! "
         "audio/x-raw,format=F32LE,layout=interleaved,"
         "rate=48000,channels=2 ! appsink name=sound sync=false max-buffers=16";
}

}  // namespace

Sound read_sound(const std::string& path, SoundFile kind, double max_seconds) {
  const Pipeline pipeline(decoding_line(path, kind),
                          "the sound of '" + path + "' cannot be decoded");
  const std::size_t limit =
      static_cast<std::size_t>(std::ceil(max_seconds * kSoundRate)) * kSoundChannels;
  Sound sound;
  pipeline.play();
  while (sound.size() < limit) {
    const SamplePtr sample = pipeline.pull("sound");
    if (!sample) break;
    GstBuffer* const buffer = gst_sample_get_buffer(sample.get());
    GstMapInfo map;
    gst_buffer_map(buffer, &map, GST_MAP_READ);
    // By the clip's time: its edit list skips what the encoder put in front.
    std::size_t skip = 0;
    const GstSegment* const segment = gst_sample_get_segment(sample.get());
    if (GST_BUFFER_PTS_IS_VALID(buffer) && GST_CLOCK_TIME_IS_VALID(segment->start)) {
      const GstClockTime pts = GST_BUFFER_PTS(buffer);
      const auto samples = [](GstClockTime time) {
        return static_cast<std::size_t>(gst_util_uint64_scale_round(time, kSoundRate, GST_SECOND)) *
               kSoundChannels;
      };
      if (pts < segment->start) {
        skip = std::min(samples(segment->start - pts), map.size / sizeof(float));
      } else if (const std::size_t at = samples(pts - segment->start + segment->time);
                 at > sound.size() + 64 && at < limit) {
        sound.resize(at, 0);  // it begins later than the clip, or has a hole
      }
    }
    const std::size_t count = map.size / sizeof(float) - skip;
    const std::size_t old = sound.size();
    sound.resize(old + count);
    if (count > 0)
      std::memcpy(sound.data() + old, map.data + skip * sizeof(float), count * sizeof(float));
    gst_buffer_unmap(buffer, &map);
  }
  if (sound.size() > limit) sound.resize(limit);
  return sound;
}

Sound fitted(const Sound& sound, std::size_t skip, std::size_t count) {
  Sound result(count * kSoundChannels, 0);
  const std::size_t there = frames_of(sound);
  const std::size_t used = skip < there ? std::min(there - skip, count) : 0;
  std::copy_n(sound.begin() + static_cast<std::ptrdiff_t>(skip < there ? skip * kSoundChannels : 0),
              used * kSoundChannels, result.begin());
  const auto fade = [&](std::size_t frame, float gain) {
    for (std::size_t c = 0; c < kSoundChannels; ++c) result[frame * kSoundChannels + c] *= gain;
  };
  const std::size_t length = std::min(kFade, used);
  for (std::size_t i = 0; i < length; ++i) {
    const float gain = static_cast<float>(i) / static_cast<float>(length);
    fade(i, gain);
    fade(used - 1 - i, gain);
  }
  return result;
}

MusicMixer::MusicMixer(Sound music, std::size_t film_frames)
    : music_(std::move(music)), film_frames_(film_frames), gain_(kAlone) {}

void MusicMixer::mix(std::span<float> chunk) {
  const std::size_t length = std::min(frames_of(music_), film_frames_);
  for (std::size_t begin = 0; begin < chunk.size(); begin += kDuckBlock * kSoundChannels) {
    const std::size_t end = std::min(begin + kDuckBlock * kSoundChannels, chunk.size());
    float loudest = 0;
    for (std::size_t i = begin; i < end; ++i) loudest = std::max(loudest, std::abs(chunk[i]));
    const float wanted = loudest > kAudible ? kDucked : kAlone;
    const float next = gain_ + (wanted - gain_) * (wanted < gain_ ? kAttack : kRelease);
    for (std::size_t i = begin; i < end; ++i) {
      const std::size_t frame = position_ + i / kSoundChannels;
      if (frame >= length) continue;
      const float along = static_cast<float>(i - begin) / static_cast<float>(end - begin);
      float gain = gain_ + (next - gain_) * along;
      gain *= std::min(1.0F, static_cast<float>(frame) / kMusicFadeIn);
      gain *= std::min(1.0F, static_cast<float>(length - frame) / kMusicFadeOut);
      chunk[i] = std::clamp(chunk[i] + gain * music_[position_ * kSoundChannels + i], -1.0F, 1.0F);
    }
    gain_ = next;
  }
  position_ += chunk.size() / kSoundChannels;
}

}  // namespace airforce::cli
