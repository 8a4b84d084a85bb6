// SPDX-License-Identifier: LGPL-2.1-or-later
// Sound of clips and music, decoded and mixed. Private to media/.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace airforce::cli {

inline constexpr int kSoundRate = 48000;
inline constexpr int kSoundChannels = 2;

// Interleaved samples from -1 to 1.
using Sound = std::vector<float>;

inline std::size_t frames_of(const Sound& sound) {
  return sound.size() / kSoundChannels;
}

enum class SoundFile { Clip, Music };

// All of a file's sound, at most `max_seconds`; empty where it has none. Throws Error{Clip}.
Sound read_sound(const std::string& path, SoundFile kind, double max_seconds);

// Skips `skip` frames, then cuts or pads with silence to exactly `count`, with a fade of some
// milliseconds at each end that is cut.
Sound fitted(const Sound& sound, std::size_t skip, std::size_t count);

// Music under the sound of a film, chunk by chunk: cut to the film's length, faded in and out, and
// quieter while the film itself can be heard.
class MusicMixer {
 public:
  MusicMixer(Sound music, std::size_t film_frames);
  // Adds the music to the next chunk of the film's sound.
  void mix(std::span<float> chunk);

 private:
  Sound music_;
  std::size_t film_frames_;
  std::size_t position_ = 0;
  float gain_ = 1;
};

}  // namespace airforce::cli
