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

std::optional<std::uint64_t> Clip::known_size() const {
  const std::int64_t known = size();
  return known >= 0 ? std::optional<std::uint64_t>(known) : std::nullopt;
}

void check_playable(Clip& clip, const std::string& task_id, const Deadline& deadline) {
  const auto check = clip.check_.lock();
  check->task_id = task_id;
  const auto problem =
      check->boxes.problem_up_to_moov([&clip] { return clip.known_size(); },
                                      [&](std::uint64_t offset, std::span<char> buffer) {
                                        return clip.read_until(deadline, offset, buffer);
                                      });
  if (problem)
    throw not_playable(*problem, task_id,
                       {static_cast<std::uint64_t>(clip.available(0)), clip.known_size()});
  clip.checked_ = check->boxes.checked();
}

void Clip::check_before(std::uint64_t end) {
  if (end <= checked_) return;
  const auto never = Deadline::never(system_clock());
  const auto check = check_.lock();
  const auto problem = check->boxes.problem_before(
      end, [this] { return known_size(); },
      [&](std::uint64_t offset, std::span<char> buffer) {
        return read_until(never, offset, buffer);
      });
  if (problem)
    throw not_playable(*problem, check->task_id,
                       {static_cast<std::uint64_t>(available(0)), known_size()});
  checked_ = check->boxes.checked();
}

std::size_t Clip::read_at(std::uint64_t offset, std::span<char> buffer) {
  check_before(offset + buffer.size());
  return read_until(Deadline::never(system_clock()), offset, buffer);
}

}  // namespace airforce
