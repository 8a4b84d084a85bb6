// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip_index.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include <gst/gst.h>

namespace airforce::gst {
namespace {

using Bytes = std::span<const char>;

std::uint64_t number(Bytes bytes, std::size_t offset, std::size_t size = 4) {
  if (offset + size > bytes.size()) return 0;
  std::uint64_t value = 0;
  for (const char byte : bytes.subspan(offset, size)) {
    value = value << 8 | static_cast<unsigned char>(byte);
  }
  return value;
}

// Calls `each(type, content)` for the boxes in `bytes`.
template <typename Each>
void for_each_box(Bytes bytes, Each each) {
  while (const auto header = parse_box_header(bytes)) {
    const std::size_t begin = number(bytes, 0) == 1 ? BoxHeader::kMax : 8;
    if (header->size < begin || header->size > bytes.size()) return;
    each(header->name(), bytes.subspan(begin, static_cast<std::size_t>(header->size) - begin));
    bytes = bytes.subspan(static_cast<std::size_t>(header->size));
  }
}

// In units of the track, but for `edit`.
struct Track {
  bool is_video = false;
  std::uint64_t timescale = 0;
  std::uint64_t samples = 0;  // their durations together
  std::uint64_t frame = 0;
  std::uint64_t first_shift = 0;  // of the first sample, from decoding to display
  std::uint64_t edit = 0;         // in units of the movie; 0: to the end
  std::uint64_t media_time = 0;   // where the edit begins
};

void read_durations(Bytes content, Track& track) {
  const std::uint64_t entries = std::min<std::uint64_t>(number(content, 4), content.size() / 8);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::uint64_t delta = number(content, 8 + i * 8 + 4);
    if (i == 0) track.frame = delta;
    track.samples += number(content, 8 + i * 8) * delta;
  }
}

void read_edits(Bytes content, Track& track) {
  const bool is_long = number(content, 0, 1) == 1;
  const std::size_t size = is_long ? 8 : 4;
  const std::uint64_t entries =
      std::min<std::uint64_t>(number(content, 4), content.size() / (2 * size + 4));
  const std::uint64_t nothing = is_long ? ~std::uint64_t{0} : 0xFFFFFFFF;
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = 8 + i * (2 * size + 4);
    const std::uint64_t media_time = number(content, at + size, size);
    if (media_time == nothing) continue;
    track.edit += number(content, at, size);
    track.media_time = media_time;
  }
}

void read_track(Bytes bytes, Track& track) {
  for_each_box(bytes, [&track](std::string_view type, Bytes content) {
    if (type == "mdia" || type == "minf" || type == "stbl" || type == "edts") {
      read_track(content, track);
    } else if (type == "hdlr" && content.size() >= 12) {
      track.is_video = std::string_view(content.data() + 8, 4) == "vide";
    } else if (type == "mdhd") {
      track.timescale = number(content, number(content, 0, 1) == 1 ? 20 : 12);
    } else if (type == "stts") {
      read_durations(content, track);
    } else if (type == "ctts" && content.size() >= 16 && number(content, 0, 1) == 0) {
      track.first_shift = number(content, 12);
    } else if (type == "elst") {
      read_edits(content, track);
    }
  });
}

std::vector<char> read_index(const ReadAt& read) {
  MoovFinder finder;
  std::vector<char> moov;
  std::uint64_t last = ~std::uint64_t{0};
  while (const auto at = finder.next_header()) {
    if (*at == last) return {};
    last = *at;
    std::array<char, BoxHeader::kMax> bytes{};
    const Bytes begin = Bytes(bytes).first(read(*at, bytes));
    const auto header = parse_box_header(begin);
    if (header && header->name() == "moov" && header->size > 0) {
      moov.resize(static_cast<std::size_t>(header->size));
      moov.resize(read(*at, moov));
      return moov;
    }
    finder.feed(begin);
  }
  return moov;
}

}  // namespace

std::optional<PictureLength> picture_length(const ReadAt& read) {
  const std::vector<char> moov = read_index(read);
  if (moov.size() < BoxHeader::kMax) return std::nullopt;
  std::uint64_t movie_timescale = 0;
  std::optional<Track> video;
  for_each_box(Bytes(moov).subspan(8), [&](std::string_view type, Bytes content) {
    if (type == "mvhd") movie_timescale = number(content, number(content, 0, 1) == 1 ? 20 : 12);
    if (type != "trak" || video) return;
    Track track;
    read_track(content, track);
    if (track.is_video) video = track;
  });
  if (!video || video->timescale == 0 || video->samples == 0) return std::nullopt;
  const std::uint64_t skipped =
      video->media_time > video->first_shift ? video->media_time - video->first_shift : 0;
  const auto in_time = [](std::uint64_t value, std::uint64_t scale) {
    return gst_util_uint64_scale(value, GST_SECOND, scale);
  };
  PictureLength result;
  result.length = in_time(video->samples - std::min(skipped, video->samples), video->timescale);
  result.frame = in_time(video->frame, video->timescale);
  if (video->edit > 0 && movie_timescale > 0) {
    const std::uint64_t edit = in_time(video->edit, movie_timescale);
    // Nearly the same is the same, rounded.
    if (edit + in_time(1, movie_timescale) < result.length) result.length = edit;
  }
  return result;
}

}  // namespace airforce::gst
