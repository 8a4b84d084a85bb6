// SPDX-License-Identifier: LGPL-2.1-or-later
#include "generation/files.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

#include <gio/gunixinputstream.h>
#include <glib/gstdio.h>

#include "values/error.h"
#include "values/glib_ptr.h"

namespace airforce {

std::string read_input_file(const std::string& name, const std::string& what, std::size_t largest,
                            bool regular_only) {
  const GObjectPtr<GFile> file(name.starts_with("file:") ? g_file_new_for_uri(name.c_str())
                                                         : g_file_new_for_path(name.c_str()));
  const auto fail = [&](const std::string& why) {
    return Error(ErrorKind::Settings, Step::Settings,
                 "cannot read " + what + " '" + name + "': " + why, "check the path");
  };
  if (g_file_peek_path(file.get()) == nullptr) throw fail("not a local file");
  GErrorSlot error;
  // Opened by path: a stream through GVfs would bring its daemons into the process.
  const int fd = g_open(g_file_peek_path(file.get()), O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  if (fd < 0) throw fail(g_strerror(errno));
  const GObjectPtr<GInputStream> stream(g_unix_input_stream_new(fd, TRUE));
  struct stat status {};
  if (fstat(fd, &status) != 0) throw fail(g_strerror(errno));
  if (S_ISDIR(status.st_mode)) throw fail("it is a directory");
  if (regular_only && !S_ISREG(status.st_mode)) throw fail("it is not a regular file");
  // Memory for what there is, not for what there may be.
  std::string content;
  if (S_ISREG(status.st_mode))
    content.reserve(std::min(largest, static_cast<std::size_t>(status.st_size)));
  std::array<char, 16 * 1024> piece;
  for (;;) {
    gsize size = 0;
    if (!g_input_stream_read_all(stream.get(), piece.data(), piece.size(), &size, nullptr, error))
      throw fail(error->message);
    if (content.size() + size > largest)
      throw fail("it is larger than " + std::to_string(largest) + " bytes");
    content.append(piece.data(), size);
    if (size < piece.size()) return content;
  }
}

}  // namespace airforce
