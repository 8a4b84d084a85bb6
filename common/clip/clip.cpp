// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/clip.h"

#include <cerrno>
#include <system_error>

#include <sys/stat.h>

#include "clip/clip_file.h"
#include "clip/download_error.h"
#include "clip/mp4_check.h"

namespace airforce {

void check_location(const std::string& location) {
  if (location.empty()) return;
  try {
    struct stat status {};
    // A file system reports that a name is too long for it at every use of the name.
    if (lstat(location.c_str(), &status) != 0 && errno != ENOENT)
      throw std::system_error(errno, std::generic_category());
    // With a hidden name, so that characters of the name that it refuses are noticed as well.
    const ClipFile probe(location, "", false);
  } catch (const std::system_error& failure) {
    throw Error(ErrorKind::File, Step::Settings,
                "the clip can't be kept as " + location + ": " + failure.what(),
                "name a file in a directory that exists and can be written to");
  }
}

void check_playable(Clip& clip, const std::string& task_id, const Deadline& deadline) {
  const auto size = [&clip] {
    const std::int64_t known = clip.size();
    return known >= 0 ? std::optional<std::uint64_t>(known) : std::nullopt;
  };
  const auto problem = mp4_problem(size, [&](std::uint64_t offset, std::span<char> buffer) {
    return clip.read_until(deadline, offset, buffer);
  });
  if (problem)
    throw not_playable(*problem, task_id, {static_cast<std::uint64_t>(clip.available(0)), size()});
}

}  // namespace airforce
