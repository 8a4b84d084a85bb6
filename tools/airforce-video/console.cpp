// SPDX-License-Identifier: LGPL-2.1-or-later
#include "console.h"

#include <cerrno>
#include <cstdlib>

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

namespace airforce::cli {

int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {  // somebody has made the pipe non-blocking
      pollfd ready{descriptor, POLLOUT, 0};
      poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

void StandardOutput::write(std::string_view text) {
  auto failure = failure_.lock();
  if (*failure == 0) *failure = write_all(STDOUT_FILENO, text);
}

void StandardOutput::close() {
  auto failure = failure_.lock();
  if (::close(STDOUT_FILENO) != 0 && *failure == 0 && errno != EINTR) *failure = errno;
}

Console ask_console() {
  Console console;
  console.input_is_terminal = isatty(STDIN_FILENO) != 0;
  console.output_is_terminal = isatty(STDOUT_FILENO) != 0;
  console.errors_is_terminal = isatty(STDERR_FILENO) != 0;
  const char* terminal = std::getenv("TERM");
  console.dumb = terminal == nullptr || *terminal == '\0' || std::string_view(terminal) == "dumb";
  const char* no_colour = std::getenv("NO_COLOR");
  console.colour = !console.dumb && (no_colour == nullptr || *no_colour == '\0');
  console.unicode = g_get_charset(nullptr) != FALSE;
  return console;
}

bool streams_share_a_file() {
  struct stat output {};
  struct stat errors {};
  return fstat(STDOUT_FILENO, &output) == 0 && fstat(STDERR_FILENO, &errors) == 0 &&
         S_ISREG(output.st_mode) && output.st_dev == errors.st_dev &&
         output.st_ino == errors.st_ino;
}

int columns_of(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace airforce::cli
