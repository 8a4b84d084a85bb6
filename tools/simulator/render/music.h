// SPDX-License-Identifier: LGPL-2.1-or-later
// What is to be heard: a quiet chord that breathes, a function of the seed and the time.
#pragma once

#include <cstdint>

namespace airforce::simulator {

class Music {
 public:
  static constexpr int kRate = 48000;
  static constexpr int kChannels = 2;

  Music(uint64_t seed, double whole) : seed_(seed), whole_(whole) {}

  /// Fills `count` frames of interleaved floats from frame `first` on.
  void play(float* to, int64_t first, int count) const;

 private:
  uint64_t seed_;
  double whole_;
};

}  // namespace airforce::simulator
