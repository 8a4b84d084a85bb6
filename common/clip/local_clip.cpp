// SPDX-License-Identifier: LGPL-2.1-or-later
// A finished clip on disk.
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clip/clip.h"
#include "clip/clip_file.h"
#include "clip/mp4_boxes.h"
#include "clip/read_fully.h"
#include "values/error.h"
#include "values/glib_ptr.h"
#include "values/guarded.h"

namespace airforce {
namespace {

Error local_error(ErrorKind kind, const std::string& what, const std::string& task_id) {
  Error error(kind, Step::Download, what);
  error.task_id = task_id;
  return error;
}

class LocalClip final : public Clip {
 public:
  LocalClip(std::string path, ClipOptions options)
      : path_(std::move(path)),
        options_(std::move(options)),
        cancellable_(g_cancellable_new()),
        descriptor_(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
    struct stat status {};
    if (descriptor_ < 0 || fstat(descriptor_, &status) != 0) fail_and_close(errno);
    if (!S_ISREG(status.st_mode)) fail_and_close(EINVAL);
    size_ = static_cast<std::uint64_t>(status.st_size);
    *location_.lock() = options_.location;
  }
  ~LocalClip() override { close(descriptor_); }
  LocalClip(const LocalClip&) = delete;
  LocalClip& operator=(const LocalClip&) = delete;

  std::size_t read_until(const Deadline&, std::uint64_t offset, std::span<char> buffer) override {
    if (g_cancellable_is_cancelled(cancellable_.get())) throw cancelled();
    if (flushing_) throw Error(ErrorKind::Interrupted, Step::Download, "flushing");
    return read(offset, buffer);
  }
  std::int64_t size() const override { return static_cast<std::int64_t>(size_); }
  std::int64_t available(std::uint64_t offset) const override {
    return static_cast<std::int64_t>(size_ - std::min(size_, offset));
  }
  void set_flushing(bool flushing) override { flushing_ = flushing; }
  void cancel() override { g_cancellable_cancel(cancellable_.get()); }
  void wait_complete() override;
  std::string path() const override { return path_; }
  std::string location() const override { return *location_.lock(); }

 private:
  std::size_t read(std::uint64_t offset, std::span<char> buffer) const {
    try {
      return read_fully(descriptor_, offset, buffer);
    } catch (const std::system_error& error) {
      throw failure(error.code().value());
    }
  }
  Error failure(int error) const {
    return local_error(
        ErrorKind::File,
        "the clip " + path_ + " can't be read: " + std::generic_category().message(error),
        options_.task_id);
  }
  Error shortened() const {
    return local_error(ErrorKind::File,
                       "the clip " + path_ + " has become shorter while it was copied",
                       options_.task_id);
  }
  Error cancelled() const {
    return local_error(ErrorKind::Cancelled, "reading the clip was cancelled", options_.task_id);
  }
  [[noreturn]] void fail_and_close(int error) {
    if (descriptor_ >= 0) close(descriptor_);
    throw failure(error);
  }
  bool is_at_location() const;

  const std::string path_;
  const ClipOptions options_;
  const GObjectPtr<GCancellable> cancellable_;
  const int descriptor_;
  std::uint64_t size_ = 0;
  std::atomic<bool> flushing_ = false;
  Guarded<std::string> location_;
};

bool LocalClip::is_at_location() const {
  struct stat here {};
  struct stat there {};
  return fstat(descriptor_, &here) == 0 && stat(options_.location.c_str(), &there) == 0 &&
         here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

void LocalClip::wait_complete() {
  if (g_cancellable_is_cancelled(cancellable_.get())) throw cancelled();
  if (options_.location.empty() || is_at_location()) return;
  try {
    ClipFile copy(options_.location, "");
    copy.set_replace(options_.replace);
    std::array<char, 256 * 1024> buffer;  // NOLINT: filled by read()
    for (std::uint64_t offset = 0; offset < size_;) {
      if (g_cancellable_is_cancelled(cancellable_.get())) throw cancelled();
      const std::size_t count = read(offset, buffer);
      // Committed, it would be filled up with nothing.
      if (count == 0) throw shortened();
      copy.write(offset, std::span(buffer).first(count));
      offset += count;
    }
    if (!copy.commit(size_, cancellable_.get())) throw cancelled();
    *location_.lock() = copy.location();
  } catch (const std::system_error& error) {
    throw local_error(ErrorKind::File,
                      "the clip can't be kept as " + options_.location + ": " + error.what(),
                      options_.task_id);
  }
}

}  // namespace

std::unique_ptr<Clip> open_clip(const std::string& path, ClipOptions options) {
  return std::make_unique<LocalClip>(path, std::move(options));
}

}  // namespace airforce
