// SPDX-License-Identifier: LGPL-2.1-or-later
#include "storyboard/given_media.h"

#include <cerrno>
#include <cstring>

#include <sys/stat.h>
#include <unistd.h>

#include "media/media.h"
#include "values/error.h"

namespace airforce::cli {
namespace {

[[noreturn]] void refuse(const std::string& flag, const std::string& path, const std::string& why) {
  throw Error(ErrorKind::Settings, Step::Settings, flag + " cannot use '" + path + "': " + why,
              "name another file with " + flag);
}

// It is read more than once, so a pipe will not do.
template <typename Use>
auto used(const std::string& flag, const std::string& path, Use use) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || access(path.c_str(), R_OK) != 0)
    refuse(flag, path, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) refuse(flag, path, "it is no regular file");
  try {
    return use(path);
  } catch (const Error& error) {
    if (error.kind != ErrorKind::Clip) throw;
    refuse(flag, path, error.message);
  }
}

}  // namespace

void check_given_music(const std::string& path) {
  used("--music", path, check_music);
}

std::string given_frame(const std::string& path) {
  return used("--continue-from", path, last_frame_png);
}

}  // namespace airforce::cli
