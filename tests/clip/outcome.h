// SPDX-License-Identifier: LGPL-2.1-or-later
// How a download ends.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "clip/clip.h"
#include "support/temp_dir.h"

namespace airforce::test {

// The whole clip as it ended in the file.
inline std::string completed(Clip& clip) {
  clip.wait_complete();
  return read_file(clip.path());
}

// What wait_complete() fails with.
inline Error failure_of(Clip& clip) {
  try {
    clip.wait_complete();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "it did not fail";
  return {ErrorKind::Internal, Step::Settings, "it did not fail"};
}

}  // namespace airforce::test
