// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/edit_list.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>

#include "mp4/boxes.h"
#include "values/error.h"

namespace airforce::cli {
namespace {

Error odd(const std::string& what) {
  return {ErrorKind::Clip, Step::Download, "the film's index cannot be written: " + what};
}

using mp4::big_endian;
using mp4::box;
using mp4::Box;
using mp4::boxes_of;
using mp4::joined;
using mp4::number;
using mp4::put;

bool is_long(const Box& full_box) {
  return number(full_box.content, 0, 1) == 1;
}

// mdhd and mvhd alike.
std::uint64_t timescale_of(const Box& header) {
  const std::uint64_t scale = number(header.content, is_long(header) ? 20 : 12, 4);
  if (scale == 0) throw odd("a timescale is 0");
  return scale;
}

void set_duration(Box& header, std::size_t short_offset, std::size_t long_offset,
                  std::uint64_t duration) {
  if (is_long(header)) {
    number(header.content, long_offset, 8);
    put(header.content, long_offset, 8, duration);
  } else {
    number(header.content, short_offset, 4);
    put(header.content, short_offset, 4, duration);
  }
}

std::uint64_t scaled(double seconds, std::uint64_t scale) {
  return static_cast<std::uint64_t>(std::llround(seconds * static_cast<double>(scale)));
}

// Where the track's first sample is displayed in its own time: what an edit list of the muxer
// skips.
std::uint64_t media_start(std::vector<Box>& trak) {
  for (Box& edts : trak) {
    if (edts.type != "edts") continue;
    auto inner = boxes_of(edts.content);
    const Box& elst = mp4::get_box(inner, "elst");
    const std::uint64_t count = number(elst.content, 4, 4);
    const bool wide = is_long(elst);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::size_t at = 8 + i * (wide ? 20 : 12);
      const std::uint64_t start = number(elst.content, at + (wide ? 8 : 4), wide ? 8 : 4);
      const bool is_empty = start == (wide ? ~0ULL : 0xFFFFFFFFULL);
      if (!is_empty) return start;
    }
  }
  return 0;
}

std::string edited(const std::string& content, const TrackEdits& track, std::uint64_t movie_scale,
                   std::uint64_t& longest) {
  auto trak = boxes_of(content);
  auto mdia = boxes_of(mp4::get_box(trak, "mdia").content);
  const std::uint64_t scale = timescale_of(mp4::get_box(mdia, "mdhd"));
  const std::uint64_t start = track.handler == "vide" ? media_start(trak) : 0;
  std::string entries;
  std::uint64_t total = 0;
  double shown = 0;
  for (const Edit& edit : track.edits) {
    // Rounded as a sum, so that nothing adds up.
    shown += edit.seconds;
    const std::uint64_t duration = scaled(shown, movie_scale) - total;
    total += duration;
    entries += big_endian(duration, 8) + big_endian(start + scaled(edit.media_seconds, scale), 8) +
               big_endian(0x00010000, 4);
  }
  longest = std::max(longest, total);
  const std::string elst = big_endian(0x01000000, 4) + big_endian(track.edits.size(), 4) + entries;
  std::erase_if(trak, [](const Box& each) { return each.type == "edts"; });
  set_duration(mp4::get_box(trak, "tkhd"), 20, 28, total);
  const auto after =
      std::find_if(trak.begin(), trak.end(), [](const Box& each) { return each.type == "tkhd"; });
  trak.insert(after + 1, {"edts", box("elst", elst)});
  return joined(trak);
}

}  // namespace

std::string with_edit_lists(std::string_view moov, const std::vector<TrackEdits>& tracks) {
  auto outer = boxes_of(moov);
  if (outer.size() != 1 || outer.front().type != "moov") throw odd("there is no moov");
  auto boxes = boxes_of(outer.front().content);
  const std::uint64_t movie_scale = timescale_of(mp4::get_box(boxes, "mvhd"));
  std::uint64_t longest = 0;
  for (Box& each : boxes) {
    if (each.type != "trak") continue;
    auto trak = boxes_of(each.content);
    auto mdia = boxes_of(mp4::get_box(trak, "mdia").content);
    const std::string handler(mp4::get_box(mdia, "hdlr").content.substr(8, 4));
    for (const TrackEdits& track : tracks) {
      if (track.handler == handler)
        each.content = edited(each.content, track, movie_scale, longest);
    }
  }
  if (longest > 0) set_duration(mp4::get_box(boxes, "mvhd"), 16, 24, longest);
  return box("moov", joined(boxes));
}

void set_edit_lists(const std::string& path, const std::vector<TrackEdits>& tracks) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const std::uint64_t size = std::filesystem::file_size(path);
  std::uint64_t at = 0;
  while (at + 8 <= size) {
    std::string head(16, '\0');
    file.seekg(static_cast<std::streamoff>(at));
    file.read(head.data(), 16);
    file.clear();
    std::uint64_t length = number(head, 0, 4);
    if (length == 1) length = number(head, 8, 8);
    if (length < 8 || length > size - at) throw odd("a box has a wrong size");
    if (head.substr(4, 4) != "moov") {
      at += length;
      continue;
    }
    if (at + length != size) throw odd("moov is not the last box");
    std::string moov(length, '\0');
    file.seekg(static_cast<std::streamoff>(at));
    file.read(moov.data(), static_cast<std::streamsize>(length));
    moov = with_edit_lists(moov, tracks);
    file.seekp(static_cast<std::streamoff>(at));
    file.write(moov.data(), static_cast<std::streamsize>(moov.size()));
    file.flush();
    if (!file)
      throw Error(ErrorKind::File, Step::Download, "cannot write '" + path + "'",
                  "free some space and run it again");
    return;
  }
  throw odd("there is no moov");
}

}  // namespace airforce::cli
