// SPDX-License-Identifier: LGPL-2.1-or-later
#include "render/music.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "render/frame.h"

namespace airforce::simulator {
namespace {

constexpr double kTau = 6.283185307179586;
constexpr std::array<std::array<int, 4>, 4> kChords = {
    {{0, 7, 16, 23}, {0, 7, 15, 22}, {0, 5, 12, 21}, {0, 7, 14, 19}}};  // in semitones

}  // namespace

void Music::play(float* to, int64_t first, int count) const {
  const auto& chord = kChords.at(static_cast<size_t>(noise(seed_, 900) * kChords.size()));
  const double root = 130.81 * std::exp2(std::floor(noise(seed_, 901) * 9) / 12);
  for (int frame = 0; frame < count; ++frame) {
    const double time = static_cast<double>(first + frame) / kRate;
    const double edges = std::clamp(std::min(time / 0.8, (whole_ - time) / 0.8), 0.0, 1.0);
    double left = 0;
    double right = 0;
    for (size_t voice = 0; voice < chord.size(); ++voice) {
      const double pitch = root * std::exp2(chord.at(voice) / 12.0);
      const double breath = 0.55 + 0.45 * std::sin(time * (0.7 + 0.23 * voice) + 1.7 * voice);
      const double tone = std::sin(kTau * pitch * time) + 0.25 * std::sin(2 * kTau * pitch * time);
      const double place = 0.25 + 0.5 * static_cast<double>(voice % 2);
      left += tone * breath * (1 - place);
      right += tone * breath * place;
    }
    to[frame * 2] = static_cast<float>(left * edges * 0.09);
    to[frame * 2 + 1] = static_cast<float>(right * edges * 0.09);
  }
}

}  // namespace airforce::simulator
