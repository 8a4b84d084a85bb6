// SPDX-License-Identifier: LGPL-2.1-or-later
// The process's own streams: what they are, and writing to them with every failure noticed.
#pragma once

#include <string>
#include <string_view>

#include "values/guarded.h"

namespace airforce::cli {

// Writes all of `text` to a descriptor, whether it blocks or not. Returns 0 or the errno.
int write_all(int descriptor, std::string_view text);

// Standard output. Thread-safe: what one call writes stands in one piece. Its first failure is kept
// and ends all later writing: what a command was asked to do is done all the same (a clip that is
// paid for is not given up because nobody reads the progress any more), and the failure is reported
// at the end.
class StandardOutput {
 public:
  void write(std::string_view text);
  // Closes it, which is where some file systems first report that they are full. Call it once, at
  // the end.
  void close();
  // errno of the first failure, or 0.
  int failure() const { return *failure_.lock(); }

 private:
  Guarded<int> failure_;
};

// What the terminal can do, asked once at the start.
struct Console {
  bool input_is_terminal = false;
  bool output_is_terminal = false;
  bool errors_is_terminal = false;
  bool dumb = false;     // TERM=dumb or unset: no line can be drawn over
  bool colour = false;   // NO_COLOR is not set (https://no-color.org)
  bool unicode = false;  // the locale's encoding is UTF-8
};

Console ask_console();

// Whether standard output and standard error go to one file on disk, such as a log.
bool streams_share_a_file();

// Columns of the terminal on `descriptor` now, 80 if it has none.
int columns_of(int descriptor);

}  // namespace airforce::cli
