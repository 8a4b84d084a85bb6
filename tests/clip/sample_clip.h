// SPDX-License-Identifier: LGPL-2.1-or-later
// MP4s as far as a downloader looks: real boxes, random media.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace airforce::test {

inline std::string box(std::string_view type, std::string_view content) {
  const auto size = static_cast<std::uint32_t>(content.size() + 8);
  std::string made;
  for (int shift = 24; shift >= 0; shift -= 8) made += static_cast<char>(size >> shift & 0xff);
  made += type;
  made += content;
  return made;
}

inline std::string noise(std::size_t size, unsigned seed) {
  std::mt19937_64 random(seed);
  std::string made(size, '\0');
  for (auto& byte : made) byte = static_cast<char>(random());
  return made;
}

// With a track, so that it passes as playable.
inline std::string sample_moov(unsigned seed) {
  return box("moov", box("trak", "") + noise(1992, seed));
}

// moov in front, `size` bytes of media data. Another seed makes another version of the same size.
inline std::string faststart_clip(std::size_t size, unsigned seed = 1) {
  return box("ftyp", "isom0000") + sample_moov(seed + 1000) + box("mdat", noise(size, seed));
}

// moov behind.
inline std::string plain_clip(std::size_t size, unsigned seed = 1) {
  return box("ftyp", "isom0000") + box("free", "") + box("mdat", noise(size, seed)) +
         sample_moov(seed + 1000);
}

}  // namespace airforce::test
