// SPDX-License-Identifier: LGPL-2.1-or-later
// A build without GStreamer.
#include "media/media.h"
#include "values/error.h"

namespace airforce::cli {
namespace {

Error missing(const std::string& purpose) {
  return {ErrorKind::Settings, Step::Settings,
          purpose + " needs GStreamer, and airforce-video was built without it",
          "build it with -Dmedia=enabled, or make single clips with batch"};
}

}  // namespace

bool has_media() {
  return false;
}

void check_media(const std::string& purpose) {
  throw missing(purpose);
}

void check_music(const std::string&) {
  throw missing("music");
}

std::string last_frame_png(const std::string&) {
  throw missing("the last frame of a clip");
}

std::string small_frame_jpeg(const std::string&) {
  throw missing("a picture of a clip");
}

FilmResult write_film(const FilmFile&, GCancellable*) {
  throw missing("film");
}

}  // namespace airforce::cli
