// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes the last displayed frame of a clip to standard output, as PNG.
#include <iostream>

#include "media/media.h"
#include "values/error.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    std::cout << airforce::cli::last_frame_png(argv[1]);
  } catch (const airforce::Error& error) {
    std::cerr << error.message << "\n";
    return 1;
  }
  return 0;
}
