// SPDX-License-Identifier: LGPL-2.1-or-later
#include "output_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#include "clip/clip.h"
#include "generation/location.h"
#include "values/error.h"

namespace airforce::cli {
namespace {

// With no placeholder but {task_id} replaced.
std::string only_task_id(std::string location, const std::string& task_id) {
  constexpr std::string_view kPlaceholder = "{task_id}";
  const std::string value = expanded_location(kPlaceholder, {.task_id = task_id});
  for (std::size_t at = location.find(kPlaceholder); at != std::string::npos;
       at = location.find(kPlaceholder, at + value.size()))
    location.replace(at, kPlaceholder.size(), value);
  return location;
}

}  // namespace

void check_output_file(const std::string& location, const std::string& task_id, bool force) {
  namespace fs = std::filesystem;
  // A name that depends on a task that does not exist yet is new, as the task is.
  // The rest of a name with placeholders is checked by the generation, which knows their values.
  const std::string path =
      expanded_location(location, {.task_id = task_id.empty() ? "task" : task_id});
  const bool name_known =
      path == location || (!task_id.empty() && path == only_task_id(location, task_id));
  const fs::path directory =
      fs::path(path).has_parent_path() ? fs::path(path).parent_path() : fs::path(".");
  const auto fail = [&](const std::string& why, const std::string& next_step) {
    return Error(ErrorKind::File, Step::Settings, "cannot save the clip as '" + path + "': " + why,
                 next_step);
  };
  constexpr std::array kOtherKinds{".webm", ".mkv", ".avi", ".gif", ".ogv", ".ts", ".flv", ".wmv"};
  std::string extension = fs::path(path).extension().string();
  for (char& c : extension) c = g_ascii_tolower(c);
  if (std::find(kOtherKinds.begin(), kOtherKinds.end(), extension) != kOtherKinds.end())
    throw fail("the service makes MP4 files, and its name says another kind",
               "name it " + fs::path(path).replace_extension(".mp4").string() +
                   ", and convert it afterwards");
  std::error_code error;
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 && errno == ENAMETOOLONG)
    throw fail("the name is too long", "choose a shorter --output");
  if (fs::is_directory(path, error)) throw fail("it is a directory", "name a file in it");
  // The clip would not go into a device or a pipe, but take its name.
  if (fs::exists(path, error) && !fs::is_regular_file(path, error))
    throw fail("it is no regular file", "--output=- writes to standard output");
  if (!fs::is_directory(directory, error))
    throw fail("there is no directory '" + directory.string() + "'", "create it first");
  if (access(directory.c_str(), W_OK | X_OK) != 0)
    throw fail("its directory cannot be written to (" + std::string(std::strerror(errno)) + ")",
               "choose another with --output");
  if (name_known && !force && fs::exists(fs::symlink_status(path, error)))
    throw fail("it exists already", "choose another --output, or pass --force to replace it");
  // Last, what only the file system knows.
  try {
    check_location(path);
  } catch (const Error& refused) {
    throw fail("the file system refuses it (" + refused.message + ")",
               "choose another with --output");
  }
}

}  // namespace airforce::cli
