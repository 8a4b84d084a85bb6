// SPDX-License-Identifier: LGPL-2.1-or-later
// What makes a saved clip recognisable: metadata in it, a description and a picture beside it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "mp4/metadata.h"
#include "values/settings.h"
#include "values/task.h"

namespace airforce {
class Generation;
}

namespace airforce::cli {

class JsonLine;

// Which of them are wanted.
struct Companions {
  bool metadata = false;
  bool sidecar = false;
  bool thumbnail = false;
  bool replace = false;  // also files that somebody else has written
  bool any() const { return metadata || sidecar || thumbnail; }
};

// How a clip was made.
struct ClipOrigin {
  Settings settings;
  Task task;
  std::string prompt;
};

struct WrittenCompanions {
  bool metadata = false;
  std::string sidecar;                // its path
  std::string thumbnail;              // likewise
  std::vector<std::string> warnings;  // the clip is saved and paid for, whatever happens here
};

mp4::Metadata metadata_of(const ClipOrigin& origin);

// Of a film of these shots.
mp4::Metadata film_metadata(const std::vector<ClipOrigin>& shots);

// Writes what is wanted for the clip that `generation` has saved as `path`. Never throws for what
// fails: see WrittenCompanions::warnings.
WrittenCompanions write_companions(const Companions& wanted, const std::string& path,
                                   Generation& generation, const Settings& settings);

// The same of a clip that was saved earlier. `picture` makes its thumbnail.
WrittenCompanions write_companions(const Companions& wanted, const std::string& path,
                                   const ClipOrigin& origin,
                                   const std::function<std::string()>& picture);

// "metadata, sidecar and thumbnail": those that were written.
std::string words_of(const WrittenCompanions& written);

// The same as fields of a JSON line.
void add_companions(JsonLine& line, const WrittenCompanions& written);

// Writes a description of a file of several clips beside it, and returns its path. Throws
// Error{File}.
std::string write_film_sidecar(const std::string& path, const std::vector<ClipOrigin>& shots,
                               bool replace);

// The first frame of a film, which is that of its first shot, beside it. Throws Error.
void write_film_thumbnail(const std::string& path, const std::string& first_shot, bool replace);

// Before the purchase: throws Error{File} where something is in the way of what is to be written
// beside a clip of this name.
void check_companions(const Companions& wanted, const std::string& path);

// The thumbnail that was saved beside a clip, "" if there is none.
std::string thumbnail_beside(const std::string& path);

}  // namespace airforce::cli
