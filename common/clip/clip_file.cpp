// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clip/clip_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "clip/read_fully.h"
#include "values/link_target.h"

namespace airforce {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

std::string directory_for_temporary_files() {
  // /tmp is memory on many systems, and a clip can be large: /var/tmp first, as the file hierarchy
  // standard has it.
  if (const char* directory = g_getenv("TMPDIR"); directory && *directory) return directory;
  if (access("/var/tmp", W_OK | X_OK) == 0) return "/var/tmp";
  return g_get_tmp_dir();
}

std::string directory_of(const std::string& path) {
  const auto parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

std::string hidden_name_for(const std::string& location) {
  constexpr std::size_t kNameStart = 200;  // leaves room for the rest within NAME_MAX
  const auto name = fs::path(location).filename().string().substr(0, kNameStart);
  std::array<char, 9> random{};
  g_snprintf(random.data(), random.size(), "%08x", g_random_int());
  return (fs::path(directory_of(location)) / ("." + name + "." + random.data())).string();
}

constexpr int kMaxHiddenNames = 100;
constexpr int kMaxBeside = 1000;

// "fox-2.mp4" beside "fox.mp4".
std::string beside(const std::string& location, int number) {
  const fs::path path(location);
  return (path.parent_path() /
          (path.stem().string() + "-" + std::to_string(number) + path.extension().string()))
      .string();
}

// Returns false with errno set, EEXIST where there is a file of that name.
bool moved_to_free_name(const std::string& from, const std::string& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  // File systems without that flag: a second name, then the first one goes.
  if (link(from.c_str(), to.c_str()) == 0) return unlink(from.c_str()) == 0;
  if (errno == EEXIST) return false;
  // Nor links (FAT): a race of microseconds is left.
  if (access(to.c_str(), F_OK) == 0) {
    errno = EEXIST;
    return false;
  }
  return rename(from.c_str(), to.c_str()) == 0;
}

}  // namespace

ClipFile::ClipFile(const std::string& location, const std::string& directory, bool nameless)
    : location_(link_target(location).string()) {  // a link stays, its target is replaced
  if (!location_.empty()) {
    struct stat status {};
    if (stat(location_.c_str(), &status) == 0) {
      if (S_ISDIR(status.st_mode)) fail(EISDIR, location_);
      // Renaming onto a device or a pipe would replace it by a file.
      if (!S_ISREG(status.st_mode)) fail(EEXIST, location_ + " is not a regular file");
    }
    if (fs::path(location_).filename().empty()) fail(EISDIR, location_);
    directory_ = directory_of(location_);
  } else {
    directory_ = directory.empty() ? directory_for_temporary_files() : directory;
  }

  constexpr mode_t kMode = 0666;  // less the umask, like any file that a program writes
  if (nameless) descriptor_ = open(directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kMode);
  for (int tries = 0; descriptor_ < 0 && tries < kMaxHiddenNames; ++tries) {
    hidden_name_ = hidden_name_for(location_.empty() ? directory_ + "/airforce-video" : location_);
    descriptor_ = open(hidden_name_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, kMode);
    if (descriptor_ < 0 && errno != EEXIST) break;
  }
  if (descriptor_ < 0) {
    const int error = errno;
    hidden_name_.clear();
    fail(error, directory_);
  }
  if (location_.empty() && !hidden_name_.empty()) {
    unlink(hidden_name_.c_str());
    hidden_name_.clear();
  }
}

ClipFile::~ClipFile() {
  if (!hidden_name_.empty()) unlink(hidden_name_.c_str());
  close(descriptor_);
}

void ClipFile::write(std::uint64_t offset, std::span<const char> bytes) {
  while (!bytes.empty()) {
    const auto count = pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0) {
      if (errno == EINTR) continue;
      fail(errno, location_.empty() ? directory_ : location_);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

std::size_t ClipFile::read(std::uint64_t offset, std::span<char> buffer) const {
  try {
    return read_fully(descriptor_, offset, buffer);
  } catch (const std::system_error& failure) {
    fail(failure.code().value(), location_.empty() ? directory_ : location_);
  }
}

bool ClipFile::equals(std::uint64_t offset, std::span<const char> bytes) const {
  std::array<char, 64 * 1024> buffer;  // NOLINT: filled by read()
  while (!bytes.empty()) {
    const auto want = std::min(bytes.size(), buffer.size());
    const auto count = read(offset, std::span(buffer).first(want));
    if (count < want || std::memcmp(buffer.data(), bytes.data(), want) != 0) return false;
    bytes = bytes.subspan(want);
    offset += want;
  }
  return true;
}

void ClipFile::flush(std::uint64_t size, GCancellable* cancellable) const {
  // In windows, since nothing interrupts one large fsync.
  constexpr std::uint64_t kWindow = 4u << 20;
  for (std::uint64_t offset = 0; offset < size; offset += kWindow) {
    if (g_cancellable_is_cancelled(cancellable)) return;
    constexpr unsigned kWriteAndWait =
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    // Only to make the fsync short; it reports what went wrong.
    (void)sync_file_range(descriptor_, static_cast<off_t>(offset), kWindow, kWriteAndWait);
  }
  if (fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) fail(errno, location_);
}

// From the hidden name to the last one.
void ClipFile::give_name() {
  if (!replace_) {
    const std::string wanted = location_;
    for (int number = 2; !moved_to_free_name(hidden_name_, location_); ++number) {
      if (errno != EEXIST || number > kMaxBeside) fail(errno, location_);
      location_ = beside(wanted, number);
    }
    return;
  }
  if (rename(hidden_name_.c_str(), location_.c_str()) != 0) fail(errno, location_);
}

bool ClipFile::commit(std::uint64_t size, GCancellable* cancellable) {
  if (ftruncate(descriptor_, static_cast<off_t>(size)) != 0) fail(errno, path());
  if (location_.empty()) return true;
  flush(size, cancellable);
  if (g_cancellable_is_cancelled(cancellable)) return false;

  if (hidden_name_.empty()) {
    // linkat() never replaces a file, so the hidden name is needed here too, if only for a moment.
    const auto source = "/proc/self/fd/" + std::to_string(descriptor_);
    for (int tries = 0; hidden_name_.empty(); ++tries) {
      const auto name = hidden_name_for(location_);
      if (linkat(AT_FDCWD, source.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
        hidden_name_ = name;
      } else if (errno != EEXIST || tries == kMaxHiddenNames) {
        fail(errno, location_);
      }
    }
  }
  give_name();
  hidden_name_.clear();
  committed_ = true;

  const int directory = open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    // The clip is whole under its name by now; that some file systems can't sync a directory is no
    // failure.
    (void)fsync(directory);
    close(directory);
  }
  return true;
}

std::uint64_t ClipFile::free_bytes() const {
  struct statvfs status {};
  if (fstatvfs(descriptor_, &status) != 0) return UINT64_MAX;
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

std::string ClipFile::path() const {
  return committed_ ? location_ : "/proc/self/fd/" + std::to_string(descriptor_);
}

}  // namespace airforce
