// SPDX-License-Identifier: LGPL-2.1-or-later
// The shots of a film that are all made, as one file with what belongs to it.
#pragma once

#include <functional>
#include <string>

#include <gio/gio.h>

#include "film/film.h"
#include "media/media.h"
#include "saved_clip.h"

namespace airforce::cli {

struct JoinedFilm {
  FilmFile file;           // without shots and metadata
  std::string storyboard;  // its file, "-" for standard input
  Companions companions;
  Settings defaults;                             // say whose history it is
  std::function<void(const std::string&)> warn;  // about what is left out
};

// Waits for the downloads, writes the film, and settles the purchases. Throws Error, which says
// that the shots are kept.
FilmResult join_film(Film& film, JoinedFilm wanted, GCancellable* cancellable);

}  // namespace airforce::cli
