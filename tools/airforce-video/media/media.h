// SPDX-License-Identifier: LGPL-2.1-or-later
// What the command line does with pictures and sound, by GStreamer. A build without it has these
// functions, too: they throw.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <gio/gio.h>

#include "mp4/metadata.h"
#include "values/error.h"

namespace airforce::cli {

// Whether this build has GStreamer.
bool has_media();
// Throws Error{Settings} that says what is missing for `purpose` ("film"), before anything is
// bought: GStreamer itself, or one of its elements.
void check_media(const std::string& purpose);

// Throws Error{Clip} for what is no sound file, before anything is bought.
void check_music(const std::string& path);

// The last displayed frame of a clip, as PNG. Throws Error{Clip}.
std::string last_frame_png(const std::string& path);
// The first one, 480 pixels wide, as JPEG. Likewise.
std::string small_frame_jpeg(const std::string& path);

// A shot of a film that is written.
struct FilmShot {
  std::string path;
  bool continues = false;  // its first frame may repeat the last one before it
};

struct FilmFile {
  std::vector<FilmShot> shots;
  std::string location;  // complete or not at all
  bool replace = false;  // what stands there by then; else the next free name is taken
  std::string music;     // a sound file to put under it, or ""
  // An error of a shot's clip, with what its user knows of the shot.
  std::function<Error(std::size_t shot, const Error& error)> explained;
  std::string apart_advice;  // what to do with shots that cannot be joined
  mp4::Metadata metadata;
};

struct FilmResult {
  std::string path;
  double seconds = 0;
  int frames = 0;         // that are displayed
  int hidden_frames = 0;  // repeated ones, skipped by the edit list
  bool has_sound = false;
  std::vector<std::string> notes;  // what was cut, padded or left out, one line each
};

// Writes one MP4: pictures as they are, sound encoded again. Throws Error{Clip} that names the
// first seam where the codecs do not agree, Error{File} for what cannot be written.
FilmResult write_film(const FilmFile& film, GCancellable* cancellable);

}  // namespace airforce::cli
