// SPDX-License-Identifier: LGPL-2.1-or-later
// How a download ends.
#pragma once

#include <string>

#include "clip/clip.h"
#include "support/error_of.h"
#include "support/temp_dir.h"

namespace airforce::test {

// The whole clip as it ended in the file.
inline std::string completed(Clip& clip) {
  clip.wait_complete();
  return read_file(clip.path());
}

// What wait_complete() fails with.
inline Error failure_of(Clip& clip) {
  return error_of([&] { clip.wait_complete(); });
}

}  // namespace airforce::test
